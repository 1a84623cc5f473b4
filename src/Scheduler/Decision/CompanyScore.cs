namespace Slipway.Scheduler;

/// <summary>How well the pods on nodes go with a pod, by what it and they prefer.</summary>
internal static class CompanyScore
{
    // Who requires a pod's company gains by it, a little.
    private const int RequiredWeight = 1;

    /// <summary>Adds up to 100 times <paramref name="weight"/> to the scores of the nodes that fit.</summary>
    public static void Add(PodDemand pod, ReadOnlySpan<NodeInfo> fitting, ReadOnlySpan<NodeInfo> all, NamespaceLabels namespaces, int weight, double[] scores)
    {
        var places = new Dictionary<(string Key, string Value), int>();
        foreach (var node in all)
        {
            if (pod.Preferences.Count > 0)
                foreach (var other in node.Pods)
                    foreach (var term in pod.Preferences)
                        if (term.Selects(other, namespaces))
                            Count(node, term.TopologyKey, term.Weight);
            foreach (var other in node.SociablePods)
            {
                foreach (var term in other.Preferences)
                    if (term.Selects(pod, namespaces))
                        Count(node, term.TopologyKey, term.Weight);
                foreach (var term in other.Affinity)
                    if (term.Selects(pod, namespaces))
                        Count(node, term.TopologyKey, RequiredWeight);
            }
        }
        if (places.Count == 0)
            return;

        var sums = new int[fitting.Length];
        for (var i = 0; i < fitting.Length; i++)
            foreach (var ((key, value), sum) in places)
                if (fitting[i].Labels.TryGetValue(key, out var place) && place == value)
                    sums[i] += sum;
        var (least, most) = (sums.Min(), sums.Max());
        if (most == least)
            return;
        for (var i = 0; i < sums.Length; i++)
            scores[i] += weight * 100.0 * (sums[i] - least) / (most - least);

        void Count(NodeInfo node, string key, int points)
        {
            if (node.Labels.TryGetValue(key, out var place))
                places[(key, place)] = places.GetValueOrDefault((key, place)) + points;
        }
    }
}
