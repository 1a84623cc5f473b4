using k8s;
using k8s.Models;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>A node reduced to what scheduling reads.</summary>
[KubernetesEntity(Group = "", Kind = "Node", ApiVersion = "v1", PluralName = "nodes")]
internal sealed class NodeView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public NodeSpecView? Spec { get; set; }
    public NodeStatusView? Status { get; set; }
}

internal sealed class NodeSpecView
{
    public bool? Unschedulable { get; set; }
    public List<Taint>? Taints { get; set; }
}

internal sealed class NodeStatusView
{
    public Dictionary<string, string>? Allocatable { get; set; }
    public List<ImageView>? Images { get; set; }
}

internal sealed class ImageView
{
    public List<string>? Names { get; set; }

    /// <summary>Bytes.</summary>
    public long? SizeBytes { get; set; }
}
