using k8s;
using k8s.Models;

namespace Slipway.Simulation;

/// <summary>A node reduced to what tells whether it is as it should be.</summary>
[KubernetesEntity(Group = "", Kind = "Node", ApiVersion = "v1", PluralName = "nodes")]
internal sealed class SimulatedNode : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>The label by which simulated nodes are known.</summary>
    public const string Label = "simulation.slipway.dev/simulated";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public NodeStatusView? Status { get; set; }
}

internal sealed class NodeStatusView
{
    public Dictionary<string, string>? Capacity { get; set; }
    public List<ConditionView>? Conditions { get; set; }
}
