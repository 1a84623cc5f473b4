using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission.Expressions;
using Slipway.ApiServer.Admission.Webhooks;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>Refuses webhooks and policies whose expressions do not compile, while who writes them is there to hear it.</summary>
internal sealed class ExpressionCheck : AdmissionPlugin
{
    public override bool Validates => true;

    public override bool Concerns(ResourceType type, string subresource, Operation operation) =>
        type.Group == "admissionregistration.k8s.io" && subresource.Length == 0 && operation is Operation.Create or Operation.Update
        && type.Plural is "mutatingwebhookconfigurations" or "validatingwebhookconfigurations" or "validatingadmissionpolicies" or "mutatingadmissionpolicies";

    public override ValueTask ValidateAsync(AdmissionRequest request, CancellationToken cancellation)
    {
        var faults = Faults(request.Type, request.Object!);
        // What is stored already may be older than the check.
        if (request.OldObject is { } old) faults = faults.Except(Faults(request.Type, old));
        StatusCause[] causes = [.. faults];
        return causes.Length == 0 ? ValueTask.CompletedTask : throw ApiException.Invalid(request.Type.Group, request.Type.Kind, request.ShownName, causes);
    }

    private static IEnumerable<StatusCause> Faults(ResourceType type, JsonObject document) => type.Plural switch
    {
        "validatingadmissionpolicies" => OfPolicy(ValidatingPolicy.Read(document)),
        "mutatingadmissionpolicies" => OfPolicy(MutatingPolicy.Read(document)),
        _ => Webhook.Read(document).SelectMany((w, i) => OfConditions(w.Conditions, $"webhooks[{i}].")),
    };

    private static IEnumerable<StatusCause> OfPolicy(ValidatingPolicy policy) =>
    [
        .. OfBasis(policy),
        .. policy.Validations.SelectMany((v, i) => Of(v.Expression, $"spec.validations[{i}].expression")),
        .. policy.Validations.SelectMany((v, i) => v.MessageExpression is { } message ? Of(message, $"spec.validations[{i}].messageExpression") : []),
        .. policy.Annotations.SelectMany((a, i) => Of(a.Expression, $"spec.auditAnnotations[{i}].valueExpression")),
    ];

    private static IEnumerable<StatusCause> OfPolicy(MutatingPolicy policy) =>
    [
        .. OfBasis(policy),
        .. policy.Mutations.SelectMany((m, i) => Of(m.Expression, $"spec.mutations[{i}].{(m.IsPatch ? "jsonPatch" : "applyConfiguration")}.expression")),
    ];

    private static IEnumerable<StatusCause> OfBasis(AdmissionPolicy policy) =>
        [.. OfConditions(policy.Conditions, "spec."), .. policy.Variables.Variables.SelectMany((v, i) => Of(v.Expression, $"spec.variables[{i}].expression"))];

    private static IEnumerable<StatusCause> OfConditions(MatchConditions conditions, string path) =>
        conditions.Conditions.SelectMany((c, i) => Of(c, $"{path}matchConditions[{i}].expression"));

    private static IEnumerable<StatusCause> Of(AdmissionExpression expression, string path) =>
        expression.Program is null ? [StatusCause.Invalid(path, JsonValue.Create(expression.Text).Shown(), expression.Problem)] : [];
}
