namespace Slipway.Scheduler;

/// <summary>
/// What the pods that are on nodes mean for a pod that looks for one: affinity and anti-affinity, its own
/// and theirs (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity"/>),
/// and how evenly pods are spread.
/// </summary>
internal sealed class Neighbours
{
    private static readonly Neighbours Indifferent = new();

    private readonly List<Sayers> _repelling = [];
    private readonly PlaceCounts[] _affinity = [];
    private readonly PlaceCounts[] _antiAffinity = [];
    private readonly SpreadConstraint[] _spread = [];
    private readonly PlaceCounts[] _spreadCounts = [];
    private readonly bool _isFirst;

    private Neighbours()
    {
    }

    private Neighbours(PodDemand pod, Snapshot snapshot)
    {
        var index = snapshot.Index;
        var nodes = snapshot.Nodes;
        foreach (var sayers in index.AntiAffinity)
            if (sayers.Term.Selects(pod, snapshot.Namespaces))
                _repelling.Add(sayers);
        if (!pod.HeedsPods)
            return;
        // A pod is company only if all terms select it.
        _affinity = new PlaceCounts[pod.Affinity.Count];
        for (var i = 0; i < _affinity.Length; i++)
            _affinity[i] = index.SelectedByAll(pod.Affinity, pod.Affinity[i], nodes);
        _antiAffinity = new PlaceCounts[pod.AntiAffinity.Count];
        for (var i = 0; i < _antiAffinity.Length; i++)
            _antiAffinity[i] = index.SelectedBy(pod.AntiAffinity[i], nodes);
        // The first of pods that seek each other's company goes anywhere.
        _isFirst = Array.TrueForAll(_affinity, counts => counts.Total == 0) && pod.Affinity.All(term => term.Selects(pod, snapshot.Namespaces));
        _spread = [.. pod.Spread.Where(constraint => constraint.IsRequired)];
        _spreadCounts = [.. _spread.Select(constraint => snapshot.Index.SpreadOver(pod, constraint, _spread, snapshot.Nodes))];
    }

    /// <summary>Finds what matters to a pod; no work when nothing does.</summary>
    public static Neighbours Of(PodDemand pod, Snapshot snapshot) =>
        pod.HeedsPods || snapshot.Index.AntiAffinity.Count > 0 ? new(pod, snapshot) : Indifferent;

    /// <summary>What would make the pod's spread even enough on a node, where it is not.</summary>
    public string Unevenness(PodDemand pod, NodeInfo node)
    {
        for (var i = 0; i < _spread.Length; i++)
        {
            var (constraint, counts) = (_spread[i], _spreadCounts[i]);
            if (!node.Labels.TryGetValue(constraint.TopologyKey, out var place) || Skew(pod, constraint, counts, place) <= constraint.MaxSkew)
                continue;
            var few = counts.Places < constraint.MinDomains ? $", which has {counts.Places} of the {constraint.MinDomains} places that minDomains asks for" : "";
            return $"By {constraint.TopologyKey}{few}, {place} has {counts.At(place)} of these pods and the emptiest place {counts.Least}, and {constraint.MaxSkew} more than that {(constraint.MaxSkew == 1 ? "is" : "are")} allowed: "
                + "make room where there are fewer, raise the constraint's maxSkew, or set its whenUnsatisfiable to ScheduleAnyway.";
        }
        return "Make room where there are fewer of these pods, raise the constraint's maxSkew, or set its whenUnsatisfiable to ScheduleAnyway.";
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
            if (Skew(pod, constraint, counts, place) > constraint.MaxSkew)
                return Obstacle.Uneven;
        }
        for (var i = 0; i < _affinity.Length; i++)
            if (!node.Labels.TryGetValue(pod.Affinity[i].TopologyKey, out var place) || (_affinity[i].At(place) == 0 && !_isFirst))
                return Obstacle.NoCompany;
        for (var i = 0; i < _antiAffinity.Length; i++)
            if (node.Labels.TryGetValue(pod.AntiAffinity[i].TopologyKey, out var place) && _antiAffinity[i].At(place) > 0)
                return Obstacle.Company;
        foreach (var sayers in _repelling)
            if (node.Labels.TryGetValue(sayers.Term.TopologyKey, out var place) && sayers.Places.At(place) > 0)
                return Obstacle.Unwelcome;
        return null;
    }

    private static int Skew(PodDemand pod, SpreadConstraint constraint, PlaceCounts counts, string place) =>
        counts.At(place) + (constraint.Selector?.Matches(pod.Labels) == true ? 1 : 0) - (counts.Places < constraint.MinDomains ? 0 : counts.Least);
}
