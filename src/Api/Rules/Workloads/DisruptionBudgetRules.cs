using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Workloads;

/// <summary>PodDisruptionBudget (policy/v1).</summary>
internal sealed class DisruptionBudgetRules : KindRules
{
    public override bool HasStatus => true;

    protected override bool HasOpenFinalizers => true;

    // Nobody has ever asked for more of their names than that they fit into a path.
    protected override string? NameError(string name) => Names.PathSegmentError(name);

    protected override JsonObject NewStatus() => new()
    {
        ["currentHealthy"] = 0,
        ["desiredHealthy"] = 0,
        ["disruptionsAllowed"] = 0,
        ["expectedPods"] = 0,
    };

    protected override void ValidateSpec(JsonObject document, List<StatusCause> causes)
    {
        var spec = document.Object("spec") ?? [];
        if (spec["minAvailable"] is not null && spec["maxUnavailable"] is not null) causes.Add(StatusCause.Invalid("spec", spec.Shown(), "minAvailable and maxUnavailable cannot be both set"));
        foreach (var name in (ReadOnlySpan<string>)["minAvailable", "maxUnavailable"])
        {
            NumberOrPercent.NotNegative(spec[name], $"spec.{name}", causes);
            NumberOrPercent.NotAboveAll(spec[name], $"spec.{name}", causes);
        }
        SelectorRules.Validate(spec.Object("selector"), "spec.selector", causes);
        Supported(spec, "unhealthyPodEvictionPolicy", ["AlwaysAllow", "IfHealthyBudget"], "spec", causes);
    }

    public override IReadOnlyList<StatusCause> ValidateStatusUpdate(JsonObject old, JsonObject updated)
    {
        var causes = new List<StatusCause>(base.ValidateStatusUpdate(old, updated));
        NotNegative(updated.Object("status") ?? [], ["disruptionsAllowed", "currentHealthy", "desiredHealthy", "expectedPods"], "status", causes);
        return causes;
    }
}
