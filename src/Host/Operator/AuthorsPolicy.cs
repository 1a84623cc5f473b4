using System.Text.Json.Nodes;
using Slipway.Api.Kinds;

namespace Slipway.Host.Operator;

/// <summary>
/// The ValidatingAdmissionPolicy (<see href="https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/"/>) by which the API server
/// itself refuses a run that names somebody else as who has started it, decided on it or stopped it, and decisions of who may not decide. It holds while no operator
/// answers; as long as one does, the names are true when the policy sees them.
/// </summary>
internal static class AuthorsPolicy
{
    private const string User = "request.userInfo.username";
    private const string NoCause = "only the operator starts runs for schedules, backfills and triggers, and a run is started by the user who creates it: leave spec.cause.by out, or give your own name";

    private static readonly string _controllers = string.Join(", ", RunAuthorship.ControllersCauses.Select(type => $"'{type}'"));

    /// <summary>The <c>spec</c> of the policy.</summary>
    /// <param name="controllers">The user as whom the operator writes.</param>
    public static JsonObject Spec(string controllers) => new()
    {
        ["failurePolicy"] = "Fail",
        ["matchConstraints"] = new JsonObject
        {
            ["resourceRules"] = new JsonArray(new JsonObject
            {
                ["apiGroups"] = new JsonArray(CustomKindAttribute.Group),
                ["apiVersions"] = new JsonArray(CustomKindAttribute.Version),
                ["operations"] = new JsonArray("CREATE", "UPDATE"),
                ["resources"] = new JsonArray("flowruns"),
            }),
        },
        ["matchConditions"] = new JsonArray(new JsonObject { ["name"] = "not-the-operator", ["expression"] = $"{User} != '{controllers}'" }),
        ["variables"] = new JsonArray(
            Variable("before", "oldObject != null && has(oldObject.spec.approvals) ? oldObject.spec.approvals : []"),
            Variable("decides", "has(object.spec.approvals) && object.spec.approvals != variables.before"),
            Variable("tests", "has(object.spec.fakes) && (oldObject == null || !has(oldObject.spec.fakes))")),
        ["validations"] = new JsonArray(
            Validation($"oldObject != null || !has(object.spec.cause) || (!(object.spec.cause.type in [{_controllers}]) && (!has(object.spec.cause.by) || object.spec.cause.by == {User}))", NoCause),
            Validation("oldObject == null || (has(object.spec.cause) == has(oldObject.spec.cause) && (!has(object.spec.cause) || object.spec.cause == oldObject.spec.cause))", "spec.cause cannot be changed"),
            Validation($"!variables.decides || object.spec.approvals.all(a, a.by == {User} || a in variables.before)", "a decision is given by the user who writes it: name yourself in by"),
            Validation($"!has(object.spec.stop) || (oldObject != null && has(oldObject.spec.stop) && object.spec.stop == oldObject.spec.stop) || object.spec.stop.by == {User}", "a run is stopped by the user who writes it: name yourself in spec.stop.by"),
            Validation(
                $"(!variables.decides && !variables.tests) || authorizer.group('{CustomKindAttribute.Group}').resource('flowruns').namespace(request.namespace).name(has(request.name) ? request.name : '').check('{RunAuthorship.DecidingVerb}').allowed()",
                $"deciding on tasks, and starting a test, takes the verb \"{RunAuthorship.DecidingVerb}\" on flowruns.{CustomKindAttribute.Group} in the namespace")),
    };

    private static JsonObject Variable(string name, string expression) => new() { ["name"] = name, ["expression"] = expression };

    private static JsonObject Validation(string expression, string message) => new() { ["expression"] = expression, ["message"] = message, ["reason"] = "Forbidden" };
}
