using System.Text.Json.Nodes;
using Slipway.Api.Cel;
using Slipway.Api.Documents;
using Slipway.ApiServer.Admission.Expressions;

namespace Slipway.ApiServer.Admission.Policies;

/// <summary>A validating policy, compiled (<see href="https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/validating-admission-policy-v1/"/>).</summary>
internal sealed record ValidatingPolicy(AdmissionPolicy Basis, IReadOnlyList<PolicyValidation> Validations, IReadOnlyList<PolicyVariable> Annotations) : AdmissionPolicy(Basis)
{
    public static ValidatingPolicy Read(JsonObject policy)
    {
        var (basis, spec) = (ReadBasis(policy), policy.Object("spec") ?? []);
        return new(
            basis,
            [.. spec.Objects("validations").Select(v => PolicyValidation.Read(v, basis.Environment))],
            [.. spec.Objects("auditAnnotations").Select(a => new PolicyVariable(a.Text("key") ?? "", AdmissionExpression.Compile(basis.Environment, a.Text("valueExpression") ?? "", CelType.String, CelType.Null)))]);
    }
}

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
