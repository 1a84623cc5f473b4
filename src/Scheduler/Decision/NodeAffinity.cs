using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>nodeSelector and node affinity (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/"/>).</summary>
internal static class NodeAffinity
{
    /// <summary>Whether the node has all that the pod requires of it.</summary>
    public static bool IsMet(PodDemand pod, NodeInfo node) =>
        NodeSelector.HasAll(pod.NodeSelector, node.Labels) && IsMet(pod.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution, node);

    /// <summary>Whether the node is one of those that are selected; without a selector all are.</summary>
    public static bool IsMet(NodeSelector? required, NodeInfo node) => required?.Selects(node.Name, node.Labels) != false;

    /// <summary>What the pod requires of a node that it has not, as text; of alternatives the one with the least to do.</summary>
    public static IReadOnlyList<string> Unmet(PodDemand pod, NodeInfo node)
    {
        var unmet = new List<string>();
        foreach (var (key, value) in pod.NodeSelector ?? Enumerable.Empty<KeyValuePair<string, string>>())
            if (!node.Labels.TryGetValue(key, out var label) || label != value)
                unmet.Add($"{key}={value}");
        if (pod.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms is { Count: > 0 } terms)
            unmet.AddRange(terms.Select(term => term.Unmet(node.Name, node.Labels)).MinBy(missing => missing.Count)!.Select(missing => $"{missing}"));
        unmet.Sort(StringComparer.Ordinal);
        return unmet;
    }

    /// <summary>The sum of the weights of the preferences that the node meets.</summary>
    public static int Preference(PodDemand pod, NodeInfo node)
    {
        var sum = 0;
        foreach (var preferred in pod.NodeAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? [])
            if (preferred.Preference?.Selects(node.Name, node.Labels) == true)
                sum += preferred.Weight;
        return sum;
    }
}
