using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>A DaemonSet reduced to what its controller reads; the pod template stays a document, so that nothing in it is lost.</summary>
[KubernetesEntity(Group = "apps", Kind = "DaemonSet", ApiVersion = "v1", PluralName = "daemonsets")]
internal sealed record DaemonSetView : IWorkload
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DaemonSetSpecView Spec { get; set; } = new();
    public DaemonSetStatusView? Status { get; set; }

    LabelSelector? IWorkload.Selector => Spec.Selector;

    public bool IsRolling => Spec.UpdateStrategy?.Type != "OnDelete";

    /// <summary>Nodes on which a new pod may run beside the old one.</summary>
    public int MaxSurge(int nodes) => IsRolling ? CountOrPercent.Of(Spec.UpdateStrategy?.RollingUpdate?.MaxSurge, nodes, roundUp: true) : 0;

    /// <summary>Nodes that may be without an available pod.</summary>
    public int MaxUnavailable(int nodes)
    {
        var count = CountOrPercent.Of(Spec.UpdateStrategy?.RollingUpdate?.MaxUnavailable, nodes, roundUp: true);
        return count == 0 && MaxSurge(nodes) == 0 ? 1 : count;
    }
}

internal sealed class DaemonSetSpecView
{
    public LabelSelector? Selector { get; set; }
    public JsonObject? Template { get; set; }
    public DeploymentStrategyView? UpdateStrategy { get; set; }
    public int? MinReadySeconds { get; set; }
    public int? RevisionHistoryLimit { get; set; }
}

internal sealed record DaemonSetStatusView
{
    public int CurrentNumberScheduled { get; init; }
    public int NumberMisscheduled { get; init; }
    public int DesiredNumberScheduled { get; init; }
    public int NumberReady { get; init; }
    public long? ObservedGeneration { get; init; }
    public int? UpdatedNumberScheduled { get; init; }
    public int? NumberAvailable { get; init; }
    public int? NumberUnavailable { get; init; }
    public int? CollisionCount { get; init; }
}
