using Slipway.Api.Nodes;

namespace Slipway.Controllers;

/// <summary>The taints that a node has for its state. Decided without I/O.</summary>
internal static class NodeTaints
{
    /// <summary>Taints that keep pods away from nodes, and end those that are there, while nothing is heard of them or they are not ready.</summary>
    public const string NotReady = "node.kubernetes.io/not-ready", Unreachable = "node.kubernetes.io/unreachable";

    private const string NoSchedule = "NoSchedule", NoExecute = "NoExecute";

    private static readonly (string Condition, string Key)[] Pressures =
    [
        ("MemoryPressure", "node.kubernetes.io/memory-pressure"),
        ("DiskPressure", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "node.kubernetes.io/pid-pressure"),
        ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
    ];

    private static readonly HashSet<string> Own = new([NotReady, Unreachable, "node.kubernetes.io/unschedulable", .. Pressures.Select(pressure => pressure.Key)], StringComparer.Ordinal);

    /// <summary>All taints that the node is to have, those of others included; null when it has them.</summary>
    /// <param name="node">The node.</param>
    /// <param name="now">When new taints that end pods are added.</param>
    public static List<Taint>? For(NodeView node, DateTime now)
    {
        var wanted = Wanted(node).ToList();
        var taints = node.Taints.Where(taint => !Own.Contains(taint.Key) || wanted.Contains((taint.Key, taint.Effect))).ToList();
        foreach (var (key, effect) in wanted)
            if (!taints.Exists(taint => taint.Key == key && taint.Effect == effect))
                taints.Add(new() { Key = key, Effect = effect, TimeAdded = effect == NoExecute ? now : null });
        return taints.SequenceEqual(node.Taints) ? null : taints;
    }

    private static IEnumerable<(string Key, string Effect)> Wanted(NodeView node)
    {
        // A node that has never said anything is only just coming: it keeps the taint that it came with.
        if (node.ConditionOf("Ready") is null && node.Taints.Any(static taint => taint is { Key: NotReady, Effect: NoSchedule }))
            yield return (NotReady, NoSchedule);
        if (node.ConditionOf("Ready")?.Status is { } ready and ("False" or "Unknown"))
        {
            var key = ready == "False" ? NotReady : Unreachable;
            yield return (key, NoSchedule);
            yield return (key, NoExecute);
        }
        foreach (var (condition, key) in Pressures)
            if (node.ConditionOf(condition)?.Status == "True")
                yield return (key, NoSchedule);
        if (node.Spec?.Unschedulable == true)
            yield return ("node.kubernetes.io/unschedulable", NoSchedule);
    }
}
