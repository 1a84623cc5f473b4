using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Admission;

/// <summary>ValidatingAdmissionPolicy and MutatingAdmissionPolicy (admissionregistration.k8s.io/v1).</summary>
/// <param name="mutating">Whether the policy changes objects.</param>
internal sealed class AdmissionPolicyRules(bool mutating) : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasStatus => !mutating;

    public override bool HasGeneration => true;

    protected override JsonObject NewStatus() => [];

    public override void Default(JsonObject document)
    {
        var spec = document.ObjectOrNew("spec");
        SetDefault(spec, "failurePolicy", "Fail");
        if (spec.Object("matchConstraints") is { } constraints) MatchDefaults.Apply(constraints);
    }
}

/// <summary>ValidatingAdmissionPolicyBinding and MutatingAdmissionPolicyBinding (admissionregistration.k8s.io/v1).</summary>
internal sealed class AdmissionPolicyBindingRules : KindRules
{
    public override bool IsNamespaced => false;

    public override bool HasGeneration => true;

    public override void Default(JsonObject document)
    {
        if (document.ObjectOrNew("spec").Object("matchResources") is { } resources) MatchDefaults.Apply(resources);
    }
}
