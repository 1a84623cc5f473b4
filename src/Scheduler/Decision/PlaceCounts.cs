namespace Slipway.Scheduler;

/// <summary>Numbers of pods by place, that is by the value of one label of their nodes.</summary>
internal sealed class PlaceCounts
{
    private readonly Dictionary<string, int> _counts = new(StringComparer.Ordinal);

    /// <summary>How many places there are.</summary>
    public int Places => _counts.Count;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _counts.Count == 0;

    /// <summary>The number of pods in the emptiest place; 0 when there is none.</summary>
    public int Least => _counts.Count == 0 ? 0 : _counts.Values.Min();

    /// <summary>The number of pods in a place.</summary>
    public int At(string place) => _counts.GetValueOrDefault(place);

    /// <summary>Adds pods on a node; a node without the label is in no place.</summary>
    public void Add(NodeInfo node, string key, int pods = 1)
    {
        if (node.Labels.TryGetValue(key, out var place))
            _counts[place] = _counts.GetValueOrDefault(place) + pods;
    }
}

/// <summary>Counts pods for constraints on how evenly they are spread.</summary>
internal static class SpreadCounting
{
    /// <summary>For each of the constraints the pods that count, places without pods included.</summary>
    public static PlaceCounts[] Of(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, SpreadConstraint[] constraints)
    {
        PlaceCounts[] counts = [.. constraints.Select(_ => new PlaceCounts())];
        if (constraints.Length == 0)
            return counts;
        foreach (var node in nodes)
        {
            // A node that is in no place of one constraint counts for none.
            if (!constraints.All(constraint => node.Labels.ContainsKey(constraint.TopologyKey)))
                continue;
            for (var i = 0; i < constraints.Length; i++)
                if (constraints[i].CountsOn(pod, node))
                    counts[i].Add(node, constraints[i].TopologyKey, node.Pods.Count(other => constraints[i].Counts(other, pod.Key.Namespace)));
        }
        return counts;
    }
}
