namespace Slipway.Controllers;

/// <summary>What is to be done for a StatefulSet now. Decided without I/O.</summary>
/// <remarks>
/// <list type="number">
/// <item>From the first ordinal to the last: what is missing is created, what has ended is deleted.</item>
/// <item>From the highest ordinal down: what is too many is deleted.</item>
/// <item>From the last ordinal down to the partition: pods of the former template are deleted, as long as no more than <c>maxUnavailable</c>
/// of all are unavailable; those that are it already count once.</item>
/// </list>
/// An ordered set does one thing at a time, and the next when all pods before are available; a parallel one waits only in step 3.
/// </remarks>
internal sealed class StatefulSetPlan
{
    private readonly StatefulSetView _set;
    private readonly string _current;
    private readonly string _update;
    private readonly DateTime _now;
    private readonly List<(int Ordinal, string Revision)> _create = [];
    private readonly List<PodView> _delete = [];
    private readonly List<(int Ordinal, PodView Pod)> _condemned = [];
    private readonly PodView?[] _replicas;

    private StatefulSetPlan(StatefulSetView set, string current, string update, DateTime now)
    {
        (_set, _current, _update, _now) = (set, current, update, now);
        _replicas = new PodView?[set.Replicas];
    }

    /// <summary>Pods to create, each of a revision.</summary>
    public IReadOnlyList<(int Ordinal, string Revision)> Create => _create;

    /// <summary>Pods to delete.</summary>
    public IReadOnlyList<PodView> Delete => _delete;

    /// <summary>Pods that the set is to have, by ordinal.</summary>
    public IEnumerable<(int Ordinal, PodView Pod)> Kept => _replicas.Select((pod, index) => (_set.Start + index, pod)).Where(slot => slot.pod is not null)!;

    /// <summary>Pods that it is to have no longer, highest ordinal first.</summary>
    public IReadOnlyList<(int Ordinal, PodView Pod)> Condemned => _condemned;

    /// <summary>The status to write, if it differs.</summary>
    public StatefulSetStatusView Status { get; private set; } = new();

    /// <summary>When to look again although nothing changes: when a pod becomes available.</summary>
    public TimeSpan? Again { get; private set; }

    /// <summary>Decides.</summary>
    /// <param name="set">The set, not being deleted.</param>
    /// <param name="pods">The pods that it controls and selects.</param>
    /// <param name="current">Name of the revision that it had before it rolls, or has.</param>
    /// <param name="update">Name of the revision of its template.</param>
    /// <param name="now">Now.</param>
    public static StatefulSetPlan For(StatefulSetView set, IReadOnlyList<PodView> pods, string current, string update, DateTime now)
    {
        var plan = new StatefulSetPlan(set, current, update, now);
        foreach (var pod in pods)
            if (set.OrdinalOf(pod.Metadata.Name) is not { } ordinal)
                continue;
            else if (ordinal >= set.Start && ordinal < set.Start + set.Replicas)
                plan._replicas[ordinal - set.Start] = pod;
            else
                plan._condemned.Add((ordinal, pod));
        plan._condemned.Sort((a, b) => b.Ordinal.CompareTo(a.Ordinal));
        plan.Status = plan.Count();
        plan.Again = ReplicaSetPlan.NextAvailable(pods.Where(pod => !pod.IsBeingDeleted), set.Spec.MinReadySeconds ?? 0, now);
        if (plan.Fill() && plan.Shrink() && set.IsRolling)
            plan.Roll();
        return plan;
    }

    /// <returns>Whether the next step may follow.</returns>
    private bool Fill()
    {
        for (var index = 0; index < _replicas.Length; index++)
        {
            var pod = _replicas[index];
            if (pod is null)
                _create.Add((_set.Start + index, RevisionFor(index)));
            else if (pod.HasEnded && !pod.IsBeingDeleted)
                _delete.Add(pod);
            if (_set.IsOrdered && !IsHealthy(pod))
                return false;
        }
        return true;
    }

    /// <returns>Whether the next step may follow.</returns>
    private bool Shrink()
    {
        // One that is broken may go first although others wait for it.
        var unhealthy = _condemned.FindLast(slot => !IsHealthy(slot.Pod)).Pod;
        foreach (var (_, pod) in _condemned)
        {
            if (_set.IsOrdered && (pod.IsBeingDeleted || (!IsHealthy(pod) && pod != unhealthy)))
                return false;
            if (pod.IsBeingDeleted)
                continue;
            _delete.Add(pod);
            if (_set.IsOrdered)
                return false;
        }
        return true;
    }

    private void Roll()
    {
        var left = _set.MaxUnavailable - _replicas.Count(pod => !IsHealthy(pod));
        var old = _replicas.Skip(_set.Partition).Reverse().OfType<PodView>()
            .Where(pod => StatefulPod.RevisionOf(pod) != _update && !pod.IsBeingDeleted && !_delete.Contains(pod)).ToList();
        // Nothing is lost with those that are not available.
        _delete.AddRange(old.FindAll(pod => !IsHealthy(pod)));
        _delete.AddRange(old.FindAll(IsHealthy).Take(Math.Max(left, 0)));
    }

    private string RevisionFor(int index)
    {
        // Who deletes pods to update them gets new ones.
        if (_current == _update || !_set.IsRolling)
            return _update;
        var former = _set.Spec.UpdateStrategy?.RollingUpdate is not null ? _set.Partition : _set.Status?.CurrentReplicas ?? 0;
        return index < former ? _current : _update;
    }

    private StatefulSetStatusView Count()
    {
        var pods = _replicas.OfType<PodView>().Concat(_condemned.Select(slot => slot.Pod)).ToList();
        var staying = pods.FindAll(pod => !pod.IsBeingDeleted);
        var status = (_set.Status ?? new()) with
        {
            ObservedGeneration = _set.Metadata.Generation,
            Replicas = pods.Count,
            // Who has lost his node with the last word that he was ready is not.
            ReadyReplicas = NullIfZero(pods.Count(pod => !pod.HasEnded && pod.IsReady)),
            AvailableReplicas = pods.Count(pod => !pod.HasEnded && IsAvailable(pod)),
            CurrentReplicas = NullIfZero(staying.Count(pod => StatefulPod.RevisionOf(pod) == _current)),
            UpdatedReplicas = NullIfZero(staying.Count(pod => StatefulPod.RevisionOf(pod) == _update)),
            CurrentRevision = _current,
            UpdateRevision = _update,
        };
        var isRolledOut = _set.IsRolling && status.Replicas == _set.Replicas && (status.UpdatedReplicas ?? 0) == _set.Replicas && (status.ReadyReplicas ?? 0) == _set.Replicas;
        return isRolledOut ? status with { CurrentReplicas = status.UpdatedReplicas, CurrentRevision = _update } : status;
    }

    private bool IsHealthy(PodView? pod) => pod is { IsBeingDeleted: false, HasEnded: false } && IsAvailable(pod);

    private bool IsAvailable(PodView pod) => pod.IsAvailable(_set.Spec.MinReadySeconds ?? 0, _now);

    private static int? NullIfZero(int count) => count == 0 ? null : count;
}
