using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Starts a pod for each task of a run whose inputs are ready, records what ends, and reports progress in status.</summary>
/// <remarks>
/// <list type="number">
/// <item>A new run takes a copy of its flow into its status, guarded by its resource version.</item>
/// <item>Pods that have ended are recorded in the ledger; only then do they lose their finalizer.</item>
/// <item>For attempts that are planned, results of earlier ones are taken where the task allows it (<see cref="ResultCache"/>).</item>
/// <item>The plan is made from the copy, the ledger and the live pods, and its pods are created. Their names derive from the run, so a plan from an
/// old cache collides instead of duplicating.</item>
/// <item>Status follows; when all tasks have ended the ledger closes the run before the status says so; one that succeeds, with the last attempts in one transaction.</item>
/// </list>
/// Killed at any line, the next pass does what is left.
/// </remarks>
public sealed class FlowRunController : IReconciler
{
    /// <summary>Runs in work at the same time: most of a pass waits for the disk, and what is written at the same time is committed together.</summary>
    private const int Workers = 16;

    /// <summary>After what time a pod is tried again that a quota has no room for.</summary>
    private static readonly TimeSpan QuotaPatience = TimeSpan.FromSeconds(30);

    private readonly Informer<FlowRun> runs;
    private readonly InformerIndex<V1Pod> podsByRun;
    private readonly LockTable locks;
    private readonly IApi api;
    private readonly AttemptRecorder recorder;
    private readonly Ledger ledger;
    private readonly ArtifactStore store;
    private readonly ITaskDelivery delivery;

    /// <summary>What runs under way with a timeout have waited, by their uids, as it was written last: what is added up is not to begin from what a cache that is behind has.</summary>
    private readonly ConcurrentDictionary<string, RunWaiting> waits = new();
    private readonly RunStarter starter;
    private readonly ResultCache results;
    private readonly VolumeRemover volumes;
    private readonly ArtifactUploads uploads;
    private readonly EventRecorder events;
    private readonly TimeProvider clock;
    private readonly ILogger log;

    private FlowRunController(
        ControllerHost host, Informer<FlowRun> runs, RunQueues queues, InformerIndex<V1Pod> podsByRun, LockTable locks, Ledger ledger, ArtifactStore store, ArtifactUploads uploads, ITaskDelivery delivery)
    {
        this.runs = runs;
        this.podsByRun = podsByRun;
        this.locks = locks;
        this.ledger = ledger;
        this.store = store;
        this.uploads = uploads;
        this.delivery = delivery;
        api = host.Api;
        clock = host.Clock;
        log = host.Logs.CreateLogger<FlowRunController>();
        events = host.Events("flow-controller");
        recorder = new AttemptRecorder(host.Api, ledger, store, new AttemptOutputs(store), new LogKeeper(host.Api, ledger, store, log), host.Clock);
        var keptResults = new KeptResults(ledger, store, host.Clock);
        starter = new RunStarter(host.Api, host.Informer(FlowKinds.ArtifactStores), ledger, store, keptResults, new RunGate(queues), host.Clock);
        results = new ResultCache(ledger, keptResults, host.Clock);
        volumes = new VolumeRemover(host.Api);
    }

    /// <summary>Adds the controller to a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="ledger">Where attempts are recorded.</param>
    /// <param name="store">Where artifacts are.</param>
    /// <param name="gate">The way to declared stores.</param>
    /// <param name="delivery">How pods get what they need; null for the nodes of Slipway.</param>
    internal static void Register(ControllerHost host, Ledger ledger, ArtifactStore store, StoreGate gate, ITaskDelivery? delivery = null)
    {
        var runs = host.Informer(FlowKinds.Runs);
        var flows = host.Informer(FlowKinds.Flows);
        var pods = host.Informer(FlowKinds.Pods, new InformerOptions { LabelSelector = FlowNames.RunLabel });
        var sinks = host.Informer(FlowKinds.LineageSinks); // what is recorded is due to them from the first record on
        var podsByRun = pods.AddIndex(pod => [RunOf(pod)]);
        var queues = new RunQueues(runs.Get);
        runs.OnChange(queues.Apply); // before the changes have anybody look at them
        var locks = new LockTable(pods, host.Clock);
        var stores = host.Informer(FlowKinds.ArtifactStores);
        ControllerBuilder? queue = null;
        var uploads = new ArtifactUploads(new AttemptOutputs(store), gate, key => queue!.Enqueue(key), host.Clock, host.Logs.CreateLogger<ArtifactUploads>());
        var controller = new FlowRunController(host, runs, queues, podsByRun, locks, ledger, store, uploads, delivery ?? TaskDelivery.Node);
        host.AddLoop(uploads.RunAsync);
        queue = host.Add("flowrun", controller, Workers)
            .For(runs)
            .Reads(sinks)
            .Watches(pods, change => [KeyOf(change.New ?? change.Old!), .. locks.Waiting(change.Old, change.New)])
            .Watches(runs, change => LetsPass(change.Old, change.New) ? Successors(change.New ?? change.Old!) : [])
            .Watches(flows, change => IsSame(change.Old, change.New) ? [] : runs.List().Where(r => WaitsFor(r, change.Key)).Select(KeyOf))
            .Watches(stores, change => change.Old is null ? runs.List().Where(r => WaitsFor(r, change.Key)).Select(KeyOf) : []);
        host.AddLoop(async cancellation =>
        {
            await Task.WhenAll(runs.Synced, sinks.Synced).WaitAsync(cancellation);
            foreach (var open in ledger.Read.OpenRuns())
            {
                if (runs.Get(new ObjectKey(open.Namespace, open.Name))?.Metadata.Uid != open.Uid)
                    await controller.CloseDeletedAsync(open, cancellation);
            }
        });

        // The runs whose turn it may be when another lets them pass.
        IEnumerable<ObjectKey> Successors(FlowRun run) => flows.Get(run.FlowKey)?.Spec.Concurrency is { } concurrency
            ? RunTurn.Candidates(concurrency, queues.Of(run.FlowKey, RunTurn.Relevant(concurrency))).Select(KeyOf)
            : [];
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var run = runs.Get(key);
        var pods = podsByRun.Find(key.ToString()).ToList();
        await SettleOrphansAsync(pods.Where(p => UidOf(p) != run?.Metadata.Uid), cancellation);
        if (run is null)
        {
            locks.Waits(key, false);
            if (ledger.Read.NewestRun(key.Namespace, key.Name) is { End: null } record)
                await CloseDeletedAsync(record, cancellation);
            return Result.Done;
        }

        pods.RemoveAll(p => UidOf(p) != run.Metadata.Uid);
        try
        {
            return await AdvanceAsync(run, pods, cancellation);
        }
        catch (Exception e) when (e is ArtifactStoreFullException or ArtifactPlaceException or LedgerUnavailableException)
        {
            // Whoever looks at the run should see why it stands still; the loop tries again.
            await api.PatchStatusAsync(FlowKinds.Runs, key.Namespace, key.Name, new JsonObject { ["message"] = e.Message }, cancellation);
            throw;
        }
    }

    private async ValueTask<Result> AdvanceAsync(FlowRun run, List<V1Pod> pods, CancellationToken cancellation)
    {
        var key = new ObjectKey(run.Metadata.NamespaceProperty, run.Metadata.Name);
        if (run.Metadata.DeletionTimestamp is not null || FlowPhase.IsFinal(run.Status?.Phase))
        {
            locks.Waits(key, false);
            // The garbage collector does this when the run has gone, which may wait for notifications.
            if (run.Metadata.DeletionTimestamp is not null && NotificationOutbox.IsHeld(run))
                await DeleteAsync(pods.Where(p => p.Metadata.DeletionTimestamp is null && !AttemptReader.IsEnded(p, clock.GetUtcNow())), cancellation);
            await SettleAsync(run, pods, cancellation);
            return Result.Done;
        }

        if (run.Status?.Flow is null)
        {
            if (await starter.StartAsync(run, begun => FlowPlan.For(View(begun, RunStarter.DefinitionOf(begun), pods, [])).Status, cancellation) is not { } started)
                return Result.Done;
            events.Normal(started, "Started", $"runs flow {started.Spec.Flow}");
            run = started;
        }

        await starter.EnsureRecordedAsync(run, cancellation);
        var (record, definition) = (RunStarter.Record(run, FlowPhase.Running, null, null), RunStarter.DefinitionOf(run));
        var hasLocks = LockTable.IsUsedBy(definition);
        locks.Waits(key, hasLocks);
        var (plan, settled, lost, creations) = hasLocks
            ? await locks.PassAsync(() => BeginAsync(run, record, definition, pods, waits: true, cancellation))
            : await BeginAsync(run, record, definition, pods, waits: false, cancellation);
        locks.Waits(key, plan.WaitsForLock);
        var ended = FlowPhase.IsFinal(plan.Status.Phase);
        await PodStopping.EndAsync(api, plan.End, cancellation);
        uploads.Forget(settled.Ready);
        var releases = recorder.ReleaseAsync(record, settled.Ready, cancellation);
        var fresh = ended ? await api.GetAsync(FlowKinds.Runs, key.Namespace, key.Name, cancellation) : null;
        if (ended && ((!plan.IsEndRecorded && fresh?.Metadata.Uid != run.Metadata.Uid) || (plan.IsStopping && await HasPodsBeyondAsync(run, pods, cancellation))))
        {
            // It was deleted, and its pods with it, of which the cache has heard first; or stopped just after pods were made, of which it has yet to hear: then.
            await creations;
            await releases;
            return Result.Done;
        }

        if (ended && !plan.IsEndRecorded)
            await ledger.CommitAsync(new LedgerWrite(Closed(record, plan), [], []), cancellation);
        var (refused, held) = await creations;
        if (refused.Count > 0)
            await recorder.RecordAsync(record, definition, [], refused, cancellation);
        if (held.Count > 0 && refused.Count == 0)
            plan = FlowPlan.For(View(run, definition, pods) with { LostImages = lost, HeldBack = held, Keeping = settled.Waiting }); // the same, with what they wait for
        // A cache that is behind would let the last status keep what earlier ones said, and have due again what was delivered meanwhile.
        plan.Status.Notifications = Due(run);
        var shown = run;
        if (ended || plan.Status.Notifications?.Count > (run.Status!.Notifications?.Count ?? 0))
        {
            fresh ??= await api.GetAsync(FlowKinds.Runs, key.Namespace, key.Name, cancellation);
            shown = fresh is { Status.Flow: not null } ? fresh : run;
            plan.Status.Notifications = Due(shown);
            if (plan.Status.Notifications?.Count > (shown.Status!.Notifications?.Count ?? 0))
                await NotificationOutbox.HoldAsync(api, shown, cancellation);
        }

        await api.PatchStatusAsync(FlowKinds.Runs, shown, With(run, plan.Status), cancellation);
        if (RunWaiting.Of(plan.Status) is var wait && wait != default)
            waits[run.Metadata.Uid] = wait;
        await releases;
        if (plan.Status.Late == true && run.Status?.Late != true)
            events.Warning(run, "Late", $"the run takes longer than its deadline of {run.Status?.Flow?.Deadline}");

        if (ended)
        {
            foreach (var image in pods.Where(p => ImagePod.Is(p) && !AttemptReader.IsEnded(p, clock.GetUtcNow())))
                await api.DeleteAsync(FlowKinds.Pods, image.Metadata.NamespaceProperty, image.Metadata.Name, cancellation: cancellation);
            starter.Forget(run);
            waits.TryRemove(run.Metadata.Uid, out _);
            ledger.Read.Forget(run.Metadata.Uid);
            if (plan.Status.Phase == FlowPhase.Succeeded)
                events.Normal(run, "Succeeded", "all tasks have ended");
            else
                events.Warning(run, "Failed", plan.Status.Message ?? "a task failed");
        }

        Dictionary<string, FlowNotificationStatus>? Due(FlowRun from) =>
            NotificationOutbox.Of(from, from.Status!.Flow!, plan.Status.Phase, plan.Status.Late == true, () => ledger.Read.PhaseBefore(record), clock.GetUtcNow().UtcDateTime);

        if (refused.Count > 0)
            return Result.After(TimeSpan.Zero);
        var again = held.Count > 0 ? clock.GetUtcNow() + QuotaPatience : (DateTimeOffset?)null;
        if (plan.NextDeadline is { } deadline && !(again < deadline))
            again = deadline;
        return again is { } time ? Result.After(time > clock.GetUtcNow() ? time - clock.GetUtcNow() : TimeSpan.Zero) : Result.Done;
    }

    /// <summary>Whether a run has pods that the cache has not heard of yet. What is stopped ends without them; every other run waits for each of its pods by its plan.</summary>
    private async Task<bool> HasPodsBeyondAsync(FlowRun run, List<V1Pod> known, CancellationToken cancellation)
    {
        var all = await api.ListAsync(FlowKinds.Pods, run.Metadata.NamespaceProperty, new() { LabelSelector = $"{FlowNames.RunLabel}={run.Metadata.Name}" }, cancellation);
        return all.Items.Where(p => UidOf(p) == run.Metadata.Uid).ExceptBy(known.Select(p => p.Metadata.Uid), p => p.Metadata.Uid).Any();
    }

    /// <summary>Plans, and begins to create the pods; <paramref name="waits"/> until they are there, so that the next plan sees what they hold.</summary>
    private async Task<(FlowPlan Plan, EndedPods Settled, IReadOnlySet<string> LostImages, Task<Creations> Creations)> BeginAsync(FlowRun run, RunRecord record, RunDefinition definition, List<V1Pod> pods, bool waits, CancellationToken cancellation)
    {
        var lost = new HashSet<string>();
        while (true)
        {
            var (plan, settled) = await PlanAsync(run, record, definition, pods, lost, cancellation);
            var images = plan.Create.Where(p => ImagePod.Is(p.Pod)).ToList();
            if (images.Count > 0)
            {
                // Without them the tasks' own pods begin, and say what is wrong.
                var (refused, held) = await CreateAsync(images, cancellation);
                lost.UnionWith(images.Select(i => i.Pod).Where(i => refused.Exists(r => r.Pod == i) || held.ContainsKey(i.Metadata.Name)).Select(PodImage.Named));
                if (refused.Count + held.Count > 0)
                    continue;
            }

            var creations = CreateAsync([.. plan.Create.Except(images)], cancellation);
            if (waits)
                await creations;
            return (plan, settled, lost, creations);
        }
    }

    /// <summary>Records what has ended and what is hopeless, until the plan finds nothing more of the kind.</summary>
    private async ValueTask<(FlowPlan Plan, EndedPods Settled)> PlanAsync(FlowRun run, RunRecord record, RunDefinition definition, List<V1Pod> pods, IReadOnlySet<string> lostImages, CancellationToken cancellation)
    {
        var settled = Settle(run, GangState.Ended(pods, clock.GetUtcNow()), () => StopOfRun.Find(View(run, definition, pods)) is not null);
        var ended = settled.Ready;
        FlowPlan? next = null;
        if (await recorder.ReadAsync(record, definition, ended, [], cancellation, settled.Lost) is { } write)
        {
            if (pods.TrueForAll(p => AttemptReader.IsEnded(p, clock.GetUtcNow())))
            {
                var attempts = ledger.Read.AttemptsOfOpenRun(run.Metadata.Uid).Concat(write.Attempts).DistinctBy(a => (a.Path, a.Number)).ToList();
                next = FlowPlan.For(View(run, definition, pods, attempts) with { LostImages = lostImages, Keeping = settled.Waiting });
                // One that fails may have been deleted, of which the cache may not have heard.
                if (next is { Status.Phase: FlowPhase.Succeeded, Decided: [], Faked: [], GiveUp: [], Create: [] })
                {
                    await ledger.CommitAsync(write with { Run = Closed(record, next) }, cancellation);
                    return (next with { IsEndRecorded = true }, settled);
                }
            }

            await ledger.CommitAsync(write, cancellation);
            if (write.Learnt.Count > 0)
                next = null; // what is learnt just now counts from here on
        }

        ended.AddRange(await DeleteRecordedAsync(run, pods, cancellation));
        while (true)
        {
            var plan = next ?? FlowPlan.For(View(run, definition, pods) with { LostImages = lostImages, Keeping = settled.Waiting });
            next = null;
            if (plan.Decided.Count + plan.Faked.Count > 0)
            {
                foreach (var content in plan.Faked.SelectMany(f => f.Contents))
                    await store.WriteAsync(content, cancellation);
                var directories = plan.Faked.SelectMany(f => f.Record.Files.Values).Where(f => f.Listing is not null).Select(f => DirectoryMembers.Of(f.Sha256, f.Listing!));
                await ledger.CommitAsync(new LedgerWrite(record, [.. plan.Decided, .. plan.Faked.Select(f => f.Record)], []) { Directories = [.. directories.DistinctBy(d => d.Directory)] }, cancellation);
                continue;
            }

            if (plan.GiveUp.Count == 0)
            {
                if (await results.TakeAsync(run.Metadata.NamespaceProperty, record.Store, plan.Create, cancellation) is not { Count: > 0 } taken)
                    return (plan, settled);
                await ledger.CommitAsync(new LedgerWrite(record, await FileListing.AddAsync(taken, definition, record.IsTest, store, cancellation), []), cancellation);
                continue;
            }

            await recorder.RecordAsync(record, definition, [], plan.GiveUp, cancellation);
            var hopeless = plan.GiveUp.SelectMany(h => h.Others.Prepend(h.Pod)).ToList();
            await DeleteAsync(hopeless, cancellation);
            ended.AddRange(hopeless);
        }
    }

    /// <summary>Which pods that have ended can be recorded, and what the others wait for.</summary>
    private EndedPods Settle(FlowRun run, List<V1Pod> ended, Func<bool> isStopped)
    {
        var store = RunStarter.StoreOf(run);
        if (store is null || ended.Count == 0)
            return new EndedPods(ended, new Dictionary<string, string>());
        var recorded = ledger.Read.AttemptsOfOpenRun(run.Metadata.Uid).SelectMany(a => a.Pods).ToHashSet();
        return uploads.Settle(KeyOf(run), store, ended, recorded.Contains, isStopped());
    }

    /// <summary>Deletes the live pods of attempts that are in the ledger: they were given up, and a crash came before their deletion. Gives them.</summary>
    private async ValueTask<List<V1Pod>> DeleteRecordedAsync(FlowRun run, List<V1Pod> pods, CancellationToken cancellation)
    {
        var recorded = ledger.Read.AttemptsOfOpenRun(run.Metadata.Uid).SelectMany(a => a.Pods).ToHashSet();
        var left = pods.Where(p => recorded.Contains(p.Metadata.Name) && p.Metadata.DeletionTimestamp is null && !AttemptReader.IsEnded(p, clock.GetUtcNow())).ToList();
        await DeleteAsync(left, cancellation);
        return left;
    }

    private async ValueTask DeleteAsync(IEnumerable<V1Pod> pods, CancellationToken cancellation)
    {
        foreach (var pod in pods)
            await api.DeleteAsync(FlowKinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, new DeleteOptions { Uid = pod.Metadata.Uid }, cancellation);
    }

    private RunView View(FlowRun run, RunDefinition definition, List<V1Pod> pods, IReadOnlyList<AttemptRecord>? attempts = null) => new()
    {
        Namespace = run.Metadata.NamespaceProperty,
        Name = run.Metadata.Name,
        Uid = run.Metadata.Uid,
        FlowName = run.Spec.Flow,
        Definition = definition,
        Params = run.Status!.Params ?? [],
        Interval = run.Spec.Interval,
        Start = RunStarter.StartOf(run),
        Pods = [.. pods, .. locks.Missing(run.Metadata.NamespaceProperty, run.Metadata.Uid, pods)],
        Attempts = attempts ?? ledger.Read.AttemptsOfOpenRun(run.Metadata.Uid),
        IsSuspended = run.Spec.Suspend == true,
        Waiting = waits.TryGetValue(run.Metadata.Uid, out var waiting) ? waiting : RunWaiting.Of(run.Status),
        Stop = run.Spec.Stop,
        Approvals = run.Spec.Approvals ?? [],
        Fakes = run.Spec.Fakes,
        LocksHeld = locks.Held(run.Metadata.NamespaceProperty, run.Metadata.Uid),
        Memory = ledger.Read.Memory(run.Metadata.NamespaceProperty, run.Spec.Flow),
        Delivery = delivery,
        Now = clock.GetUtcNow(),
    };

    /// <summary>What became of pods that were to be created.</summary>
    /// <param name="Refused">Refused for what they say, or not created because what they are to read is lost; trying again changes neither.</param>
    /// <param name="Held">Refused for want of room in a quota: by name, what was said.</param>
    private sealed record Creations(List<HopelessPod> Refused, Dictionary<string, string> Held);

    private async Task<Creations> CreateAsync(List<PlannedPod> planned, CancellationToken cancellation)
    {
        foreach (var inputs in planned.Select(p => p.Inputs).OfType<InputManifest>().DistinctBy(i => i.Sha256))
        {
            if (!await store.IsSoundAsync(inputs.Sha256, cancellation))
                await store.WriteAsync(inputs.Content, cancellation);
        }

        var (check, lost) = (new InputCheck(store, ledger.Read), new List<HopelessPod>());
        foreach (var (pod, inputs) in planned.Where(p => p.Inputs is not null).Select(p => (p.Pod, p.Inputs!)))
        {
            if (await check.FindProblemAsync(pod.Metadata.NamespaceProperty, inputs, cancellation) is { } problem)
                lost.Add(new HopelessPod(pod, AttemptReason.InputLost, $"{PodIdentity.Of(pod)?.Path}: {problem}"));
        }

        var sound = lost.Count == 0 ? planned : planned.Where(p => !lost.Exists(l => l.Pod == p.Pod));
        var needs = new PodNeeds(api);
        var failures = (await Task.WhenAll(sound.Select(p => CreateAsync(p, needs, cancellation)))).OfType<(V1Pod Pod, ApiException Why)>().ToList();
        var path = (V1Pod pod) => PodIdentity.Of(pod)?.Path;
        return new Creations(
            [.. lost, .. failures.Where(f => !IsQuota(f.Why)).Select(f => new HopelessPod(f.Pod, AttemptReason.PodRefused, $"{path(f.Pod)}: its pod was refused: {PodTrouble.OneLine(f.Why.Message)}; correct the task{(f.Why.Code == 403 ? ", or allow it" : "")}"))],
            failures.Where(f => IsQuota(f.Why)).ToDictionary(f => f.Pod.Metadata.Name, f => $"{path(f.Pod)} waits for room in a quota: {PodTrouble.OneLine(f.Why.Message)}"));
    }

    private async Task<(V1Pod Pod, ApiException Why)?> CreateAsync(PlannedPod planned, PodNeeds needs, CancellationToken cancellation)
    {
        var pod = planned.Pod;
        try
        {
            await needs.EnsureAsync(planned, cancellation);
            await api.CreateIfAbsentAsync(FlowKinds.Pods, pod, cancellation);
            locks.Created(pod);
            return null;
        }
        catch (ApiException e) when (e.Code is 400 or 403 or 422)
        {
            return (pod, e);
        }
    }

    /// <summary>Whether a quota has no room, by the words of Kubernetes' admission: nothing else tells it from other refusals.</summary>
    private static bool IsQuota(ApiException refusal) => refusal.Code == 403 && refusal.Message.Contains("exceeded quota", StringComparison.Ordinal);

    /// <summary>Of a run that has ended or is being deleted: what still ends is recorded and let go.</summary>
    private async ValueTask SettleAsync(FlowRun run, List<V1Pod> pods, CancellationToken cancellation)
    {
        var ended = GangState.Ended(pods.Where(p => p.Metadata.Finalizers?.Contains(FlowNames.RecordedFinalizer) == true), clock.GetUtcNow(), isComplete: true);
        if (ended.Count == 0)
        {
            await volumes.RemoveAsync(run, pods, cancellation);
            return;
        }

        // A run that is deleted, and with it perhaps its namespace, does not wait for a store; nor does one that somebody stopped for one that is away.
        var settled = run.Metadata.DeletionTimestamp is null ? Settle(run, ended, () => run.Spec.Stop is not null) : null;
        ended = settled?.Ready ?? ended;
        var record = run.Status?.Flow is null ? null : RunStarter.Record(run, FlowPhase.Running, null, null);
        if (record is not null)
            await recorder.RecordAsync(record, RunStarter.DefinitionOf(run), ended, [], cancellation, settled?.Lost);
        ledger.Read.Forget(run.Metadata.Uid);
        uploads.Forget(ended);
        await recorder.ReleaseAsync(record, ended, cancellation);
    }

    /// <summary>Of pods whose run is gone: what has ended is recorded and let go; the garbage collector ends the others.</summary>
    private async ValueTask SettleOrphansAsync(IEnumerable<V1Pod> pods, CancellationToken cancellation)
    {
        foreach (var group in GangState.Ended(pods, clock.GetUtcNow(), isComplete: true).GroupBy(UidOf).ToList())
        {
            var ended = group.ToList();
            uploads.Forget(ended);
            var record = group.Key is { } uid ? ledger.Read.Run(uid) : null;
            if (record is not null)
            {
                await recorder.RecordAsync(record, RunStarter.DefinitionOf(record), ended, [], cancellation);
                ledger.Read.Forget(record.Uid);
            }

            await recorder.ReleaseAsync(record, ended, cancellation);
        }
    }

    private async ValueTask CloseDeletedAsync(RunRecord open, CancellationToken cancellation)
    {
        log.LogInformation("Run {Namespace}/{Name} was deleted before it ended", open.Namespace, open.Name);
        var closed = open with { Phase = FlowPhase.Failed, Message = RunRecord.DeletedMessage, End = clock.GetUtcNow() };
        await ledger.CommitAsync(new LedgerWrite(closed, [], []), cancellation);
        ledger.Read.Forget(open.Uid);
        waits.TryRemove(open.Uid, out _);
    }

    /// <summary>The record of a run that has ended.</summary>
    private RunRecord Closed(RunRecord record, FlowPlan plan) => record with
    {
        Phase = plan.Status.Phase,
        Message = plan.Status.Message ?? "",
        End = plan.Status.CompletionTime is { } time ? new DateTimeOffset(time, TimeSpan.Zero) : clock.GetUtcNow(),
    };

    private static FlowRun With(FlowRun run, FlowRunStatus status)
    {
        // The copies of flows are written once; leaving them equal keeps them out of every later patch.
        status.Flow = run.Status!.Flow;
        status.Flows = run.Status.Flows;
        return new FlowRun { Metadata = run.Metadata, Spec = run.Spec, Status = status };
    }

    /// <summary>Whether others of its flow may start by what has become of a run: it has ended, or is suspended, deleted or resumed.</summary>
    private static bool LetsPass(FlowRun? before, FlowRun? after) =>
        after is null || FlowPhase.IsFinal(after.Status?.Phase) || after.Metadata.DeletionTimestamp is not null || (before is not null && before.Spec.Suspend != after.Spec.Suspend);

    private static bool IsSame(Flow? before, Flow? after) =>
        (before?.Metadata.Uid, before?.Metadata.Generation) == (after?.Metadata.Uid, after?.Metadata.Generation);

    private static bool WaitsFor(FlowRun run, ObjectKey flow) =>
        run.Status?.Flow is null && run.Metadata.NamespaceProperty == flow.Namespace; // for its own flow, one that it calls, or its store

    private static string? UidOf(V1Pod pod) => pod.Metadata.OwnerReferences?.FirstOrDefault(o => o.Controller == true)?.Uid;

    private static ObjectKey KeyOf(FlowRun run) => new(run.Metadata.NamespaceProperty, run.Metadata.Name);

    private static ObjectKey KeyOf(V1Pod pod) => new(pod.Metadata.NamespaceProperty, pod.Metadata.Labels[FlowNames.RunLabel]);

    private static string RunOf(V1Pod pod) => KeyOf(pod).ToString();
}
