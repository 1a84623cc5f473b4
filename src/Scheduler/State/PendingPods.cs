using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>A pod that waits for a node.</summary>
/// <param name="view">The pod as last seen.</param>
/// <param name="arrival">Its place among all that have come to wait, the first of them before the others.</param>
/// <param name="counts">Where it is counted; null for nowhere.</param>
internal sealed class PendingPod(PodView view, long arrival = 0, PendingCounts? counts = null)
{
    private readonly PendingCounts _counts = counts ?? new();

    /// <summary>Its place among all that have come to wait: times of creation are whole seconds.</summary>
    public long Arrival => arrival;

    /// <summary>The pod as last seen.</summary>
    public PodView View { get; } = view;

    /// <summary>What it asks for.</summary>
    public PodDemand Demand { get; } = PodDemand.Of(view);

    /// <summary>Whether it is queued to be decided on; otherwise it waits for the cluster to change.</summary>
    public bool IsQueued
    {
        get;
        set
        {
            if (field != value)
                _counts.Queued += value ? 1 : -1;
            field = value;
        }
    }

    /// <summary>Whether what was decided on it has failed and is not to be tried again before its time, whatever changes in the cluster.</summary>
    public bool IsHeld
    {
        get;
        set
        {
            if (field != value)
                _counts.Held += value ? 1 : -1;
            field = value;
        }
    }

    /// <summary>When it was first heard of, as the clock counts.</summary>
    public long Since { get; set; }

    /// <summary>Decisions on it so far.</summary>
    public int Attempts { get; set; }

    /// <summary>When the last of them began, as the clock counts.</summary>
    public long Began { get; set; }

    /// <summary>Whether a new version of it asks for the same: its status alone has changed, as by what is told of why it waits.</summary>
    public bool AsksTheSameAs(PodView other) =>
        View.Metadata.Uid == other.Metadata.Uid && View.Metadata.Generation is { } generation && generation == other.Metadata.Generation
        && PodDemand.AreSame(Demand.Labels, PodDemand.LabelsOf(other.Metadata)) && Demand.Devices.SequenceEqual(PodDeviceClaim.Of(other));
}

/// <summary>How many pods wait for a node, and for what.</summary>
internal sealed class PendingCounts
{
    /// <summary>All of them.</summary>
    public int All { get; set; }

    /// <summary>Those that are to be decided on.</summary>
    public int Queued { get; set; }

    /// <summary>Those that are not tried again before their time.</summary>
    public int Held { get; set; }
}

/// <summary>The pods that wait for a node: those to decide on, by priority and then by age, and those that fit nowhere for now.</summary>
internal sealed class PendingPods
{
    private readonly Dictionary<ObjectKey, PendingPod> _pods = [];
    private readonly Dictionary<ObjectKey, Dictionary<ObjectKey, PendingPod>> _groups = [];
    private readonly PriorityQueue<PendingPod, (int Priority, DateTime Created, long Arrival)> _queue = new();
    private long _arrivals;

    /// <summary>How many there are.</summary>
    public PendingCounts Counts { get; } = new();

    /// <summary>The pod that waits by that name; null when none does.</summary>
    public PendingPod? Find(ObjectKey key) => _pods.GetValueOrDefault(key);

    /// <summary>Adds a pod, or its new version.</summary>
    /// <param name="view">The pod.</param>
    /// <param name="queue">Whether to decide on it now; otherwise when it is retried, or if it was to be decided on anyway.</param>
    public PendingPod Put(PodView view, bool queue = true)
    {
        var old = _pods.GetValueOrDefault(Kinds.Pods.KeyOf(view));
        var isKnown = old is not null && old.View.Metadata.Uid == view.Metadata.Uid;
        var pod = new PendingPod(view, isKnown ? old!.Arrival : _arrivals++, Counts);
        if (isKnown)
            (pod.Since, pod.Attempts, pod.Began) = (old!.Since, old.Attempts, old.Began);
        if (old is not null)
        {
            queue |= old.IsQueued;
            pod.IsHeld = old.IsHeld && !queue;
            old.IsQueued = old.IsHeld = false; // its entry in the queue is passed over
        }
        _pods[pod.Demand.Key] = pod;
        Counts.All = _pods.Count;
        if (pod.Demand.Group is { } group)
        {
            if (!_groups.TryGetValue(group, out var members))
                _groups[group] = members = [];
            members[pod.Demand.Key] = pod;
        }
        if (queue)
            Queue(pod);
        return pod;
    }

    /// <summary>Forgets a pod.</summary>
    public void Remove(ObjectKey key)
    {
        if (!_pods.Remove(key, out var pod))
            return;
        pod.IsQueued = pod.IsHeld = false;
        Counts.All = _pods.Count;
        if (pod.Demand.Group is { } group && _groups.TryGetValue(group, out var members) && members.Remove(key) && members.Count == 0)
            _groups.Remove(group);
    }

    /// <summary>The pods of a group that wait: by priority, and then by age and name.</summary>
    public List<PendingPod> InGroup(ObjectKey group) => _groups.TryGetValue(group, out var members)
        ? [.. members.Values.OrderByDescending(pod => pod.Demand.Priority).ThenBy(pod => pod.View.Metadata.CreationTimestamp).ThenBy(pod => pod.Demand.Key.Name, StringComparer.Ordinal)]
        : [];

    /// <summary>Queues again those of a group.</summary>
    public void RetryGroup(ObjectKey group)
    {
        if (_groups.TryGetValue(group, out var members))
            foreach (var pod in members.Values)
                if (!pod.IsHeld)
                    Queue(pod);
    }

    /// <summary>Holds a pod until it is retried by name or has news.</summary>
    public void Hold(ObjectKey key)
    {
        if (_pods.TryGetValue(key, out var pod) && !pod.IsQueued)
            pod.IsHeld = true;
    }

    /// <summary>Queues a pod again, if it still waits.</summary>
    public void Retry(ObjectKey key)
    {
        if (!_pods.TryGetValue(key, out var pod))
            return;
        pod.IsHeld = false;
        Queue(pod);
    }

    /// <summary>Queues again those that fit nowhere so far, if <paramref name="worthIt"/>.</summary>
    public void RetryWhere(Func<PodDemand, bool> worthIt)
    {
        foreach (var pod in _pods.Values)
            if (pod is { IsQueued: false, IsHeld: false } && worthIt(pod.Demand))
                Queue(pod);
    }

    /// <summary>The next pod to decide on; null when there is none. It stays here until <see cref="Remove"/>.</summary>
    public PendingPod? Next()
    {
        while (_queue.TryDequeue(out var pod, out _))
            if (pod.IsQueued)
            {
                pod.IsQueued = false;
                return pod;
            }
        return null;
    }

    private void Queue(PendingPod pod)
    {
        if (pod.IsQueued)
            return;
        pod.IsQueued = true;
        _queue.Enqueue(pod, (-pod.Demand.Priority, pod.View.Metadata.CreationTimestamp ?? DateTime.MinValue, pod.Arrival));
    }
}
