namespace Slipway.Scheduler;

/// <summary>How evenly pods would be spread, by the constraints of a pod that are wishes (<c>ScheduleAnyway</c>).</summary>
internal static class SpreadScore
{
    /// <summary>Adds up to 100 times <paramref name="weight"/> to the scores of the nodes that fit; one in no place gets nothing.</summary>
    public static void Add(PodDemand pod, Snapshot snapshot, ReadOnlySpan<int> fitting, int weight, Span<double> scores)
    {
        if (pod.Spread.Count == 0 || fitting.Length <= 1)
            return;
        var wishes = pod.Spread.Where(constraint => !constraint.IsRequired).ToArray();
        if (wishes.Length == 0)
            return;
        PlaceCounts[] counts = [.. wishes.Select(wish => snapshot.Index.SpreadOver(pod, wish, wishes, snapshot.Nodes))];

        var crowds = new double?[fitting.Length];
        for (var i = 0; i < fitting.Length; i++)
            crowds[i] = Crowd(snapshot.Nodes[fitting[i]], wishes, counts);
        var most = crowds.Max();
        var least = crowds.Min();
        for (var i = 0; i < crowds.Length; i++)
            if (crowds[i] is { } crowd)
                scores[i] += weight * (most > 0 ? 100 * (most.Value + least!.Value - crowd) / most.Value : 100);
    }

    // Upstream's measure: in many places a pod more counts for more, since each place has few.
    private static double? Crowd(NodeInfo node, SpreadConstraint[] wishes, PlaceCounts[] counts)
    {
        var sum = 0.0;
        for (var i = 0; i < wishes.Length; i++)
        {
            if (!node.Labels.TryGetValue(wishes[i].TopologyKey, out var place))
            {
                if (wishes[i].IsDefault)
                    continue;
                return null;
            }
            sum += counts[i].At(place) * Math.Log(counts[i].Places + 2) + (wishes[i].MaxSkew - 1);
        }
        return sum;
    }
}
