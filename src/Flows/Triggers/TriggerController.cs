using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Starts runs of flows for what their triggers wait for.</summary>
/// <remarks>
/// Nothing is counted on the way: what has happened is read off the objects that show it, and a run's name derives from it, so that the run, or its record, says
/// that it was dealt with. Runs come before the status. So whatever line the controller is stopped at, nothing that is still shown is lost, and nothing runs twice.
/// </remarks>
public sealed class TriggerController : IReconciler
{
    /// <summary>By how much an end may be seen after one that is later.</summary>
    private static readonly TimeSpan Late = TimeSpan.FromMinutes(1);

    /// <summary>So many runs of a trigger by changes are under way at most; what else has happened waits. A flow that starts itself by what it does goes no further.</summary>
    private const int UnfinishedLimit = 100;

    private readonly Informer<Flow> flows;
    private readonly InformerIndex<Flow> flowsByCause;
    private readonly InformerIndex<FlowRun> runsByFlow;
    private readonly Informer<FlowRun> runs;
    private readonly Ledger ledger;
    private readonly TriggerStarter starter;
    private readonly ResourceWatches watches;
    private readonly FileWatches files;
    private readonly ConcurrentDictionary<ObjectKey, string> begun = new(); // runs that the cache does not show yet, with their triggers
    private readonly IApi api;
    private readonly EventRecorder events;
    private readonly TimeProvider clock;

    private TriggerController(ControllerHost host, Ledger ledger, ResourceWatches watches, FileWatches files)
    {
        (this.ledger, this.watches, this.files) = (ledger, watches, files);
        (api, clock) = (host.Api, host.Clock);
        starter = new TriggerStarter(api, ledger);
        events = host.Events("flow-controller");
        flows = host.Informer(FlowKinds.Flows);
        runs = host.Informer(FlowKinds.Runs);
        flowsByCause = flows.AddIndex(f => (f.Spec.Triggers ?? []).Select(t => t.Flow?.Name).OfType<string>().Distinct().Select(n => Key(f.Metadata.NamespaceProperty, n)));
        runsByFlow = FlowOfRun.Index(runs);
    }

    /// <summary>Adds the controller to a host.</summary>
    /// <param name="host">The host.</param>
    /// <param name="ledger">Knows runs that are gone.</param>
    /// <param name="directories">Reads a directory of the node; null where there is no node.</param>
    /// <param name="buckets">Reaches a bucket.</param>
    public static void Register(ControllerHost host, Ledger ledger, Func<string, IReadOnlyList<FileState>>? directories, Func<S3Options, IBucket> buckets)
    {
        ControllerBuilder? queue = null;
        var watches = new ResourceWatches(host.Api, flow => queue!.Enqueue(flow), host.Clock, host.Logs.CreateLogger<ResourceWatches>());
        var files = new FileWatches(host.Api, directories, buckets, flow => queue!.Enqueue(flow), host.Clock);
        var controller = new TriggerController(host, ledger, watches, files);
        host.AddLoop(watches.RunAsync);
        host.AddLoop(files.RunAsync);
        queue = host.Add("flow-trigger", controller);
        queue.For(controller.flows).Watches(controller.runs, controller.WaitFor);
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (flows.Get(key) is not { Metadata.DeletionTimestamp: null } flow || (flow.Spec.Triggers is null && flow.Status?.Triggers is null))
        {
            await KeepAsync(key, null);
            return Result.Done;
        }

        var now = clock.GetUtcNow().UtcDateTime;
        var own = runsByFlow.Find(key.ToString());
        var statuses = (flow.Spec.Triggers ?? []).ConvertAll(t => StatusOf(flow, t, own, now));

        // Since when a trigger counts is written before anything is started by it: the write has the flow looked at again.
        if (statuses.Exists(s => flow.Status?.Triggers?.Exists(t => (t.Name, t.Source, t.Since) == (s.Name, s.Source, s.Since)) != true))
        {
            await WriteStatusAsync(flow, statuses, cancellation);
            return Result.Done;
        }

        await KeepAsync(key, flow.Spec.Triggers);
        ExceptionDispatchInfo? failure = null;
        foreach (var (trigger, status) in (flow.Spec.Triggers ?? []).Zip(statuses).Where(t => t.First.Suspend != true))
        {
            try
            {
                await AdvanceAsync(flow, trigger, status, now, cancellation);
            }
            catch (Exception e) when (e is ApiException or IOException or LedgerUnavailableException)
            {
                status.Blocked = PodTrouble.OneLine(e.Message);
                failure = ExceptionDispatchInfo.Capture(e); // the flow's other triggers go on
            }
        }

        await WriteStatusAsync(flow, statuses, cancellation);
        failure?.Throw();
        return Result.Done;
    }

    /// <summary>Starts runs for what has happened, in its order, and counts from there on.</summary>
    private async ValueTask AdvanceAsync(Flow flow, FlowTrigger trigger, FlowTriggerStatus status, DateTime now, CancellationToken cancellation)
    {
        var (known, since, before) = (status.Position, status.Since, status.Blocked);
        var hasStarted = false;
        status.Blocked = null;
        foreach (var item in Pending(flow, trigger, status, now))
        {
            if (trigger.Flow is null && Unfinished(flow, trigger) >= UnfinishedLimit)
            {
                status.Blocked = $"{UnfinishedLimit} runs of the trigger have not ended: what else has happened waits until one has";
                break;
            }

            if (await StartAsync(flow, trigger, item.Happened, status, cancellation) is TriggerResult.Started or TriggerResult.Impossible)
                hasStarted = true;
            item.DealtWith();
        }

        if (status.Blocked is { } why && why != before)
            events.Warning(flow, "TriggerBlocked", $"trigger {trigger.Name}: {why}");

        // Where it is, is written at once when it has started something, and once in a while otherwise: each write is a change of the flow, which somebody may wait for.
        if ((trigger.Files is not null || trigger.Bucket is not null || (trigger.Resource is not null && known is not null)) && !hasStarted && status.Since - since < 2 * Late)
            (status.Position, status.Since) = (known, since);
    }

    /// <summary>Lets go of what nobody waits for any more.</summary>
    private async ValueTask KeepAsync(ObjectKey flow, List<FlowTrigger>? triggers)
    {
        var active = (triggers ?? []).FindAll(t => t.Suspend != true);
        await watches.KeepAsync(flow, [.. active.Where(t => t.Resource is not null).Select(t => t.Name)]);
        files.Keep(flow, [.. active.Where(t => t.Files is not null || t.Bucket is not null).Select(t => t.Name)]);
    }

    private int Unfinished(Flow flow, FlowTrigger trigger)
    {
        var ofTrigger = runsByFlow.Find(Key(flow.Metadata.NamespaceProperty, flow.Metadata.Name)).Where(r => TriggeredRun.IsOf(r, trigger.Name)).ToDictionary(r => r.Metadata.Name);
        return ofTrigger.Values.Count(r => !FlowPhase.IsFinal(r.Status?.Phase))
            + begun.Count(b => b.Key.Namespace == flow.Metadata.NamespaceProperty && b.Value == $"{flow.Metadata.Name}/{trigger.Name}" && !ofTrigger.ContainsKey(b.Key.Name));
    }

    private IEnumerable<TriggerItem> Pending(Flow flow, FlowTrigger trigger, FlowTriggerStatus status, DateTime now) => trigger switch
    {
        { Flow: { } end } => runsByFlow.Find(Key(flow.Metadata.NamespaceProperty, end.Name)).Where(r => FlowEnd.Counts(end, r, status.Since!.Value)).OrderBy(r => r.Status!.CompletionTime)
            .Select(run => new TriggerItem(FlowEnd.Of(run, () => ledger.Read.Attempts(run.Metadata.Uid)), () =>
            {
                // What is dealt with is not looked at again, whatever becomes of its run and record; an end may be seen a little after a later one.
                if (run.Status!.CompletionTime is { } ended && ended < now - Late && ended > status.Since)
                    status.Since = ended;
            })),
        { Resource: not null } => watches.Pending(flow, trigger, status),
        { Files: not null } or { Bucket: not null } => files.Pending(flow, trigger, status),
        _ => [],
    };

    /// <summary>Starts the run, unless it was started before or is not to be.</summary>
    private async ValueTask<TriggerResult> StartAsync(Flow flow, FlowTrigger trigger, TriggerEvent happened, FlowTriggerStatus status, CancellationToken cancellation)
    {
        var key = new ObjectKey(flow.Metadata.NamespaceProperty, FlowNames.TriggeredRun(flow.Metadata.Name, trigger.Name, happened.Id));
        if (runs.Get(key) is not null)
            return TriggerResult.StartedBefore; // what the cache shows need not be asked for
        begun[key] = $"{flow.Metadata.Name}/{trigger.Name}";
        var (result, run, problem) = (TriggerResult.NotDue, (FlowRun?)null, (string?)null);
        try
        {
            (result, run, problem) = await starter.StartAsync(flow, trigger, happened, cancellation);
        }
        finally
        {
            if (result != TriggerResult.Started)
                begun.TryRemove(key, out _);
        }

        if (result == TriggerResult.Impossible)
        {
            await ledger.CommitAsync(new LedgerWrite(Skipped(flow, run!, problem!), [], []), cancellation);
            status.Problem = $"{happened.Text}, but no run was started: {problem}";
            events.Warning(flow, "TriggerFailed", status.Problem);
        }
        else if (result == TriggerResult.Started)
        {
            events.Normal(flow, "SuccessfulCreate", $"started run {run!.Metadata.Name}: {happened.Text}"); // the status learns of it by the run, as it does of webhooks'
        }

        return result;
    }

    /// <summary>The record of what has happened and could not start a run.</summary>
    private RunRecord Skipped(Flow flow, FlowRun run, string problem) => new()
    {
        Uid = $"{flow.Metadata.Uid}/{run.Metadata.Name}",
        Namespace = flow.Metadata.NamespaceProperty,
        Name = run.Metadata.Name,
        Flow = flow.Metadata.Name,
        Params = "{}",
        Cause = JsonSerializer.Serialize(run.Spec.Cause!, KindsJson.Default.RunCause),
        Phase = FlowPhase.Skipped,
        Message = problem,
        Start = clock.GetUtcNow(),
        End = clock.GetUtcNow(),
    };

    /// <summary>How far a trigger is. One of a new flow begins with that; one that is added or changed, now.</summary>
    private static FlowTriggerStatus StatusOf(Flow flow, FlowTrigger trigger, IReadOnlyList<FlowRun> own, DateTime now)
    {
        var known = flow.Status?.Triggers?.Find(t => t.Name == trigger.Name && t.Source == trigger.Source);
        var isNew = flow.Status?.Triggers is null && flow.Metadata.Generation == 1;
        var last = own.Where(r => TriggeredRun.IsOf(r, trigger.Name) && r.Metadata.CreationTimestamp is not null).MaxBy(r => (r.Metadata.CreationTimestamp, r.Metadata.Name));
        var isNewer = last is not null && (known?.LastTime is not { } lastKnown || last.Metadata.CreationTimestamp >= lastKnown);
        return new FlowTriggerStatus
        {
            Name = trigger.Name,
            Source = trigger.Source,
            Since = known?.Since ?? (isNew && flow.Metadata.CreationTimestamp is { } created ? created : now),
            Position = known?.Position,
            Blocked = known?.Blocked,
            Path = trigger.Webhook is null ? null : TriggerHooks.PathOf(flow, trigger),
            LastRun = isNewer ? last!.Metadata.Name : known?.LastRun,
            LastTime = isNewer ? last!.Metadata.CreationTimestamp : known?.LastTime,
            Problem = known?.Problem,
        };
    }

    private async ValueTask WriteStatusAsync(Flow flow, List<FlowTriggerStatus> triggers, CancellationToken cancellation)
    {
        var status = new FlowStatus { Triggers = triggers.Count == 0 ? null : triggers };
        var after = JsonSerializer.SerializeToNode(status, KindsJson.Default.FlowStatus)!["triggers"];
        if (JsonNode.DeepEquals(after, JsonSerializer.SerializeToNode(new FlowStatus { Triggers = flow.Status?.Triggers }, KindsJson.Default.FlowStatus)!["triggers"]))
            return;
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = flow.Metadata.ResourceVersion }, ["status"] = new JsonObject { ["triggers"] = after?.DeepClone() } };
        await api.SendPatchAsync(FlowKinds.Flows, flow.Metadata.NamespaceProperty, flow.Metadata.Name, patch, subresource: "status", cancellation: cancellation);
    }

    /// <summary>The flow of a run that is new or gone, or whose history it may be over, and those that the end of the run starts.</summary>
    private IEnumerable<ObjectKey> WaitFor(ObjectChange<FlowRun> change)
    {
        var run = change.New ?? change.Old!;
        begun.TryRemove(change.Key, out _);
        var hasEnded = FlowPhase.IsFinal(run.Status?.Phase);
        if ((hasEnded || change.Old is null || change.New is null) && run.Metadata.Labels?.ContainsKey(FlowNames.TriggerLabel) == true)
            yield return run.FlowKey;
        if (!hasEnded)
            yield break;
        foreach (var flow in flowsByCause.Find(run.FlowKey.ToString()))
            yield return new ObjectKey(flow.Metadata.NamespaceProperty, flow.Metadata.Name);
    }

    private static string Key(string ns, string name) => new ObjectKey(ns, name).ToString();
}
