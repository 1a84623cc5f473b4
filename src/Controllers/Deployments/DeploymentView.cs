using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>A Deployment reduced to what its controller reads; the pod template stays a document, so that nothing in it is lost.</summary>
[KubernetesEntity(Group = "apps", Kind = "Deployment", ApiVersion = "v1", PluralName = "deployments")]
internal sealed record DeploymentView : IWorkload
{
    /// <summary>Condition types.</summary>
    public const string Progressing = "Progressing", Available = "Available";

    // Upstream's mark of a deadline that is none.
    private const int NoDeadline = int.MaxValue;

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DeploymentSpecView Spec { get; set; } = new();
    public DeploymentStatusView? Status { get; set; }

    LabelSelector? IWorkload.Selector => Spec.Selector;

    /// <summary>Pods that it is to have.</summary>
    public int Replicas => Spec.Replicas ?? 1;

    public bool IsRolling => Spec.Strategy?.Type != "Recreate";

    /// <summary>Time in which it is to make some progress; null when it may take any.</summary>
    public TimeSpan? Deadline => Spec.ProgressDeadlineSeconds is { } seconds and not NoDeadline ? TimeSpan.FromSeconds(seconds) : null;

    /// <summary>Pods above <see cref="Replicas"/> that there may be while it rolls.</summary>
    public int MaxSurge => IsRolling ? CountOrPercent.Of(Spec.Strategy?.RollingUpdate?.MaxSurge, Replicas, roundUp: true) : 0;

    /// <summary>Pods below <see cref="Replicas"/> that may be missing while it rolls. If nothing may be missing and none be added, one may be missing after all.</summary>
    public int MaxUnavailable
    {
        get
        {
            if (!IsRolling || Replicas == 0)
                return 0;
            var count = CountOrPercent.Of(Spec.Strategy?.RollingUpdate?.MaxUnavailable, Replicas, roundUp: false);
            return Math.Min(count == 0 && MaxSurge == 0 ? 1 : count, Replicas);
        }
    }

    /// <summary>A condition, whatever its status; null when nothing is said.</summary>
    public DatedCondition? ConditionOf(string type) => Status?.Conditions?.Find(condition => condition.Type == type);
}

internal sealed class DeploymentSpecView
{
    public int? Replicas { get; set; }
    public LabelSelector? Selector { get; set; }
    public JsonObject? Template { get; set; }
    public DeploymentStrategyView? Strategy { get; set; }
    public int? MinReadySeconds { get; set; }
    public int? RevisionHistoryLimit { get; set; }
    public bool? Paused { get; set; }
    public int? ProgressDeadlineSeconds { get; set; }
}

internal sealed class DeploymentStrategyView
{
    public string? Type { get; set; }
    public RollingUpdateView? RollingUpdate { get; set; }
}

internal sealed class RollingUpdateView
{
    public JsonNode? MaxSurge { get; set; }
    public JsonNode? MaxUnavailable { get; set; }
    public int? Partition { get; set; }
}

internal sealed record DeploymentStatusView
{
    public long? ObservedGeneration { get; init; }
    public int? Replicas { get; init; }
    public int? UpdatedReplicas { get; init; }
    public int? ReadyReplicas { get; init; }
    public int? AvailableReplicas { get; init; }
    public int? UnavailableReplicas { get; init; }
    public int? TerminatingReplicas { get; init; }
    public int? CollisionCount { get; init; }
    public List<DatedCondition>? Conditions { get; init; }
}
