using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Starts runs: takes the copy of the flow by which the run works, whatever becomes of the flow.</summary>
internal sealed class RunStarter(IApi api, Informer<DeclaredArtifactStore> stores, Ledger ledger, ArtifactStore store, KeptResults keptResults, RunGate gate, TimeProvider clock)
{
    private readonly ConcurrentDictionary<string, bool> recorded = new();

    /// <summary>Starts a run; null if it waits for its flow, or failed because flow or parameters are not sound.</summary>
    /// <param name="run">The run.</param>
    /// <param name="plan">What is shown of a run that has started and done nothing yet: written with the start, it needs no write of its own.</param>
    /// <param name="cancellation">Gives up.</param>
    public async ValueTask<FlowRun?> StartAsync(FlowRun run, Func<FlowRun, FlowRunStatus> plan, CancellationToken cancellation)
    {
        var (ns, name) = (run.Metadata.NamespaceProperty, run.Metadata.Name);
        if (run.Spec.Stop is { } stop)
        {
            await FailAsync(run, null, RunRecord.StoppedMessage(stop), cancellation);
            return null;
        }

        if (run.Spec.Suspend == true)
        {
            await WaitAsync(run, $"suspended; go on with slipway resume {name}", cancellation);
            return null;
        }

        if (await api.GetAsync(FlowKinds.Flows, ns, run.Spec.Flow, cancellation) is not { } flow)
        {
            var all = await api.ListAsync(FlowKinds.Flows, ns, cancellation: cancellation);
            var hint = NearestName.Hint(run.Spec.Flow, all.Items.Select(f => f.Metadata.Name));
            await WaitAsync(run, $"waits for flow {run.Spec.Flow}, which is not in namespace {ns}{hint}", cancellation);
            return null;
        }

        var called = new Dictionary<string, FlowSpec>();
        if (await CollectAsync(ns, flow.Spec, called, cancellation) is { } missing)
        {
            await WaitAsync(run, missing, cancellation);
            return null;
        }

        var (artifacts, absent) = await StoreChoice.OfAsync(api, stores.Get, ns, flow.Spec, cancellation);
        if (absent is not null)
        {
            await WaitAsync(run, absent, cancellation);
            return null;
        }

        flow.Spec.Artifacts = artifacts is null ? null : new FlowArtifacts { Store = artifacts };
        var (parameters, problem) = FlowRunRules.ResolveParams(flow.Spec, run.Spec.Params);
        var definition = new RunDefinition(flow.Spec, called);
        problem ??= Problem(run.Spec.Flow, definition);
        if (problem is null && run.Spec.Interval is null && FlowRunRules.ReadsInterval(definition))
            problem = $"spec.interval: flow {run.Spec.Flow} reads run.start or run.end, so the run must have an interval; give it by --start and --end of slipway run";
        problem ??= RerunProblem(run, definition, parameters);
        if (problem is not null)
        {
            await FailAsync(run, flow.Spec, problem, cancellation);
            return null;
        }

        var begin = new FlowRunStatus
        {
            Phase = FlowPhase.Running,
            StartTime = clock.GetUtcNow().UtcDateTime,
            Params = parameters.Count == 0 ? null : parameters,
            Flow = flow.Spec,
            Flows = called.Count == 0 ? null : called,
        };
        var (turn, started) = await gate.EnterAsync(run, flow.Spec.Concurrency, async () =>
        {
            var first = plan(new FlowRun { Metadata = run.Metadata, Spec = run.Spec, Status = begin });
            var status = JsonSerializer.SerializeToNode(FlowPhase.IsFinal(first.Phase) ? begin : first, KindsJson.Default.FlowRunStatus)!.AsObject(); // an end is recorded before it is shown
            status["message"] = null; // what it has waited for to start; what its tasks wait for is not known yet

            // With the resource version: of two passes, one of them from an old cache, only one may choose the copy.
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = run.Metadata.ResourceVersion }, ["status"] = status };
            return await api.PatchAsync(FlowKinds.Runs, ns, name, patch, subresource: "status", cancellation: cancellation);
        });
        foreach (var other in turn.Stop)
            await StopAsync(ns, other, $"replaced by run {name}", cancellation);
        if (turn.Problem is not null)
            await FailAsync(run, flow.Spec, turn.Problem, cancellation);
        else if (turn.Waits is not null)
            await WaitAsync(run, turn.Waits, cancellation);
        return started;
    }

    private async ValueTask StopAsync(string ns, string name, string message, CancellationToken cancellation)
    {
        var stop = new JsonObject
        {
            ["by"] = "flow-controller",
            ["at"] = clock.GetUtcNow().UtcDateTime.ToString(PreciseTimeConverter.Format, System.Globalization.CultureInfo.InvariantCulture),
            ["message"] = message,
        };
        try
        {
            await api.SendPatchAsync(FlowKinds.Runs, ns, name, new JsonObject { ["spec"] = new JsonObject { ["stop"] = stop } }, cancellation: cancellation);
        }
        catch (ApiException e) when (e.Code is 404 or 422)
        {
            // It is gone, or somebody else has stopped it meanwhile.
        }
    }

    /// <summary>Puts a started run into the ledger with what it takes over, unless that has been done.</summary>
    public async ValueTask EnsureRecordedAsync(FlowRun run, CancellationToken cancellation)
    {
        if (recorded.ContainsKey(run.Metadata.Uid))
            return;
        if (ledger.Read.Run(run.Metadata.Uid) is null)
            await ledger.CommitAsync(new LedgerWrite(Record(run, FlowPhase.Running, null, null), await TakenOverAsync(run, cancellation), []), cancellation);
        recorded[run.Metadata.Uid] = true;
    }

    private async ValueTask<IReadOnlyList<AttemptRecord>> TakenOverAsync(FlowRun run, CancellationToken cancellation)
    {
        if (run.Spec.Rerun is not { } rerun || ledger.Read.NewestRun(run.Metadata.NamespaceProperty, rerun.Run) is not { } earlier)
            return [];
        var (before, definition) = (View(earlier), DefinitionOf(run));
        var kept = await keptResults.OfAsync(run.Metadata.NamespaceProperty, StoreOf(run), before.Attempts, cancellation);
        return await FileListing.AddAsync(TakeOver.Of(before, definition, rerun.From, kept.Contains), definition, RunCause.Of(run).Type == RunCause.Test, store, cancellation);
    }

    /// <summary>A run as it ended.</summary>
    private RunView View(RunRecord ended) => View(ended, DefinitionOf(ended), ledger.Read.Attempts(ended.Uid), clock.GetUtcNow());

    /// <summary>A run by its record.</summary>
    /// <param name="ended">The record.</param>
    /// <param name="definition">What it worked by.</param>
    /// <param name="attempts">Its attempts.</param>
    /// <param name="now">The present, for a run that has not ended.</param>
    public static RunView View(RunRecord ended, RunDefinition definition, IReadOnlyCollection<AttemptRecord> attempts, DateTimeOffset now) =>
        new()
        {
            Namespace = ended.Namespace,
            Name = ended.Name,
            Uid = ended.Uid,
            FlowName = ended.Flow,
            Definition = definition,
            Params = (JsonNode.Parse(ended.Params) as JsonObject ?? []).ToDictionary(p => p.Key, p => p.Value?.DeepClone()),
            Interval = ended.Interval is { } interval ? JsonSerializer.Deserialize(interval, KindsJson.Default.DataInterval) : null,
            Start = ended.Start,
            Attempts = attempts,
            Now = ended.End ?? now,
        };

    /// <summary>Why nothing can be taken over from the run that is named, in one line; null if it can, or none is.</summary>
    private string? RerunProblem(FlowRun run, RunDefinition definition, Dictionary<string, JsonNode?> parameters)
    {
        if (run.Spec.Rerun is not { } rerun)
            return null;
        if (ledger.Read.NewestRun(run.Metadata.NamespaceProperty, rerun.Run) is not { } earlier || earlier.Phase == FlowPhase.Skipped)
            return $"spec.rerun.run: there is no record of a run {rerun.Run} in namespace {run.Metadata.NamespaceProperty}; slipway runs lists them";
        if (earlier.End is null)
            return $"spec.rerun.run: run {rerun.Run} has not ended; wait for its end, or delete it";
        if (earlier.Flow != run.Spec.Flow)
            return $"spec.rerun.run: run {rerun.Run} is of flow {earlier.Flow}, not of {run.Spec.Flow}";
        if (!JsonNode.DeepEquals(JsonNode.Parse(earlier.Params), JsonNode.Parse(RunParams.Json(parameters))))
            return $"spec.params: run {rerun.Run} had other parameters: {earlier.Params}; give the same, or start a run without rerun";
        if (earlier.Interval != Text(run.Spec.Interval))
            return $"spec.interval: run {rerun.Run} was for {(earlier.Interval is null ? "no interval" : $"the interval {earlier.Interval}")}; give the same, or start a run without rerun";
        var tasks = definition.Flow.Tasks.Select(t => t.Name);
        return rerun.From is { } from && !tasks.Contains(from) ? $"spec.rerun.from: flow {run.Spec.Flow} has no task {from}{NearestName.Hint(from, tasks)}" : null;
    }

    /// <summary>The run has ended.</summary>
    public void Forget(FlowRun run) => recorded.TryRemove(run.Metadata.Uid, out _);

    /// <summary>When a started run started.</summary>
    public static DateTimeOffset StartOf(FlowRun run) =>
        new(DateTime.SpecifyKind(run.Status?.StartTime ?? run.Metadata.CreationTimestamp ?? DateTime.UnixEpoch, DateTimeKind.Utc));

    /// <summary>The record of a run.</summary>
    public static RunRecord Record(FlowRun run, string phase, string? message, DateTimeOffset? end) => new()
    {
        Uid = run.Metadata.Uid,
        Namespace = run.Metadata.NamespaceProperty,
        Name = run.Metadata.Name,
        Flow = run.Spec.Flow,
        Params = RunParams.Json(run.Status?.Params ?? run.Spec.Params ?? []),
        Interval = Text(run.Spec.Interval),
        Cause = JsonSerializer.Serialize(RunCause.Of(run), KindsJson.Default.RunCause),
        Spec = run.Status?.Flow is { } flow ? JsonSerializer.Serialize(flow, KindsJson.Default.FlowSpec) : "{}",
        Flows = run.Status?.Flows is { } flows ? JsonSerializer.Serialize(flows, KindsJson.Default.DictionaryStringFlowSpec) : "{}",
        Store = StoreOf(run),
        Phase = phase,
        Message = message ?? "",
        Start = StartOf(run),
        End = end,
    };

    /// <summary>The declared store in which a run keeps what it leaves, as the copy of its flow says; null for the node's own.</summary>
    public static string? StoreOf(FlowRun run) => run.Status?.Flow?.Artifacts?.Store;

    private static string? Text(DataInterval? interval) => interval is null ? null : JsonSerializer.Serialize(interval, KindsJson.Default.DataInterval);

    /// <summary>What a started run works by.</summary>
    public static RunDefinition DefinitionOf(FlowRun run) => new(run.Status!.Flow!, run.Status.Flows ?? []);

    /// <summary>What a run worked by, from the ledger.</summary>
    public static RunDefinition DefinitionOf(RunRecord record) => new(
        JsonSerializer.Deserialize(record.Spec, KindsJson.Default.FlowSpec) ?? new FlowSpec(),
        JsonSerializer.Deserialize(record.Flows, KindsJson.Default.DictionaryStringFlowSpec) ?? []);

    /// <summary>Reads the flows that tasks call, directly or through others; says which one is not there.</summary>
    private async ValueTask<string?> CollectAsync(string ns, FlowSpec caller, Dictionary<string, FlowSpec> called, CancellationToken cancellation)
    {
        foreach (var name in caller.WrittenTasks.Select(t => t.Flow).OfType<string>())
        {
            if (called.ContainsKey(name) || called.Count > RunDefinition.FlowLimit)
                continue;
            if (await api.GetAsync(FlowKinds.Flows, ns, name, cancellation) is not { } flow)
                return $"waits for flow {name}, which a task calls and which is not in namespace {ns}";
            called[name] = flow.Spec;
            if (await CollectAsync(ns, flow.Spec, called, cancellation) is { } missing)
                return missing;
        }

        return null;
    }

    /// <summary>What is wrong with the flows of a run, in one line; null if nothing is.</summary>
    private static string? Problem(string name, RunDefinition definition)
    {
        if (definition.Flows.Count > RunDefinition.FlowLimit)
            return $"flow {name} calls more than {RunDefinition.FlowLimit} flows; join some of them";
        foreach (var (flow, spec) in definition.Flows.Prepend(KeyValuePair.Create(name, definition.Flow)))
        {
            if (FlowRules.Validate(spec, definition) is [var cause, ..])
                return $"flow {flow} is not valid: {cause.Field}: {cause.Message}";
        }

        return null;
    }

    private async ValueTask FailAsync(FlowRun run, FlowSpec? flow, string message, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var due = flow is null ? null : NotificationOutbox.Of(run, flow, FlowPhase.Failed, false, () => null, now.UtcDateTime);
        await ledger.CommitAsync(new LedgerWrite(Record(run, FlowPhase.Failed, message, now), [], []), cancellation);
        if (due is not null)
            await NotificationOutbox.HoldAsync(api, run, cancellation);
        await WriteAsync(
            run,
            new FlowRunStatus
            {
                Phase = FlowPhase.Failed,
                Message = message,
                StartTime = now.UtcDateTime,
                CompletionTime = now.UtcDateTime,
                Notifications = due,
            },
            cancellation);
    }

    private ValueTask WaitAsync(FlowRun run, string message, CancellationToken cancellation) =>
        WriteAsync(run, new FlowRunStatus { Phase = FlowPhase.Pending, Message = message }, cancellation);

    private async ValueTask WriteAsync(FlowRun run, FlowRunStatus status, CancellationToken cancellation) =>
        await api.PatchStatusAsync(FlowKinds.Runs, run, new FlowRun { Metadata = run.Metadata, Spec = run.Spec, Status = status }, cancellation);
}
