using System.Collections.Immutable;

namespace Slipway.Scheduler;

/// <summary>A node with the pods that are bound to it, or about to be. Immutable.</summary>
internal sealed record NodeInfo
{
    public required string Name { get; init; }
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
    public required IReadOnlyList<TaintView> Taints { get; init; }
    public required bool Unschedulable { get; init; }
    public required Amounts Allocatable { get; init; }

    /// <summary>The sum of the requests of its pods.</summary>
    public Amounts Requested { get; init; } = Amounts.None;

    /// <summary>The sum of the weights of its pods, for scores.</summary>
    public (long MilliCpu, long Memory) Weight { get; init; }

    /// <summary>The ports that its pods take.</summary>
    public ImmutableList<HostPort> HostPorts { get; init; } = [];

    public static NodeInfo Of(NodeView node) => new()
    {
        Name = node.Metadata.Name,
        Labels = (IReadOnlyDictionary<string, string>?)node.Metadata.Labels?.AsReadOnly() ?? ImmutableDictionary<string, string>.Empty,
        Taints = node.Spec?.Taints ?? [],
        Unschedulable = node.Spec?.Unschedulable ?? false,
        Allocatable = Amounts.Read(node.Status?.Allocatable),
    };

    public NodeInfo Plus(PodDemand pod) => this with
    {
        Requested = Requested + pod.Requests,
        Weight = (Weight.MilliCpu + pod.Weight.MilliCpu, Weight.Memory + pod.Weight.Memory),
        HostPorts = pod.HostPorts.Count == 0 ? HostPorts : HostPorts.AddRange(pod.HostPorts),
    };

    public NodeInfo Minus(PodDemand pod) => this with
    {
        Requested = Requested - pod.Requests,
        Weight = (Weight.MilliCpu - pod.Weight.MilliCpu, Weight.Memory - pod.Weight.Memory),
        HostPorts = pod.HostPorts.Count == 0 ? HostPorts : HostPorts.RemoveRange(pod.HostPorts),
    };

    /// <summary>Whether what pods are fitted to is the same: heartbeats change nodes without changing this.</summary>
    public bool OffersTheSameAs(NodeInfo other) =>
        Unschedulable == other.Unschedulable && Allocatable.Equals(other.Allocatable)
        && Taints.Count == other.Taints.Count
        && Taints.Zip(other.Taints).All(pair => (pair.First.Key, pair.First.Value, pair.First.Effect) == (pair.Second.Key, pair.Second.Value, pair.Second.Effect))
        && Labels.Count == other.Labels.Count && Labels.All(label => other.Labels.TryGetValue(label.Key, out var value) && value == label.Value);
}
