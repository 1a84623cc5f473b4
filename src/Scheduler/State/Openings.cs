using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>
/// What has changed since the last decisions, and which of the pods that wait it may let in: what upstream calls queueing hints. A pod
/// that nothing of it concerns would be refused as before. Used by the deciding loop alone.
/// </summary>
internal sealed class Openings(ClusterState cluster)
{
    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _refusals = new(StringComparer.Ordinal);
    private readonly List<PodTerm> _gone = [];
    private readonly HashSet<ObjectKey> _claims = [];
    private bool _everything;
    private long _seen;

    /// <summary>Whether there is anything.</summary>
    public bool Any => _everything || _nodes.Count > 0 || _seen != cluster.Version;

    /// <summary>What nodes offer has changed, or which there are.</summary>
    public void AddEverything() => _everything = true;

    /// <summary>A node has got a place back; null: none has.</summary>
    public void Add(string? node)
    {
        if (node is not null)
            _nodes.Add(node);
    }

    /// <summary>A pod has left its node, or takes less of it; null: none has.</summary>
    public void Add(Assignment? left)
    {
        if (left is not { } gone)
            return;
        _nodes.Add(gone.Node);
        // One pod at a time may use some of them (ReadWriteOncePod), and on any node.
        _claims.UnionWith(gone.Pod.ClaimKeys);
        // It kept others from all nodes that are in one place with its own.
        foreach (var term in gone.Pod.AntiAffinity)
            if (_refusals.Add(term.Key))
                _gone.Add(term);
    }

    /// <summary>Whether a pod that waits may be let in.</summary>
    public bool Concern(PodDemand pod) =>
        _everything
        || (pod.HeedsPods && _seen != cluster.Version)
        || _gone.Exists(term => term.Selects(pod, cluster.LabelsOf))
        || (_claims.Count > 0 && pod.ClaimKeys.Any(_claims.Contains))
        || _nodes.Any(name => cluster.Node(name) is { } node && MayTake(node, pod));

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        (_everything, _seen) = (false, cluster.Version);
        _nodes.Clear();
        _refusals.Clear();
        _gone.Clear();
        _claims.Clear();
    }

    // As it is, or when pods of lower priority make room.
    private bool MayTake(NodeInfo node, PodDemand pod) => Obstacle.Between(pod, node) is not { } obstacle
        || (!obstacle.IsLasting && pod.MayPreempt && cluster.HasPodsBelow(pod.Priority) && node.Pods.Any(other => other.Priority < pod.Priority));
}
