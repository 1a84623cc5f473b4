using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Slipway.Scheduler;

/// <summary>A PodDisruptionBudget reduced to what preemption reads.</summary>
[KubernetesEntity(Group = "policy", Kind = "PodDisruptionBudget", ApiVersion = "v1", PluralName = "poddisruptionbudgets")]
internal sealed class BudgetView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public BudgetSpecView Spec { get; set; } = new();
    public BudgetStatusView? Status { get; set; }
}

internal sealed class BudgetSpecView
{
    public JsonObject? Selector { get; set; }
}

internal sealed class BudgetStatusView
{
    public int? DisruptionsAllowed { get; set; }
}
