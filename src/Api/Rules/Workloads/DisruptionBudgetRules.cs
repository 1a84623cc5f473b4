using System.Text.Json.Nodes;

namespace Slipway.Api.Rules.Workloads;

/// <summary>PodDisruptionBudget (policy/v1).</summary>
internal sealed class DisruptionBudgetRules : KindRules
{
    public override bool HasStatus => true;

    protected override JsonObject NewStatus() => new()
    {
        ["currentHealthy"] = 0,
        ["desiredHealthy"] = 0,
        ["disruptionsAllowed"] = 0,
        ["expectedPods"] = 0,
    };
}
