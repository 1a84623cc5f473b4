namespace Slipway.Scheduler;

/// <summary>
/// What the pods that are on nodes mean for a pod that looks for one, counted once for each decision: affinity and anti-affinity, its own
/// and theirs (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity"/>),
/// and how evenly pods are spread.
/// </summary>
internal sealed class Neighbours
{
    private static readonly Neighbours Indifferent = new();

    private readonly HashSet<(string Key, string Value)> _repelled = [];
    private readonly PlaceCounts[] _affinity = [];
    private readonly PlaceCounts[] _antiAffinity = [];
    private readonly SpreadConstraint[] _spread = [];
    private readonly PlaceCounts[] _spreadCounts = [];
    private readonly bool _isFirst;

    private Neighbours()
    {
    }

    private Neighbours(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, NamespaceLabels namespaces)
    {
        _affinity = [.. pod.Affinity.Select(_ => new PlaceCounts())];
        _antiAffinity = [.. pod.AntiAffinity.Select(_ => new PlaceCounts())];
        foreach (var node in nodes)
        {
            foreach (var other in node.SociablePods)
                foreach (var term in other.AntiAffinity)
                    if (node.Labels.TryGetValue(term.TopologyKey, out var place) && term.Selects(pod, namespaces))
                        _repelled.Add((term.TopologyKey, place));
            if (pod.Affinity.Count == 0 && pod.AntiAffinity.Count == 0)
                continue;
            foreach (var other in node.Pods)
            {
                // A pod is company only if all terms select it.
                if (pod.Affinity.Count > 0 && pod.Affinity.All(term => term.Selects(other, namespaces)))
                    Count(_affinity, pod.Affinity, node);
                for (var i = 0; i < _antiAffinity.Length; i++)
                    if (pod.AntiAffinity[i].Selects(other, namespaces))
                        _antiAffinity[i].Add(node, pod.AntiAffinity[i].TopologyKey);
            }
        }
        // The first of pods that seek each other's company goes anywhere.
        _isFirst = _affinity.All(counts => counts.IsEmpty) && pod.Affinity.All(term => term.Selects(pod, namespaces));
        _spread = [.. pod.Spread.Where(constraint => constraint.IsRequired)];
        _spreadCounts = SpreadCounting.Of(pod, nodes, _spread);
    }

    /// <summary>Counts what matters to a pod; little work when nothing does.</summary>
    public static Neighbours Of(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, NamespaceLabels namespaces)
    {
        if (pod.HeedsPods)
            return new(pod, nodes, namespaces);
        foreach (var node in nodes)
            foreach (var other in node.SociablePods)
                if (other.AntiAffinity.Count > 0)
                    return new(pod, nodes, namespaces);
        return Indifferent;
    }

    /// <summary>Why a node is out of the question; null when it is not.</summary>
    public Obstacle? Between(PodDemand pod, NodeInfo node)
    {
        if (ReferenceEquals(this, Indifferent))
            return null;
        for (var i = 0; i < _spread.Length; i++)
        {
            var (constraint, counts) = (_spread[i], _spreadCounts[i]);
            if (!node.Labels.TryGetValue(constraint.TopologyKey, out var place))
                return Obstacle.NoPlace;
            var itself = constraint.Selector?.Matches(pod.Labels) == true ? 1 : 0;
            var emptiest = counts.Places < constraint.MinDomains ? 0 : counts.Least;
            if (counts.At(place) + itself - emptiest > constraint.MaxSkew)
                return Obstacle.Uneven;
        }
        for (var i = 0; i < _affinity.Length; i++)
            if (!node.Labels.TryGetValue(pod.Affinity[i].TopologyKey, out var place) || (_affinity[i].At(place) == 0 && !_isFirst))
                return Obstacle.NoCompany;
        for (var i = 0; i < _antiAffinity.Length; i++)
            if (node.Labels.TryGetValue(pod.AntiAffinity[i].TopologyKey, out var place) && _antiAffinity[i].At(place) > 0)
                return Obstacle.Company;
        foreach (var (key, value) in _repelled)
            if (node.Labels.TryGetValue(key, out var place) && place == value)
                return Obstacle.Unwelcome;
        return null;
    }

    private static void Count(PlaceCounts[] counts, IReadOnlyList<PodTerm> terms, NodeInfo node)
    {
        for (var i = 0; i < counts.Length; i++)
            counts[i].Add(node, terms[i].TopologyKey);
    }
}
