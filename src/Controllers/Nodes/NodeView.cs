using k8s;
using k8s.Models;
using Slipway.Api.Nodes;

namespace Slipway.Controllers;

/// <summary>A node reduced to what controllers read.</summary>
[KubernetesEntity(Group = "", Kind = "Node", ApiVersion = "v1", PluralName = "nodes")]
internal sealed record NodeView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public NodeSpecView? Spec { get; set; }
    public NodeStatusView? Status { get; set; }

    public string Name => Metadata.Name;
    public IReadOnlyList<Taint> Taints => Spec?.Taints ?? [];

    public NodeCondition? ConditionOf(string type) => Status?.Conditions?.Find(condition => condition.Type == type);
}

internal sealed class NodeSpecView
{
    public bool? Unschedulable { get; set; }
    public List<Taint>? Taints { get; set; }
}

internal sealed record NodeStatusView
{
    public List<NodeCondition>? Conditions { get; init; }
}

internal sealed record NodeCondition
{
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTime? LastHeartbeatTime { get; init; }
    public DateTime? LastTransitionTime { get; init; }
}
