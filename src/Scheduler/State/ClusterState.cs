using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>
/// What the scheduler knows: nodes, and the pods on them, those about to be bound included. Used by one loop alone;
/// what it hands out is immutable.
/// </summary>
internal sealed class ClusterState
{
    private readonly Dictionary<ObjectKey, Assignment> _assignments = [];
    // Also of nodes that are not known yet: pods may be heard of first.
    private readonly Dictionary<string, Dictionary<ObjectKey, PodDemand>> _podsByNode = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, Assignment> _nominations = [];
    private readonly SortedDictionary<int, int> _podsByPriority = [];
    private readonly Dictionary<ObjectKey, HashSet<ObjectKey>> _podsByClaim = [];
    private readonly SharedLabels _labels = new();
    private readonly Snapshot _snapshot;

    public ClusterState() => _snapshot = new(LabelsOf);

    /// <summary>All nodes, sorted by name.</summary>
    public ReadOnlySpan<NodeInfo> Nodes => _snapshot.Nodes;

    /// <summary>One node; null when it is not known.</summary>
    public NodeInfo? Node(string name) => _snapshot.Find(name);

    /// <summary>The node that a pod is on, or about to be.</summary>
    public string? NodeOf(ObjectKey pod, string uid) => _assignments.TryGetValue(pod, out var assignment) && assignment.Pod.Uid == uid ? assignment.Node : null;

    /// <summary>The labels of a namespace; null when it is not known.</summary>
    public IReadOnlyDictionary<string, string>? LabelsOf(string ns) => _namespaces.GetValueOrDefault(ns);

    /// <summary>Sets the labels of a namespace; null forgets it.</summary>
    /// <returns>Whether they are others than before.</returns>
    public bool SetNamespace(string name, IReadOnlyDictionary<string, string>? labels)
    {
        var known = LabelsOf(name);
        if (known is null ? labels is null : labels is not null && PodDemand.AreSame(known, labels))
            return false;
        _snapshot.Index.ForgetCounts();
        if (labels is null)
            _namespaces.Remove(name);
        else
            _namespaces[name] = labels;
        return true;
    }

    /// <summary>Keeps a place for a pod for which others make room.</summary>
    /// <returns>The place that was kept until now; null when there was none, or it is on the same node.</returns>
    public Assignment? Nominate(PodDemand pod, string node)
    {
        var before = NominationOf(pod.Key) == node ? null : Denominate(pod.Key);
        _nominations[pod.Key] = new(node, pod);
        return before;
    }

    /// <summary>Keeps a place for a pod no longer.</summary>
    /// <returns>The place; null when there was none.</returns>
    public Assignment? Denominate(ObjectKey pod) => _nominations.Remove(pod, out var nomination) ? nomination : null;

    /// <summary>Whether any pod is of lower priority.</summary>
    public bool HasPodsBelow(int priority) => _podsByPriority.Count > 0 && _podsByPriority.First().Key < priority;

    /// <summary>Whether a pod other than one is on a node and uses a claim of storage.</summary>
    public bool UsesClaim(ObjectKey claim, ObjectKey except) =>
        _podsByClaim.TryGetValue(claim, out var pods) && (pods.Count > 1 || !pods.Contains(except));

    /// <summary>The node on which room is made for a pod; null when there is none.</summary>
    public string? NominationOf(ObjectKey pod) => _nominations.TryGetValue(pod, out var nomination) ? nomination.Node : null;

    /// <summary>Decides over the nodes as a pod finds them: with those pods as if they were there for which room is made and that come first.</summary>
    /// <remarks>For a pod of a gang the places of its gang are free, since the gang is decided on as a whole.</remarks>
    public T Decide<T>(PodDemand pod, Func<Snapshot, T> decide)
    {
        if (_nominations.Count == 0 || (_nominations.Count == 1 && _nominations.ContainsKey(pod.Key)))
            return decide(_snapshot);
        var placed = new List<(int Node, PodDemand Pod)>();
        foreach (var (key, nomination) in _nominations)
            if (key != pod.Key && (pod.Group is null || nomination.Pod.Group != pod.Group) && nomination.Pod.Priority >= pod.Priority && _snapshot.IndexOf(nomination.Node) is var index and >= 0)
            {
                _snapshot.Place(index, nomination.Pod);
                placed.Add((index, nomination.Pod));
            }
        try
        {
            return decide(_snapshot);
        }
        finally
        {
            foreach (var (node, nominated) in placed)
                _snapshot.Take(node, nominated);
        }
    }

    /// <summary>Adds or replaces a node.</summary>
    /// <returns>Whether it offers something else than before.</returns>
    public bool SetNode(NodeView view)
    {
        var node = NodeInfo.Of(view);
        var known = Node(node.Name);
        if (known is not null && known.OffersTheSameAs(node))
        {
            _snapshot.SetImages(node.Name, node.Images);
            return false;
        }
        foreach (var pod in PodsOn(node.Name).Values)
            node = node.Plus(pod);
        _snapshot.Set(node);
        return true;
    }

    /// <summary>Forgets a node.</summary>
    public void RemoveNode(string name) => _snapshot.Remove(name);

    /// <summary>Puts a pod on a node, taking it from where it was.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="node">The node.</param>
    /// <param name="before">Where and what it was until now; null when it was on no node.</param>
    /// <returns>Whether anything has changed by it: most changes of a running pod change nothing here.</returns>
    public bool Assign(PodDemand pod, string node, out Assignment? before)
    {
        before = null;
        if (_assignments.TryGetValue(pod.Key, out var known))
        {
            before = known;
            if (known.Node == node && known.Pod.CountsAs(pod))
                return false;
            Release(pod.Key);
        }
        pod = pod.Placed(_labels);
        _assignments[pod.Key] = new(node, pod);
        if (!_podsByNode.TryGetValue(node, out var pods))
            _podsByNode[node] = pods = [];
        pods[pod.Key] = pod;
        _podsByPriority[pod.Priority] = _podsByPriority.GetValueOrDefault(pod.Priority) + 1;
        foreach (var claim in pod.ClaimKeys)
            if (!_podsByClaim.TryGetValue(claim, out var users))
                _podsByClaim[claim] = [pod.Key];
            else
                users.Add(pod.Key);
        _snapshot.Place(node, pod);
        return true;
    }

    /// <summary>Takes a pod from its node.</summary>
    /// <returns>The pod and its node; null when it was on none.</returns>
    public Assignment? Release(ObjectKey pod)
    {
        if (!_assignments.Remove(pod, out var assignment))
            return null;
        var pods = PodsOn(assignment.Node);
        pods.Remove(pod);
        if (pods.Count == 0)
            _podsByNode.Remove(assignment.Node);
        if (--_podsByPriority[assignment.Pod.Priority] == 0)
            _podsByPriority.Remove(assignment.Pod.Priority);
        foreach (var claim in assignment.Pod.ClaimKeys)
            if (_podsByClaim[claim].Remove(pod) && _podsByClaim[claim].Count == 0)
                _podsByClaim.Remove(claim);
        _snapshot.Take(assignment.Node, assignment.Pod);
        return assignment;
    }

    private Dictionary<ObjectKey, PodDemand> PodsOn(string node) => _podsByNode.GetValueOrDefault(node) ?? [];
}

/// <summary>A pod, and the node that it is on or about to be.</summary>
internal readonly record struct Assignment(string Node, PodDemand Pod);
