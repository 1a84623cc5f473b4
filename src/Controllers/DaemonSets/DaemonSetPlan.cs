namespace Slipway.Controllers;

/// <summary>What is to be done for a DaemonSet now. Decided without I/O.</summary>
internal sealed class DaemonSetPlan
{
    private readonly DaemonSetView _set;
    private readonly string _hash;
    private readonly DateTime _now;
    private readonly List<string> _create = [];
    private readonly List<PodView> _delete = [];
    private readonly List<PodView> _ended = [];
    private TimeSpan? _again;

    private DaemonSetPlan(DaemonSetView set, string hash, DateTime now) => (_set, _hash, _now) = (set, hash, now);

    /// <summary>Nodes for which to create a pod.</summary>
    public IReadOnlyList<string> Create => _create;

    /// <summary>Pods to delete.</summary>
    public IReadOnlyList<PodView> Delete => _delete;

    /// <summary>Those of <see cref="Delete"/> that have ended although daemons do not.</summary>
    public IReadOnlyList<PodView> Ended => _ended;

    /// <summary>The status to write, if it differs.</summary>
    public required DaemonSetStatusView Status { get; init; }

    /// <summary>When to look again although nothing changes.</summary>
    public TimeSpan? Again => _again;

    /// <summary>Decides.</summary>
    /// <param name="set">The set, not being deleted.</param>
    /// <param name="nodes">All nodes.</param>
    /// <param name="pods">The pods that it controls and selects.</param>
    /// <param name="hash">Hash of its template, which its newest pods carry.</param>
    /// <param name="backoff">How long a node still waits, after failures of its pod, until that is replaced.</param>
    /// <param name="now">Now.</param>
    public static DaemonSetPlan For(DaemonSetView set, IEnumerable<NodeView> nodes, IReadOnlyList<PodView> pods, string hash, Func<string, TimeSpan?> backoff, DateTime now)
    {
        var fit = new DaemonFit(set.Spec.Template);
        var places = nodes.OrderBy(node => node.Name, StringComparer.Ordinal).Select(node => new Place(node.Name, fit.On(node))).ToDictionary(place => place.Node, StringComparer.Ordinal);
        var lost = new List<PodView>();
        foreach (var pod in pods.OrderBy(pod => pod.Metadata.CreationTimestamp).ThenBy(pod => pod.Metadata.Name, StringComparer.Ordinal))
            if ((pod.NodeName ?? pod.PinnedNode) is { } name && places.TryGetValue(name, out var place))
                place.Pods.Add(pod);
            else if (pod.NodeName is null && !pod.IsBeingDeleted)
                lost.Add(pod); // its node is gone before it got there

        var plan = new DaemonSetPlan(set, hash, now) { Status = StatusOf(set, places.Values, hash, now) };
        plan._delete.AddRange(lost);
        var desired = places.Values.Count(place => place.ShouldRun);
        var surge = set.MaxSurge(desired);
        foreach (var place in places.Values)
            place.IsTouched = plan.Manage(place, surge > 0, backoff);
        if (set.IsRolling && surge > 0)
            plan.Surge(places.Values, surge);
        else if (set.IsRolling)
            plan.Replace(places.Values, set.MaxUnavailable(desired));
        plan.LookAgain(ReplicaSetPlan.NextAvailable(pods.Where(pod => !pod.IsBeingDeleted), set.Spec.MinReadySeconds ?? 0, now));
        return plan;
    }

    // One pod where one should be, none elsewhere.
    private bool Manage(Place place, bool surges, Func<string, TimeSpan?> backoff)
    {
        var before = _create.Count + _delete.Count;
        if (!place.MayStay)
            _delete.AddRange(place.Pods.Where(pod => !pod.IsBeingDeleted));
        else if (place.ShouldRun && place.Pods.Count == 0)
            _create.Add(place.Node);
        else
            Tidy(place, surges, backoff);
        return _create.Count + _delete.Count > before;
    }

    private void Tidy(Place place, bool surges, Func<string, TimeSpan?> backoff)
    {
        var running = new List<PodView>();
        foreach (var pod in place.Pods.Where(pod => !pod.IsBeingDeleted))
        {
            if (!pod.HasEnded)
                running.Add(pod);
            else if (pod.HasFailed && backoff(place.Node) is { } left)
                LookAgain(left);
            else
            {
                _delete.Add(pod);
                _ended.Add(pod);
            }
        }
        if (!surges)
        {
            // Those that have begun first, then the oldest.
            _delete.AddRange(running.OrderBy(pod => pod.NodeName is null).Skip(1));
            return;
        }
        // Of several old ones the newest that is available stays: an elder one may be going by a deletion that nobody has heard of yet.
        var (current, old) = (running.Find(IsNew), running.FindLast(pod => !IsNew(pod) && IsAvailable(pod)) ?? running.Find(pod => !IsNew(pod)));
        _delete.AddRange(running.Where(pod => pod != current && pod != old));
        if (current is not null && old is not null && (!old.IsReady || IsAvailable(current)))
            _delete.Add(old);
    }

    // New pods in the place of old ones, as many at once as may be missing.
    private void Replace(IEnumerable<Place> places, int maxUnavailable)
    {
        var unavailable = 0;
        var healthy = new List<PodView>();
        foreach (var place in places)
        {
            var pods = place.Pods.Where(pod => !pod.IsBeingDeleted).ToList();
            if (place.IsTouched || pods is not [var pod])
            {
                if (place.ShouldRun)
                    unavailable++;
            }
            else if (IsNew(pod) || !IsAvailable(pod))
            {
                if (!IsAvailable(pod) && place.ShouldRun)
                    unavailable++;
                if (!IsNew(pod))
                    _delete.Add(pod); // nothing is lost with it
            }
            else
                healthy.Add(pod);
        }
        _delete.AddRange(healthy.Take(Math.Max(maxUnavailable - unavailable, 0)));
    }

    // New pods beside old ones, which go when the new ones are available.
    private void Surge(IEnumerable<Place> places, int maxSurge)
    {
        var surging = 0;
        var healthy = new List<string>();
        foreach (var place in places)
        {
            if (!place.ShouldRun || place.IsTouched)
                continue;
            var pods = place.Pods.Where(pod => !pod.IsBeingDeleted).ToList();
            var old = pods.Find(pod => !IsNew(pod));
            if (old is null)
                continue;
            if (pods.Find(IsNew) is not null)
                surging++;
            else if (!IsAvailable(old))
                _create.Add(place.Node); // nothing is lost beside it
            else
                healthy.Add(place.Node);
        }
        _create.AddRange(healthy.Take(Math.Max(maxSurge - surging, 0)));
    }

    private static DaemonSetStatusView StatusOf(DaemonSetView set, IEnumerable<Place> places, string hash, DateTime now)
    {
        int desired = 0, current = 0, misscheduled = 0, ready = 0, updated = 0, available = 0;
        foreach (var place in places)
        {
            var pods = place.Pods.FindAll(pod => !pod.HasEnded);
            if (!place.ShouldRun)
            {
                misscheduled += pods.Count > 0 ? 1 : 0;
                continue;
            }
            desired++;
            if (pods.Count == 0)
                continue;
            current++;
            ready += pods.Exists(pod => pod.IsReady) ? 1 : 0;
            available += pods.Exists(pod => pod.IsAvailable(set.Spec.MinReadySeconds ?? 0, now)) ? 1 : 0;
            // A node is updated when the old pod is gone, beside which a new one may have been made.
            updated += HashOf(pods[0]) == hash ? 1 : 0;
        }
        return (set.Status ?? new()) with
        {
            DesiredNumberScheduled = desired,
            CurrentNumberScheduled = current,
            NumberMisscheduled = misscheduled,
            NumberReady = ready,
            UpdatedNumberScheduled = NullIfZero(updated),
            NumberAvailable = NullIfZero(available),
            NumberUnavailable = NullIfZero(desired - available),
            ObservedGeneration = set.Metadata.Generation,
        };
    }

    private bool IsNew(PodView pod) => HashOf(pod) == _hash;

    private bool IsAvailable(PodView pod) => pod.IsAvailable(_set.Spec.MinReadySeconds ?? 0, _now);

    private static string? HashOf(PodView pod) => pod.Metadata.Labels is { } labels && labels.TryGetValue(DaemonPod.HashLabel, out var hash) ? hash : null;

    private static int? NullIfZero(int count) => count == 0 ? null : count;

    private void LookAgain(TimeSpan? delay) => _again = _again < delay ? _again : delay ?? _again;

    private sealed class Place(string node, (bool ShouldRun, bool MayStay) fit)
    {
        public string Node { get; } = node;
        public bool ShouldRun { get; } = fit.ShouldRun;
        public bool MayStay { get; } = fit.MayStay;
        public List<PodView> Pods { get; } = [];
        public bool IsTouched { get; set; }
    }
}
