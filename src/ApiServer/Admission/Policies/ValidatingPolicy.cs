using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using Slipway.Api.Selectors;
using Slipway.ApiServer.Admission.Expressions;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>A policy, compiled (<see href="https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/validating-admission-policy-v1/"/>).</summary>
internal sealed record ValidatingPolicy(
    string Name,
    bool IgnoresFailures,
    ParamKind? Params,
    MatchResources Match,
    MatchConditions Conditions,
    IReadOnlyList<PolicyVariable> Variables,
    IReadOnlyList<PolicyValidation> Validations,
    IReadOnlyList<PolicyVariable> Annotations)
{
    public static ValidatingPolicy Read(JsonObject policy)
    {
        var spec = policy.Object("spec") ?? [];
        var environment = AdmissionExpression.ForPolicies;
        return new(
            policy.Name,
            spec.Text("failurePolicy") == "Ignore",
            spec.Object("paramKind") is { } kind ? new(kind.Text("apiVersion") ?? "", kind.Text("kind") ?? "") : null,
            MatchResources.Read(spec.Object("matchConstraints")),
            MatchConditions.Read(spec.Objects("matchConditions"), environment),
            [.. spec.Objects("variables").Select(v => new PolicyVariable(v.Text("name") ?? "", AdmissionExpression.Compile(environment, v.Text("expression") ?? "")))],
            [.. spec.Objects("validations").Select(v => PolicyValidation.Read(v, environment))],
            [.. spec.Objects("auditAnnotations").Select(a => new PolicyVariable(a.Text("key") ?? "", AdmissionExpression.Compile(environment, a.Text("valueExpression") ?? "")))]);
    }
}

/// <summary>Kind of the objects that a policy takes its parameters from.</summary>
internal sealed record ParamKind(string ApiVersion, string Kind);

/// <summary>A named expression.</summary>
internal sealed record PolicyVariable(string Name, AdmissionExpression Expression);

/// <summary>What must be true.</summary>
/// <param name="Expression">The expression.</param>
/// <param name="Message">What to say when it is false; may be empty.</param>
/// <param name="MessageExpression">Makes what to say; null when there is none.</param>
/// <param name="Reason">Reason of the refusal.</param>
internal sealed record PolicyValidation(AdmissionExpression Expression, string Message, AdmissionExpression? MessageExpression, string Reason)
{
    public static PolicyValidation Read(JsonObject validation, CelEnvironment environment) => new(
        AdmissionExpression.Compile(environment, validation.Text("expression") ?? "", CelType.Bool),
        validation.Text("message") ?? "",
        validation.Text("messageExpression") is { Length: > 0 } text ? AdmissionExpression.Compile(environment, text, CelType.String) : null,
        validation.Text("reason") is { Length: > 0 } reason ? reason : "Invalid");
}

/// <summary>Puts a policy to work (<see href="https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/validating-admission-policy-binding-v1/"/>).</summary>
internal sealed record PolicyBinding(string Name, string Policy, ParamReference? Params, MatchResources Match, IReadOnlyList<string> Actions)
{
    public static PolicyBinding Read(JsonObject binding)
    {
        var spec = binding.Object("spec") ?? [];
        return new(
            binding.Name,
            spec.Text("policyName") ?? "",
            spec.Object("paramRef") is { } reference ? ParamReference.Read(reference) : null,
            MatchResources.Read(spec.Object("matchResources")),
            [.. spec.Array("validationActions")?.Select(a => a.AsText() ?? "") ?? []]);
    }
}

/// <summary>Which objects are the parameters: one by its name, or those that a selector selects.</summary>
internal sealed record ParamReference(string Name, string Namespace, LabelSelector Selector, bool RefusesWithout)
{
    public static ParamReference Read(JsonObject reference)
    {
        LabelSelector selector;
        try
        {
            selector = reference.Object("selector") is { } given ? LabelSelector.FromJson(given) : LabelSelector.Everything;
        }
        catch (ApiException)
        {
            selector = LabelSelector.Everything;   // refused when the binding was written
        }
        return new(reference.Text("name") ?? "", reference.Text("namespace") ?? "", selector, reference.Text("parameterNotFoundAction") != "Allow");
    }
}
