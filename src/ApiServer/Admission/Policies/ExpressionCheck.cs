using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission.Expressions;
using Slipway.ApiServer.Admission.Webhooks;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>Finds what does not compile of the expressions of webhooks and policies, while who writes them is there to hear it.</summary>
internal static class ExpressionCheck
{
    /// <summary>What is wrong with the expressions of an object, with paths; of other kinds nothing. What is missing is left to the kind's rules.</summary>
    /// <param name="type">The kind.</param>
    /// <param name="document">The object.</param>
    /// <param name="old">The object before; null for a new one. What was wrong with it may be older than the check, and is let pass.</param>
    public static IReadOnlyList<StatusCause> Of(ResourceType type, JsonObject document, JsonObject? old) =>
        type.Group != "admissionregistration.k8s.io" ? [] : [.. old is null ? Faults(type, document) : Faults(type, document).Except(Faults(type, old))];

    private static IEnumerable<StatusCause> Faults(ResourceType type, JsonObject document) => type.Plural switch
    {
        "validatingadmissionpolicies" => OfPolicy(ValidatingPolicy.Read(document)),
        "mutatingadmissionpolicies" => OfPolicy(MutatingPolicy.Read(document)),
        "mutatingwebhookconfigurations" or "validatingwebhookconfigurations" => Webhook.Read(document).SelectMany((w, i) => OfConditions(w.Conditions, $"webhooks[{i}].")),
        _ => [],
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
        expression.Program is null && !string.IsNullOrWhiteSpace(expression.Text) ? [StatusCause.Invalid(path, JsonValue.Create(expression.Text).Shown(), expression.Problem)] : [];
}
