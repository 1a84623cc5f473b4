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
    private readonly Dictionary<string, int> _indexes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _namespaces = new(StringComparer.Ordinal);
    private readonly Dictionary<ObjectKey, Nomination> _nominations = [];
    private NodeInfo[] _nodes = [];

    /// <summary>Rises when another pod is on a node, or a namespace has other labels.</summary>
    public long Version { get; private set; }

    /// <summary>All nodes, sorted by name.</summary>
    public ReadOnlySpan<NodeInfo> Nodes => _nodes;

    /// <summary>One node; null when it is not known.</summary>
    public NodeInfo? Node(string name) => _indexes.TryGetValue(name, out var index) ? _nodes[index] : null;

    /// <summary>The node that a pod is on, or about to be.</summary>
    public string? NodeOf(ObjectKey pod, string uid) => _assignments.TryGetValue(pod, out var assignment) && assignment.Demand.Uid == uid ? assignment.Node : null;

    /// <summary>The labels of a namespace; null when it is not known.</summary>
    public IReadOnlyDictionary<string, string>? LabelsOf(string ns) => _namespaces.GetValueOrDefault(ns);

    /// <summary>Sets the labels of a namespace; null forgets it.</summary>
    public void SetNamespace(string name, IReadOnlyDictionary<string, string>? labels)
    {
        Version++;
        if (labels is null)
            _namespaces.Remove(name);
        else
            _namespaces[name] = labels;
    }

    /// <summary>Keeps a place for a pod for which others make room.</summary>
    public void Nominate(PodDemand pod, string node) => _nominations[pod.Key] = new(pod, node);

    /// <summary>Keeps a place for a pod no longer.</summary>
    public void Denominate(ObjectKey pod) => _nominations.Remove(pod);

    /// <summary>Whether any pod is of lower priority.</summary>
    public bool HasPodsBelow(int priority) => _assignments.Values.Any(assignment => assignment.Demand.Priority < priority);

    /// <summary>Whether a pod other than one is on a node and uses a claim of storage.</summary>
    public bool UsesClaim(ObjectKey claim, ObjectKey except) => _assignments.Values.Any(assignment =>
        assignment.Demand.Key != except && assignment.Demand.Key.Namespace == claim.Namespace && assignment.Demand.Claims.Any(used => used.Name == claim.Name));

    /// <summary>The node on which room is made for a pod; null when there is none.</summary>
    public string? NominationOf(ObjectKey pod) => _nominations.TryGetValue(pod, out var nomination) ? nomination.Node : null;

    /// <summary>The nodes as a pod finds them: with those pods as if they were there for which room is made and that come first.</summary>
    public ReadOnlySpan<NodeInfo> NodesFor(PodDemand pod)
    {
        if (_nominations.Count == 0 || (_nominations.Count == 1 && _nominations.ContainsKey(pod.Key)))
            return _nodes;
        var nodes = _nodes.ToArray();
        foreach (var (key, nomination) in _nominations)
            if (key != pod.Key && nomination.Pod.Priority >= pod.Priority && _indexes.TryGetValue(nomination.Node, out var index))
                nodes[index] = nodes[index].Plus(nomination.Pod);
        return nodes;
    }

    /// <summary>Adds or replaces a node.</summary>
    /// <returns>Whether it offers something else than before.</returns>
    public bool SetNode(NodeView view)
    {
        var node = NodeInfo.Of(view);
        var known = Node(node.Name);
        if (known is not null && known.OffersTheSameAs(node))
        {
            _nodes[_indexes[node.Name]] = known with { Images = node.Images };
            return false;
        }
        foreach (var pod in PodsOn(node.Name).Values)
            node = node.Plus(pod);
        if (known is not null)
            _nodes[_indexes[node.Name]] = node;
        else
            Rebuild([.. _nodes, node]);
        return true;
    }

    /// <summary>Forgets a node.</summary>
    public void RemoveNode(string name) => Rebuild([.. _nodes.Where(node => node.Name != name)]);

    /// <summary>Puts a pod on a node, taking it from where it was.</summary>
    /// <returns>The node that has got something back by it; null when none has.</returns>
    public string? Assign(PodDemand pod, string node)
    {
        string? freed = null;
        if (_assignments.TryGetValue(pod.Key, out var known))
        {
            // Most changes of a running pod change nothing here.
            if (known.Node == node && known.Demand.CountsAs(pod))
                return null;
            var left = Release(pod.Key);
            freed = known.Node == node && known.Demand.Requests.Equals(pod.Requests) ? null : left;
        }
        Version++;
        _assignments[pod.Key] = new(node, pod);
        if (!_podsByNode.TryGetValue(node, out var pods))
            _podsByNode[node] = pods = [];
        pods[pod.Key] = pod;
        if (_indexes.TryGetValue(node, out var index))
            _nodes[index] = _nodes[index].Plus(pod);
        return freed;
    }

    /// <summary>Takes a pod from its node.</summary>
    /// <returns>The node; null when it was on none.</returns>
    public string? Release(ObjectKey pod)
    {
        if (!_assignments.Remove(pod, out var assignment))
            return null;
        Version++;
        var pods = PodsOn(assignment.Node);
        pods.Remove(pod);
        if (pods.Count == 0)
            _podsByNode.Remove(assignment.Node);
        if (_indexes.TryGetValue(assignment.Node, out var index))
            _nodes[index] = _nodes[index].Minus(assignment.Demand);
        return assignment.Node;
    }

    private Dictionary<ObjectKey, PodDemand> PodsOn(string node) => _podsByNode.GetValueOrDefault(node) ?? [];

    private void Rebuild(NodeInfo[] nodes)
    {
        Array.Sort(nodes, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        _nodes = nodes;
        _indexes.Clear();
        for (var i = 0; i < nodes.Length; i++)
            _indexes[nodes[i].Name] = i;
    }

    private readonly record struct Assignment(string Node, PodDemand Demand);

    private readonly record struct Nomination(PodDemand Pod, string Node);
}
