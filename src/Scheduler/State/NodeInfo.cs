using System.Collections.Immutable;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>A node with the pods that are bound to it, or about to be. Immutable.</summary>
internal sealed record NodeInfo
{
    public required string Name { get; init; }
    public required IReadOnlyDictionary<string, string> Labels { get; init; }
    public required IReadOnlyList<Taint> Taints { get; init; }
    public required bool Unschedulable { get; init; }
    public required Amounts Allocatable { get; init; }

    /// <summary>The sum of the requests of its pods.</summary>
    public Amounts Requested { get; init; } = Amounts.None;

    /// <summary>The sum of the weights of its pods, for scores.</summary>
    public (long MilliCpu, long Memory) Weight { get; init; }

    /// <summary>The ports that its pods take.</summary>
    public ImmutableList<HostPort> HostPorts { get; init; } = [];

    /// <summary>Its pods.</summary>
    public ImmutableArray<PodDemand> Pods { get; init; } = [];

    /// <summary>Those of its pods for which it matters which pods are beside them.</summary>
    public ImmutableArray<PodDemand> SociablePods { get; init; } = [];

    /// <summary>Bytes of the images that it has, by name.</summary>
    public required IReadOnlyDictionary<string, long> Images { get; init; }

    public static NodeInfo Of(NodeView node) => new()
    {
        Name = node.Metadata.Name,
        Labels = PodDemand.LabelsOf(node.Metadata),
        Taints = node.Spec?.Taints ?? [],
        Unschedulable = node.Spec?.Unschedulable ?? false,
        Allocatable = Amounts.Read(node.Status?.Allocatable),
        Images = ImagesOf(node.Status?.Images),
    };

    private static IReadOnlyDictionary<string, long> ImagesOf(List<ImageView>? images)
    {
        if (images is null or [])
            return ImmutableDictionary<string, long>.Empty;
        var sizes = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var image in images)
            foreach (var name in image.Names ?? [])
                sizes[name] = image.SizeBytes ?? 0;
        return sizes;
    }

    public NodeInfo Plus(PodDemand pod) => this with
    {
        Requested = Requested + pod.Requests,
        Weight = (Weight.MilliCpu + pod.Weight.MilliCpu, Weight.Memory + pod.Weight.Memory),
        HostPorts = pod.HostPorts.Count == 0 ? HostPorts : HostPorts.AddRange(pod.HostPorts),
        Pods = Pods.Add(pod),
        SociablePods = IsSociable(pod) ? SociablePods.Add(pod) : SociablePods,
    };

    public NodeInfo Minus(PodDemand pod) => this with
    {
        Requested = Requested - pod.Requests,
        Weight = (Weight.MilliCpu - pod.Weight.MilliCpu, Weight.Memory - pod.Weight.Memory),
        HostPorts = pod.HostPorts.Count == 0 ? HostPorts : HostPorts.RemoveRange(pod.HostPorts),
        Pods = Without(Pods, pod),
        SociablePods = IsSociable(pod) ? Without(SociablePods, pod) : SociablePods,
    };

    private static bool IsSociable(PodDemand pod) => pod.Affinity.Count > 0 || pod.AntiAffinity.Count > 0 || pod.Preferences.Count > 0;

    // By identity of the pod: a record's equality compares its lists by reference.
    private static ImmutableArray<PodDemand> Without(ImmutableArray<PodDemand> pods, PodDemand pod)
    {
        for (var i = 0; i < pods.Length; i++)
            if (pods[i].Key == pod.Key && pods[i].Uid == pod.Uid)
                return pods.RemoveAt(i);
        return pods;
    }

    /// <summary>Whether what pods are fitted to is the same: heartbeats change nodes without changing this.</summary>
    public bool OffersTheSameAs(NodeInfo other) =>
        Unschedulable == other.Unschedulable && Allocatable.Equals(other.Allocatable)
        && Taints.Count == other.Taints.Count
        && Taints.Zip(other.Taints).All(pair => (pair.First.Key, pair.First.Value, pair.First.Effect) == (pair.Second.Key, pair.Second.Value, pair.Second.Effect))
        && PodDemand.AreSame(Labels, other.Labels);
}
