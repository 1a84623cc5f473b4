using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>
/// What has changed since the last decisions, and which of the pods that wait it may let in: what upstream calls queueing hints. A pod
/// that nothing of it concerns would be refused as before. Used by the deciding loop alone.
/// </summary>
internal sealed class Openings(ClusterState cluster)
{
    // When more have come or left, who heeds pods is decided on again without a look at each.
    private const int MostPods = 1024;

    private readonly HashSet<string> _nodes = new(StringComparer.Ordinal);
    private readonly HashSet<ObjectKey> _claims = [];
    private readonly Dictionary<string, PodTerm> _refusals = new(StringComparer.Ordinal);
    private readonly List<PodDemand> _came = [];
    private readonly List<PodDemand> _left = [];
    private bool _everything;
    private bool _company;

    /// <summary>Whether there is anything.</summary>
    public bool Any => _everything || _company || _nodes.Count > 0 || _came.Count > 0 || _left.Count > 0;

    /// <summary>Nodes have come, gone or changed, or terms select other pods than before.</summary>
    public void AddEverything() => _everything = true;

    /// <summary>Terms select more pods than before.</summary>
    public void AddCompany() => _company = true;

    /// <summary>A pod has come to a node, left one, moved or changed.</summary>
    /// <param name="before">Where and what it was, or where its place was kept; null: nowhere.</param>
    /// <param name="now">Where and what it is; null: nowhere.</param>
    public void Add(Assignment? before, Assignment? now)
    {
        var stays = before is { } then && now is { } here && then.Node == here.Node && then.Pod.Uid == here.Pod.Uid;
        if (stays && before!.Value.Pod.LooksLike(now!.Value.Pod))
        {
            if (!before.Value.Pod.Requests.Equals(now.Value.Pod.Requests))
                _nodes.Add(now.Value.Node);
            return;
        }
        if (before is { } left)
        {
            _nodes.Add(left.Node);
            Note(_left, left.Pod);
            // Some of them one pod at a time may use (ReadWriteOncePod), on whichever node.
            _claims.UnionWith(left.Pod.ClaimKeys);
            // It kept others from all nodes that are in one place with its own.
            foreach (var term in left.Pod.AntiAffinity)
                _refusals.TryAdd(term.Key, term);
        }
        if (now is { } came)
            Note(_came, came.Pod);
    }

    /// <summary>Whether a pod that waits may be let in.</summary>
    public bool Concern(PodDemand pod) =>
        _everything
        || (pod.HeedsPods && (_company || _came.Exists(came => Seeks(pod, came)) || _left.Exists(left => Seeks(pod, left) || pod.AntiAffinity.Any(term => term.Selects(left, cluster.LabelsOf)))))
        || _refusals.Values.Any(term => term.Selects(pod, cluster.LabelsOf))
        || (_claims.Count > 0 && pod.ClaimKeys.Any(_claims.Contains))
        // While pods go to make room for it nobody else is asked to; when one has gone and the place suits it no longer, others may be, elsewhere.
        || (_nodes.Count > 0 && cluster.NominationOf(pod.Key) is { } kept && _nodes.Contains(kept))
        || _nodes.Any(name => cluster.Node(name) is { } node && MayTake(node, pod));

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        (_everything, _company) = (false, false);
        _nodes.Clear();
        _claims.Clear();
        _refusals.Clear();
        _came.Clear();
        _left.Clear();
    }

    private void Note(List<PodDemand> pods, PodDemand pod)
    {
        if (pods.Count < MostPods)
            pods.Add(pod);
        else
            _company = true;
    }

    // Company that comes is what a pod may have waited for, and company that leaves the last that it would have had to join;
    // spread becomes more even by pods elsewhere as by fewer here.
    private bool Seeks(PodDemand pod, PodDemand other) =>
        pod.Affinity.Any(term => term.Selects(other, cluster.LabelsOf)) || pod.Spread.Any(constraint => constraint.IsRequired && constraint.Counts(other, pod.Key.Namespace));

    // As it is, or when pods of lower priority make room.
    private bool MayTake(NodeInfo node, PodDemand pod) => Obstacle.Between(pod, node) is not { } obstacle
        || (!obstacle.IsLasting && pod.MayPreempt && cluster.HasPodsBelow(pod.Priority) && node.Pods.Any(other => other.Priority < pod.Priority));
}
