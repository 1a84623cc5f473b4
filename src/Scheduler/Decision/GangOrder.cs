namespace Slipway.Scheduler;

/// <summary>An order in which the pods of a gang are placed, each beside those before it.</summary>
/// <param name="Pods">The pods.</param>
/// <param name="Packs">Whether each takes the node that it fills most, and not the one that it prefers.</param>
/// <param name="First">A label of nodes that the first of them must find; null for none.</param>
internal sealed record GangOrder(IReadOnlyList<PodDemand> Pods, bool Packs = false, (string Key, string Value)? First = null)
{
    // A gang that fits nowhere is decided on again whenever something changes, and nobody else is meanwhile: what is tried has to end soon.
    private const int MostPlaces = 16;
    private const long MostLooks = 4_000_000; // of a pod at a node

    /// <summary>
    /// What to try when the pods do not all fit in the order in which they came. Placing pods one after the other misses what packing them
    /// better would find where they differ in size, and depends on where the first one goes where they seek each other's company. Pods that
    /// are alike and seek nobody fit in any order or in none, and nothing fits that asks for more than there is.
    /// </summary>
    /// <param name="pods">The pods as they came.</param>
    /// <param name="needed">How many of them must find a node.</param>
    /// <param name="snapshot">The nodes.</param>
    public static IEnumerable<GangOrder> Others(IReadOnlyList<PodDemand> pods, int needed, Snapshot snapshot)
    {
        var all = TotalOf(snapshot);
        var smallest = pods.OrderBy(pod => ShareOf(pod.Requests, all)).ToList();
        if (!IsRoomFor(smallest.Take(needed), snapshot))
            yield break;
        var largest = Enumerable.Reverse(smallest).ToList();
        if (!smallest[0].Requests.Equals(largest[0].Requests))
        {
            yield return new(largest, Packs: true);
            if (needed < pods.Count)
                yield return new(smallest, Packs: true);
        }
        var places = (int)Math.Clamp(MostLooks / Math.Max(1L, (long)pods.Count * snapshot.Nodes.Length), 1, MostPlaces);
        foreach (var key in pods.SelectMany(pod => pod.Affinity).Select(term => term.TopologyKey).Distinct().Order(StringComparer.Ordinal))
            foreach (var place in RoomiestOf(key, snapshot).Take(places))
                yield return new(largest, Packs: true, (key, place));
    }

    // The places of a topology, those with the most processors left first.
    private static IEnumerable<string> RoomiestOf(string key, Snapshot snapshot)
    {
        var left = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var node in snapshot.Nodes)
            if (node.Labels.TryGetValue(key, out var place))
                left[place] = left.GetValueOrDefault(place) + node.Allocatable.MilliCpu - node.Requested.MilliCpu;
        return left.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Key);
    }

    private static Amounts TotalOf(Snapshot snapshot)
    {
        var sum = Amounts.None;
        foreach (var node in snapshot.Nodes)
            sum += node.Allocatable;
        return sum;
    }

    // The part of all that there is of the resource of which the pod takes the largest part.
    private static double ShareOf(Amounts requests, Amounts all)
    {
        var share = Math.Max((double)requests.MilliCpu / Math.Max(all.MilliCpu, 1), (double)requests.Memory / Math.Max(all.Memory, 1));
        foreach (var (name, amount) in requests.Extended)
            share = Math.Max(share, (double)amount / Math.Max(all.Of(name), 1));
        return share;
    }

    private static bool IsRoomFor(IEnumerable<PodDemand> pods, Snapshot snapshot)
    {
        var (cpu, memory) = (0L, 0L);
        foreach (var node in snapshot.Nodes)
            (cpu, memory) = (cpu + Math.Max(node.Allocatable.MilliCpu - node.Requested.MilliCpu, 0), memory + Math.Max(node.Allocatable.Memory - node.Requested.Memory, 0));
        foreach (var pod in pods)
            (cpu, memory) = (cpu - pod.Requests.MilliCpu, memory - pod.Requests.Memory);
        return cpu >= 0 && memory >= 0;
    }
}
