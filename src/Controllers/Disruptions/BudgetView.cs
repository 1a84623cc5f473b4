using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>A PodDisruptionBudget reduced to what its controller reads.</summary>
[KubernetesEntity(Group = "policy", Kind = "PodDisruptionBudget", ApiVersion = "v1", PluralName = "poddisruptionbudgets")]
internal sealed record BudgetView : IWorkload
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public BudgetSpecView Spec { get; set; } = new();
    public BudgetStatusView? Status { get; set; }

    LabelSelector? IWorkload.Selector => Spec.Selector;
}

internal sealed class BudgetSpecView
{
    public JsonNode? MinAvailable { get; set; }
    public JsonNode? MaxUnavailable { get; set; }
    public LabelSelector? Selector { get; set; }
}

internal sealed record BudgetStatusView
{
    public int CurrentHealthy { get; init; }
    public int DesiredHealthy { get; init; }
    public int DisruptionsAllowed { get; init; }
    public int ExpectedPods { get; init; }
    public long? ObservedGeneration { get; init; }

    /// <summary>Pods whose eviction was allowed and that are not seen to go yet, with the time of that.</summary>
    public Dictionary<string, DateTime>? DisruptedPods { get; init; }

    public List<BudgetCondition>? Conditions { get; init; }
}

internal sealed record BudgetCondition
{
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Reason { get; init; }
    public string Message { get; init; } = "";
    public long? ObservedGeneration { get; init; }
    public DateTime? LastTransitionTime { get; init; }
}
