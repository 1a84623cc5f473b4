namespace Slipway.Scheduler;

/// <summary>
/// What decisions ask about the pods on all nodes, kept up to date pod by pod: a pod like the last one is decided on without
/// looking at any other pod. What is first asked is counted over all nodes once.
/// </summary>
internal sealed class PodIndex(NamespaceLabels namespaces)
{
    // As many kinds of pods, about, may take turns without being counted anew; each costs a little with every pod that comes or goes.
    private const int MostCounters = 512;

    private readonly Dictionary<string, PodCounter> _counters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Sayers> _antiAffinity = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Sayers> _sociable = new(StringComparer.Ordinal);
    private long _questions;

    /// <summary>Terms of anti-affinity of pods that are on nodes.</summary>
    public Dictionary<string, Sayers>.ValueCollection AntiAffinity => _antiAffinity.Values;

    /// <summary>Terms of affinity and preferences of pods that are on nodes.</summary>
    public Dictionary<string, Sayers>.ValueCollection Sociable => _sociable.Values;

    /// <summary>Counts the pods that a term selects.</summary>
    public PlaceCounts SelectedBy(PodTerm term, ReadOnlySpan<NodeInfo> nodes) =>
        Counter(term.Key, nodes, () => new(term.TopologyKey, other => term.Selects(other, namespaces), null));

    /// <summary>Counts, by the places of one term, the pods that all terms select.</summary>
    public PlaceCounts SelectedByAll(IReadOnlyList<PodTerm> terms, PodTerm term, ReadOnlySpan<NodeInfo> nodes) => terms.Count == 1
        ? SelectedBy(term, nodes)
        : Counter($"{term.TopologyKey}/all/{string.Join('&', terms.Select(t => t.Key))}", nodes,
            () => new(term.TopologyKey, other => terms.All(t => t.Selects(other, namespaces)), null));

    /// <summary>Counts the pods that count for a constraint on how a pod is spread, places without pods included.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="constraint">The constraint.</param>
    /// <param name="together">All constraints of its sort: a node that is in no place of one counts for none.</param>
    /// <param name="nodes">All nodes.</param>
    public PlaceCounts SpreadOver(PodDemand pod, SpreadConstraint constraint, SpreadConstraint[] together, ReadOnlySpan<NodeInfo> nodes)
    {
        var ns = pod.Key.Namespace;
        // Upstream heeds nodes that are in no zone, too, as long as nobody asked for zones.
        if (constraint.IsDefault)
            together = [constraint];
        var key = $"{constraint.TopologyKey}/spread/{ns}/{constraint.Selector}/{string.Join(',', together.Select(c => c.TopologyKey))}/{constraint.NodesKeyOf(pod)}";
        return Counter(key, nodes, () => new(constraint.TopologyKey, other => constraint.Counts(other, ns),
            node => together.All(c => node.Labels.ContainsKey(c.TopologyKey)) && constraint.CountsOn(pod, node)));
    }

    /// <summary>A pod has come to a node (1) or left it (-1).</summary>
    public void Change(NodeInfo node, PodDemand pod, int by)
    {
        foreach (var counter in _counters.Values)
            counter.Change(node, pod, by);
        foreach (var term in pod.AntiAffinity)
            Change(_antiAffinity, term, node, by);
        foreach (var term in pod.Affinity)
            Change(_sociable, term, node, by);
        foreach (var term in pod.Preferences)
            Change(_sociable, term, node, by);
    }

    /// <summary>A node is there that had not been.</summary>
    public void Include(NodeInfo node)
    {
        foreach (var counter in _counters.Values)
            counter.Include(node);
        IncludeSayers(node);
    }

    /// <summary>Counts everything anew when it is asked next: nodes are in other places, or gone.</summary>
    public void Restart(ReadOnlySpan<NodeInfo> nodes)
    {
        ForgetCounts();
        _antiAffinity.Clear();
        _sociable.Clear();
        foreach (var node in nodes)
            IncludeSayers(node);
    }

    /// <summary>Counts anew what terms select: namespaces have other labels.</summary>
    public void ForgetCounts() => _counters.Clear();

    private PlaceCounts Counter(string key, ReadOnlySpan<NodeInfo> nodes, Func<PodCounter> make)
    {
        if (!_counters.TryGetValue(key, out var counter))
        {
            if (_counters.Count == MostCounters)
                _counters.Remove(_counters.MinBy(pair => pair.Value.LastAsked).Key);
            _counters[key] = counter = make();
            foreach (var node in nodes)
                counter.Include(node);
        }
        counter.LastAsked = ++_questions;
        return counter.Places;
    }

    private void IncludeSayers(NodeInfo node)
    {
        foreach (var pod in node.SociablePods)
        {
            foreach (var term in pod.AntiAffinity)
                Change(_antiAffinity, term, node, 1);
            foreach (var term in pod.Affinity)
                Change(_sociable, term, node, 1);
            foreach (var term in pod.Preferences)
                Change(_sociable, term, node, 1);
        }
    }

    private static void Change(Dictionary<string, Sayers> all, PodTerm term, NodeInfo node, int by)
    {
        if (!all.TryGetValue(term.Key, out var sayers))
            all[term.Key] = sayers = new(term);
        if (node.Labels.TryGetValue(term.TopologyKey, out var place))
            sayers.Places.Add(place, by);
        if ((sayers.Pods += by) == 0)
            all.Remove(term.Key);
    }
}
