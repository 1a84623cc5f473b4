namespace Slipway.Scheduler;

/// <summary>How well the pods on nodes go with a pod, by what it and they prefer.</summary>
internal static class CompanyScore
{
    // Who requires a pod's company gains by it, a little.
    private const int RequiredWeight = 1;

    /// <summary>Adds up to 100 times <paramref name="weight"/> to the scores of the nodes that fit.</summary>
    public static void Add(PodDemand pod, Snapshot snapshot, ReadOnlySpan<int> fitting, int weight, Span<double> scores)
    {
        var wishes = new List<(string TopologyKey, PlaceCounts Places, int Points)>();
        foreach (var term in pod.Preferences)
            wishes.Add((term.TopologyKey, snapshot.Index.SelectedBy(term, snapshot.Nodes), term.Weight));
        foreach (var sayers in snapshot.Index.Sociable)
            if (sayers.Term.Selects(pod, snapshot.Namespaces))
                wishes.Add((sayers.Term.TopologyKey, sayers.Places, sayers.Term.Weight == 0 ? RequiredWeight : sayers.Term.Weight));
        if (wishes.Count == 0)
            return;

        var nodes = snapshot.Nodes;
        var sums = new int[fitting.Length];
        for (var i = 0; i < fitting.Length; i++)
            foreach (var (key, places, points) in wishes)
                if (nodes[fitting[i]].Labels.TryGetValue(key, out var place))
                    sums[i] += points * places.At(place);
        var (least, most) = (sums.Min(), sums.Max());
        if (most == least)
            return;
        for (var i = 0; i < sums.Length; i++)
            scores[i] += weight * 100.0 * (sums[i] - least) / (most - least);
    }
}
