using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Starts the runs of flows' schedules, and says in each flow's status how far they are.</summary>
/// <remarks>
/// Runs come first, then the record of skipped times, then the status, upon the state that was decided on: what a stop leaves undone, the
/// next pass decides again, and finds the runs by their names.
/// </remarks>
public sealed class FlowController : IReconciler
{
    private const string Scheduled = "Scheduled";

    private readonly Informer<Flow> flows;
    private readonly InformerIndex<FlowRun> runsByFlow;
    private readonly Ledger ledger;
    private readonly IApi api;
    private readonly EventRecorder events;
    private readonly TimeProvider clock;

    private FlowController(ControllerHost host, Informer<Flow> flows, InformerIndex<FlowRun> runsByFlow, Ledger ledger)
    {
        this.flows = flows;
        this.runsByFlow = runsByFlow;
        this.ledger = ledger;
        api = host.Api;
        clock = host.Clock;
        events = host.Events("flow-controller");
    }

    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host, Ledger ledger)
    {
        var flows = host.Informer(FlowKinds.Flows);
        var runs = host.Informer(FlowKinds.Runs);
        var runsByFlow = FlowOfRun.Index(runs);
        host.Add("flow", new FlowController(host, flows, runsByFlow, ledger)).For(flows).Watches(runs, change => [(change.New ?? change.Old!).FlowKey]);
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (flows.Get(key) is not { Metadata.DeletionTimestamp: null } flow)
            return Result.Done;
        var entries = FlowScheduleEntry.Of(flow.Spec).ToList();
        if (entries.Count == 0 && flow.Status?.Schedules is null)
            return Result.Done;

        var now = clock.GetUtcNow().UtcDateTime;
        var runs = runsByFlow.Find(key.ToString());
        var plans = entries.ConvertAll(e => SchedulePlan.For(flow, e, runs, now));
        foreach (var plan in plans)
        {
            foreach (var run in plan.Start)
                await StartAsync(flow, run, cancellation);
            if (plan.Skipped is { } skipped)
                await ledger.CommitAsync(new LedgerWrite(Record(flow, plan.Entry, skipped), [], []), cancellation);
        }

        await WriteStatusAsync(flow, plans, now, cancellation);
        foreach (var plan in plans)
        {
            if (plan.Skipped is { } skipped)
                events.Warning(flow, skipped.Reason == SkippedTimes.Overlap ? "OverlapSkipped" : "MissedSchedule", Sentence(plan.Entry, skipped));
        }

        return plans.Min(p => p.Status.NextScheduleTime) is { } next ? Result.After(next > now ? next - now : TimeSpan.Zero) : Result.Done;
    }

    private async Task StartAsync(Flow flow, FlowRun run, CancellationToken cancellation)
    {
        var (ns, name) = (run.Metadata.NamespaceProperty, run.Metadata.Name);
        if (ledger.Read.NewestRun(ns, name) is { Phase: not FlowPhase.Skipped })
            return; // it has run, and was deleted since
        if (await api.CreateIfAbsentAsync(FlowKinds.Runs, run, cancellation))
            events.Normal(flow, "SuccessfulCreate", $"started run {name}");
        else if (await api.GetAsync(FlowKinds.Runs, ns, name, cancellation) is { } other && other.Spec.Flow != flow.Metadata.Name)
            events.Warning(flow, "FailedCreate", $"run {name} cannot be started: there is a run of this name of flow {other.Spec.Flow}; delete that one");
    }

    private async Task WriteStatusAsync(Flow flow, List<SchedulePlan> plans, DateTime now, CancellationToken cancellation)
    {
        var status = new FlowStatus
        {
            ObservedGeneration = flow.Metadata.Generation,
            Conditions = plans.Count == 0 ? null : [Condition(flow, plans, now)],
            Schedule = plans.Count == 0 ? null : string.Join(", ", plans.Select(p => p.Entry.Schedule.Cron)),
            Schedules = plans.Count == 0 ? null : [.. plans.Select(p => p.Status)],
            Triggers = flow.Status?.Triggers, // the TriggerController's
        };
        var (before, after) = (Document(flow.Status), Document(status));
        if (JsonNode.DeepEquals(before, after))
            return;
        foreach (var field in (before ?? []).Select(p => p.Key).Except(after!.Select(p => p.Key)).ToList())
            after![field] = null;

        // With the resource version: what was decided on an old state is not to undo what a later pass has written.
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = flow.Metadata.ResourceVersion }, ["status"] = after };
        await api.SendPatchAsync(FlowKinds.Flows, flow.Metadata.NamespaceProperty, flow.Metadata.Name, patch, subresource: "status", cancellation: cancellation);
    }

    private static V1Condition Condition(Flow flow, List<SchedulePlan> plans, DateTime now)
    {
        var problem = plans.Find(p => p.Problem is not null)?.Problem;
        var suspended = plans.TrueForAll(p => p.Entry.Schedule.Suspend == true);
        var (status, reason, message) = problem is not null ? ("False", "InvalidSchedule", problem)
            : suspended ? ("False", "Suspended", "no runs are started; take suspend out of the schedule to go on")
            : ("True", "Active", "runs are started by schedule");
        var known = flow.Status?.Conditions?.FirstOrDefault(c => c.Type == Scheduled && c.Status == status);
        return new V1Condition
        {
            Type = Scheduled,
            Status = status,
            Reason = reason,
            Message = message,
            ObservedGeneration = flow.Metadata.Generation,
            LastTransitionTime = known?.LastTransitionTime ?? new DateTime(now.Ticks - now.Ticks % TimeSpan.TicksPerSecond, DateTimeKind.Utc),
        };
    }

    /// <summary>The record of times that were not run: a run that was skipped.</summary>
    private static RunRecord Record(Flow flow, FlowScheduleEntry entry, SkippedTimes skipped) => new()
    {
        Uid = $"{flow.Metadata.Uid}/{entry.Name}/{ScheduledRun.Text(skipped.From!.Value)}",
        Namespace = flow.Metadata.NamespaceProperty,
        Name = FlowNames.ScheduledRun(flow.Metadata.Name, entry.Name, skipped.From.Value),
        Flow = flow.Metadata.Name,
        Params = RunParams.Json(entry.Schedule.Params ?? []),
        Cause = JsonSerializer.Serialize(new RunCause { Type = RunCause.Schedule, By = entry.Name }, KindsJson.Default.RunCause),
        Phase = FlowPhase.Skipped,
        Message = Sentence(entry, skipped),
        Start = new DateTimeOffset(skipped.From.Value, TimeSpan.Zero),
        End = new DateTimeOffset(skipped.To!.Value, TimeSpan.Zero),
    };

    internal static string Sentence(FlowScheduleEntry entry, SkippedTimes skipped)
    {
        var what = skipped.Count == 1
            ? $"the time {ScheduledRun.Text(skipped.From!.Value)} of schedule {entry.Name} was skipped"
            : $"{skipped.Count} times of schedule {entry.Name} from {ScheduledRun.Text(skipped.From!.Value)} to {ScheduledRun.Text(skipped.To!.Value)} were skipped";
        var why = skipped.Reason == SkippedTimes.Overlap ? "earlier runs were still running" : "nobody was there to start a run";
        var limit = entry.Schedule.CatchUpLimit ?? SchedulePlan.DefaultCatchUpLimit;
        var advice = entry.Schedule.CatchUp is { } back
            ? string.Create(CultureInfo.InvariantCulture, $"catchUp reaches back {back}, for {(limit == 1 ? "one time" : $"{limit} times")} at most: extend it")
            : "set catchUp to make up for such times";
        return $"{what}: {why}; {advice}, or run them by slipway backfill";
    }

    private static JsonObject? Document(FlowStatus? status) => status is null ? null : (JsonObject?)JsonSerializer.SerializeToNode(status, KindsJson.Default.FlowStatus);
}
