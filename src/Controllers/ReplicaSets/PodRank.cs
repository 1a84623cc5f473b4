namespace Slipway.Controllers;

/// <summary>Which pods of a ReplicaSet go first when there are too many.</summary>
internal static class PodRank
{
    /// <summary>
    /// The pods to delete: without a node, then by phase, not ready, cheap by annotation, beside many others of their
    /// kind, ready for the shortest time, restarted most, youngest. Times count by their orders of magnitude, so that
    /// pods that are about as old do not all go from the same place.
    /// (<see href="https://kubernetes.io/docs/concepts/workloads/controllers/replicaset/#scaling-a-replicaset"/>)
    /// </summary>
    /// <param name="active">Pods that run or will.</param>
    /// <param name="number">How many to delete.</param>
    /// <param name="related">Active pods that count as company on a node: those of all sets of the same owner.</param>
    /// <param name="now">Now.</param>
    public static IReadOnlyList<PodView> FirstToGo(IReadOnlyList<PodView> active, int number, IEnumerable<PodView> related, DateTime now)
    {
        if (number >= active.Count)
            return active;
        var company = related.Where(pod => pod.NodeName is not null).CountBy(pod => pod.NodeName!).ToDictionary(StringComparer.Ordinal);
        return [.. active
            .OrderBy(pod => pod.NodeName is not null)
            .ThenBy(pod => pod.Status?.Phase switch { "Running" => 2, "Unknown" => 1, _ => 0 })
            .ThenBy(pod => pod.IsReady)
            .ThenBy(pod => pod.DeletionCost)
            .ThenByDescending(pod => pod.NodeName is { } node ? company.GetValueOrDefault(node) : 0)
            .ThenBy(pod => Magnitude(pod.ReadySince, now))
            .ThenByDescending(pod => pod.Restarts)
            .ThenBy(pod => Magnitude(pod.Metadata.CreationTimestamp, now))
            .ThenBy(pod => pod.Uid, StringComparer.Ordinal)
            .Take(number)];
    }

    private static int Magnitude(DateTime? since, DateTime now) => since is { } time && now > time ? (int)Math.Log2((now - time).TotalMicroseconds) : -1;
}
