using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Scheduler;

/// <summary>
/// Gives each pod a node. One loop hears of every change in order, keeps an immutable view of each node, decides,
/// and takes a binding as done as soon as it is sent; the next decision counts with it.
/// </summary>
/// <remarks>
/// <list type="number">
/// <item>A new pod is decided on at once, on the change that tells of it.</item>
/// <item>A pod that fits nowhere waits until something changes that may let it in (<see cref="Openings"/>); there are no timers.</item>
/// <item>A pod whose claims of storage wait for its node is bound when they are.</item>
/// <item>A binding that fails gives back what was assumed, and the pod is decided on again after a second.</item>
/// </list>
/// </remarks>
public sealed partial class PodScheduler
{
    // Deciding yields to hearing: a long queue must not decide on what is no longer so.
    private const int DecisionsAtOnce = 256;
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StoragePatience = TimeSpan.FromMinutes(10);
    // Volumes are provided in a second or two, or something is amiss that whoever made the pod should hear of.
    private static readonly TimeSpan StorageLateness = TimeSpan.FromSeconds(10);

    private readonly Channel<Change> _changes = Channel.CreateUnbounded<Change>(new() { SingleReader = true });
    private readonly ClusterState _cluster = new();
    private readonly PendingPods _pending = new();
    private readonly StorageState _storage = new();
    private readonly DeviceState _devices = new();
    private readonly PodGroups _podGroups = new();
    private readonly Openings _openings;
    // Uids of pods that have been asked to make room and are not gone yet.
    private readonly HashSet<string> _victims = new(StringComparer.Ordinal);
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly SchedulerMetrics? _metrics;
    private readonly Informer<PodView> _pods;
    private readonly Informer<NodeView> _nodes;
    private readonly Informer<NamespaceView> _namespaces;
    private readonly Informer<BudgetView> _budgets;
    private readonly StorageWatch _storageWatch;
    private readonly DeviceWatch _deviceWatch;
    private readonly Informer<PodGroupView> _groups;
    private readonly EventRecorder _events;
    private readonly Binder _binder;
    private readonly Refusals _refusals;
    private readonly Nominations _nominations;
    private readonly Preemptor _preemptor;
    private readonly StorageRequests _storageRequests;
    private readonly DeviceReservations _reservations;
    private readonly GangBinder _gangBinder;
    private readonly TaskCompletionSource _hasHeard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _synced;
    private uint _start;

    /// <summary>A scheduler that does nothing until <see cref="RunAsync"/>.</summary>
    /// <param name="api">The API as <c>system:kube-scheduler</c>.</param>
    /// <param name="clock">The clock of retries and timestamps.</param>
    /// <param name="logs">Where it reports.</param>
    /// <param name="metrics">What counts and times what it does; null for nothing.</param>
    public PodScheduler(IApi api, TimeProvider clock, ILoggerFactory logs, SchedulerMetrics? metrics = null)
    {
        _metrics = metrics;
        (_clock, _log, _openings) = (clock, logs.CreateLogger("Slipway.Scheduler"), new(_cluster));
        _pods = new(api, Kinds.Pods, new(), clock, _log);
        _nodes = new(api, Kinds.Nodes, new(), clock, _log);
        _namespaces = new(api, Kinds.Namespaces, new(), clock, _log);
        _budgets = new(api, Kinds.Budgets, new(), clock, _log);
        _storageWatch = new(api, clock, _log, Tell);
        _deviceWatch = new(api, clock, _log, Tell);
        _groups = new(api, Kinds.PodGroups, new(), clock, _log);
        _events = new(api, "default-scheduler", host: null, clock, _log, isBounded: false);
        _reservations = new(api, clock, _log);
        _binder = new(api, _reservations, new(api, _events, clock, _log), _events, _log);
        _refusals = new(api, _events, clock, _log);
        _nominations = new(api, _log);
        _preemptor = new(api, _nominations, _events, clock, _log);
        _storageRequests = new(api, _log);
        _gangBinder = new(api, _binder, _nominations, clock, _log);
        _pods.Keep(static pod => pod.Trimmed());
        _pods.OnChange(change => Tell(new Change.Pod(change.Key, change.New)));
        _nodes.OnChange(change => Tell(new Change.Node(change.Key.Name, change.New)));
        _groups.OnChange(change => Tell(new Change.Group(change.Key, change.New)));
        _namespaces.OnChange(change => Tell(new Change.Namespace(change.Key.Name, change.New)));
    }

    /// <summary>Completes when it has heard of all that existed at its start, and decides.</summary>
    public Task Synced => _hasHeard.Task;

    /// <summary>Schedules until cancelled, or until one of its loops fails, which ends all.</summary>
    public Task RunAsync(CancellationToken cancellation) => Loops.RunAsync(
        [
            _pods.RunAsync, _nodes.RunAsync, _namespaces.RunAsync, _budgets.RunAsync, _storageWatch.RunAsync, _deviceWatch.RunAsync, _groups.RunAsync, _events.RunAsync,
            end => _refusals.RunAsync(key => TellLater(new Change.Again(key), end), end),
            TellWhenSyncedAsync,
            DecideAsync,
        ],
        cancellation);

    private async Task DecideAsync(CancellationToken cancellation)
    {
        try
        {
            while (await _changes.Reader.WaitToReadAsync(cancellation))
            {
                bool more;
                do
                {
                    while (_changes.Reader.TryRead(out var change))
                        Hear(change, cancellation);
                    more = _synced && DecideSome(cancellation);
                    _metrics?.Tell(_pending.Counts);
                }
                while (more);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Bindings under way are finished or not; the next start sees which.
        }
    }

    /// <returns>Whether there may be more to decide.</returns>
    private bool DecideSome(CancellationToken cancellation)
    {
        foreach (var settled in _storage.TakeSettled())
            _ = BindAsync(settled.Pod, settled.Node, cancellation);
        if (_storage.HasChanged)
            _pending.RetryWhere(_storage.HasChangedFor);
        _storage.Heed();
        if (_devices.HasChanged)
            _pending.RetryWhere(_devices.HasChangedFor);
        _devices.Heed();
        if (_openings.Any)
            _pending.RetryWhere(_openings.Concern);
        _openings.Clear();

        for (var i = 0; i < DecisionsAtOnce; i++)
        {
            if (_pending.Next() is not { } pod)
                return false;
            Decide(pod, cancellation);
        }
        return true;
    }

    private void Decide(PendingPod pod, CancellationToken cancellation)
    {
        if (pod.Demand.Group is { } group && _podGroups.Find(group) is null or { MinCount: not null })
        {
            DecideGang(group, cancellation);
            return;
        }
        var nodes = _cluster.Nodes.Length;
        var start = nodes == 0 ? 0 : (int)(_start++ % nodes);
        var needs = NeedsOf(pod.Demand);
        Begin(pod);
        var placement = _cluster.Decide(pod.Demand, snapshot => Placement.For(pod.Demand, snapshot, start, needs));
        _metrics?.Decided(_clock.GetElapsedTime(pod.Began));
        if (placement.Node is not { } node)
        {
            _metrics?.Refused(_clock.GetElapsedTime(pod.Began));
            _refusals.Tell(pod.View, placement.Message!);
            if (needs?.Devices?.Misplaced(pod.Demand.Uid) is { } misplaced)
                _ = _reservations.ReleaseAsync(misplaced.Key, misplaced.View, cancellation);
            Preempt(pod, start, needs, cancellation);
            return;
        }
        Forget(pod.Demand.Key);
        Give(pod.Demand, needs, node);
        Assign(pod.Demand, node);
        if (needs?.Storage?.ChoiceOn(_cluster.Node(node)!) is { Claims.Count: > 0 } choice)
            Await(new(pod, node, choice), cancellation);
        else
            _ = BindAsync(pod, node, cancellation);
    }

    private void Begin(PendingPod pod) => (pod.Attempts, pod.Began) = (pod.Attempts + 1, _clock.GetTimestamp());

    private PodNeeds? NeedsOf(PodDemand pod) => PodNeeds.Of(
        PodStorage.Of(pod, _storage, _cluster.Node, claim => _cluster.UsesClaim(claim, except: pod.Key)),
        PodDevices.Of(pod, _devices, Now));

    private DateTime Now => _clock.GetUtcNow().UtcDateTime;

    // Its devices are nobody else's from now on; they are written before it is bound.
    private void Give(PodDemand pod, PodNeeds? needs, string node)
    {
        if (needs?.Devices?.ChoiceOn(_cluster.Node(node)!) is { } devices)
            _devices.Assume(pod, devices);
    }

    private void Await(AwaitedStorage awaited, CancellationToken cancellation)
    {
        _storage.Await(awaited);
        _ = AskAsync();

        async Task AskAsync()
        {
            // Whoever provides volumes may never do so: then the pod is decided on anew.
            if (await _storageRequests.AskAsync(awaited, cancellation))
            {
                await Task.Delay(StorageLateness, _clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Tell(new Change.StorageLate(awaited));
                await Task.Delay(StoragePatience - StorageLateness, _clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            Tell(new Change.NoStorage(awaited));
        }
    }

    private void Preempt(PendingPod pod, int start, PodNeeds? needs, CancellationToken cancellation)
    {
        // As upstream, who may ask nobody keeps the place that somebody else has written down.
        if (!pod.Demand.MayPreempt || IsRoomMadeFor(pod.Demand))
            return;
        if (_cluster.HasPodsBelow(pod.Demand.Priority)
            && _cluster.Decide(pod.Demand, snapshot => Preemption.For(pod.Demand, snapshot, [.. _budgets.List().Select(Budget.Of)], start, needs)) is { } preemption)
            MakeRoom(pod, preemption, cancellation);
        else
            Withdraw(pod, cancellation);
    }

    // The place that was kept for a pod helps it no longer, and is left to others.
    private void Withdraw(PendingPod pod, CancellationToken cancellation)
    {
        _openings.Add(_cluster.Denominate(pod.Demand.Key), null);
        if (pod.View.NominatedNode is not null)
            _ = _nominations.WithdrawAsync(pod.View, cancellation);
    }

    // Some pods on the node that was chosen for it go already, or have been asked to: others need not.
    private bool IsRoomMadeFor(PodDemand pod) => _cluster.NominationOf(pod.Key) is { } name
        && _cluster.Node(name)?.Pods.Any(other => other.Priority < pod.Priority && (other.IsTerminating || _victims.Contains(other.Uid))) == true;

    private void MakeRoom(PendingPod pod, Preemption preemption, CancellationToken cancellation)
    {
        _openings.Add(_cluster.Nominate(pod.Demand, preemption.Node), null);
        _metrics?.Preempted(preemption.Victims.Count);
        _victims.UnionWith(preemption.Victims.Select(victim => victim.Uid));
        _ = MakeRoomAsync();

        async Task MakeRoomAsync()
        {
            if (!await _preemptor.PreemptAsync(pod.View, preemption, key => _pods.Get(key), cancellation))
                Tell(new Change.NoRoom(pod.Demand.Key, preemption));
        }
    }

    private async Task BindAsync(PendingPod pod, string node, CancellationToken cancellation)
    {
        var binding = new Binding(pod.View, node, _devices.ChoiceOf(pod.Demand.Uid));
        await Task.Yield(); // to the API in this process it is work, which the loop need not do beside deciding
        var failed = await _binder.BindAsync(binding, cancellation);
        Note(pod, isBound: failed is null);
        if (failed is not null)
            Tell(failed);
    }

    private void Note(PendingPod pod, bool isBound)
    {
        var time = _clock.GetElapsedTime(pod.Began);
        if (isBound)
            _metrics?.Scheduled(time, pod.Attempts, _clock.GetElapsedTime(pod.Since));
        else
            _metrics?.Failed(time);
    }

    private void Tell(Change change) => _changes.Writer.TryWrite(change);

    private void TellLater(Change change, CancellationToken cancellation) => _ = TellLaterAsync(change, cancellation);

    private async Task TellLaterAsync(Change change, CancellationToken cancellation)
    {
        await Task.Delay(RetryDelay, _clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Tell(change);
    }

    private async Task TellWhenSyncedAsync(CancellationToken cancellation)
    {
        await Task.WhenAll(_pods.Synced, _nodes.Synced, _namespaces.Synced, _budgets.Synced, _storageWatch.Synced, _groups.Synced).WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Tell(new Change.Synced());
    }
}
