using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Runs;

/// <summary>What people decide on a run that is under way.</summary>
internal sealed class RunSteering(ApiConnection connection, TimeProvider clock)
{
    private const int Tries = 5;

    /// <summary>Starts nothing new, or goes on.</summary>
    public Task SuspendAsync(string run, bool suspend, CancellationToken cancellation) =>
        ChangeAsync(run, _ => new JsonObject { ["suspend"] = suspend ? true : null }, cancellation);

    /// <summary>Ends the run before all is done.</summary>
    public async Task StopAsync(string run, string? message, CancellationToken cancellation)
    {
        var stop = await DecisionAsync(message, cancellation);
        await ChangeAsync(run, found => found.Spec.Stop is null ? new JsonObject { ["stop"] = stop.DeepClone() } : null, cancellation);
    }

    /// <summary>Lets a task with approve go on, or fail.</summary>
    /// <exception cref="CommandException">The run has no such task, or it was decided on.</exception>
    public async Task DecideAsync(string run, TaskPath task, bool approve, string? message, CancellationToken cancellation)
    {
        var decision = await DecisionAsync(message, cancellation);
        decision["task"] = task.Text;
        decision["approved"] = approve;
        await ChangeAsync(run, found =>
        {
            Check(found, task);
            if (found.Spec.Approvals?.Find(a => a.Task == task.Text) is { } earlier)
                throw new CommandException($"{task} was {(earlier.Approved ? "approved" : "denied")} by {earlier.By} already");
            // The list is written whole: the resource version keeps two people from losing each other's.
            var approvals = FlowKinds.Runs.ToDocument(found)["spec"]?["approvals"]?.DeepClone() as JsonArray ?? [];
            approvals.Add(decision.DeepClone());
            return new JsonObject { ["approvals"] = approvals };
        }, cancellation);
    }

    /// <summary>Says which tasks of a run wait for a decision, to somebody who has named none.</summary>
    public async Task<CommandException> UndecidedAsync(string run, CancellationToken cancellation)
    {
        var found = await connection.Api.GetAsync(FlowKinds.Runs, connection.Namespace, run, cancellation) ?? throw await NamedRun.AbsentAsync(connection, run, cancellation);
        var waiting = (found.Status?.Tasks ?? []).Select(t => t.Message).OfType<string>().Where(m => m.Contains(" waits for approval", StringComparison.Ordinal)).Distinct().ToList();
        return new(waiting.Count == 0 ? $"no task of run {run} waits for approval; \"slipway runs show {run}\" shows what it does" : $"TASK is missing: {string.Join("; ", waiting)}", ExitCodes.Usage);
    }

    private static void Check(FlowRun run, TaskPath task)
    {
        if (run.Status?.Flow is not { } flow)
            throw new CommandException($"run {run.Metadata.Name} has not started yet: {run.Status?.Message ?? "it waits for the flow controller"}");
        var definition = new RunDefinition(flow, run.Status.Flows ?? []);
        if (definition.Find(task) is not var (_, found))
            throw new CommandException($"run {run.Metadata.Name} has no task \"{task}\"{NearestName.Hint(task.Task, (run.Status.Tasks ?? []).Select(t => t.Name))}; \"slipway runs show {run.Metadata.Name}\" shows what waits");
        if (found.Approve is null)
            throw new CommandException($"task \"{task}\" of run {run.Metadata.Name} waits for no approval: it has no approve");
        if ((found.ForEach is not null) != (task.Index is not null))
            throw new CommandException($"task \"{task}\" of run {run.Metadata.Name} {(found.ForEach is null ? "has no forEach; leave the index out" : $"has forEach; name an item, such as {task}[0]")}", ExitCodes.Usage);
    }

    /// <summary>Changes the spec of a run that has not ended; null for no change.</summary>
    private async Task ChangeAsync(string name, Func<FlowRun, JsonObject?> change, CancellationToken cancellation)
    {
        for (var i = 1; ; i++)
        {
            var run = await connection.Api.GetAsync(FlowKinds.Runs, connection.Namespace, name, cancellation)
                ?? throw await NamedRun.AbsentAsync(connection, name, cancellation);
            if (FlowPhase.IsFinal(run.Status?.Phase))
                throw new CommandException($"run {name} has ended already: {run.Status!.Phase}");
            if (change(run) is not { } spec)
                return;
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = run.Metadata.ResourceVersion }, ["spec"] = spec };
            try
            {
                await connection.Api.PatchAsync(FlowKinds.Runs, connection.Namespace, name, patch, cancellation: cancellation);
                return;
            }
            catch (ApiException e) when (e.Code == 409 && i < Tries)
            {
                // The controller has written its status meanwhile.
            }
        }
    }

    /// <summary>Who decides, as the cluster knows them, and when.</summary>
    private async Task<JsonObject> DecisionAsync(string? message, CancellationToken cancellation)
    {
        var decision = new JsonObject
        {
            ["by"] = await connection.WhoAmIAsync(cancellation) ?? "unknown",
            ["at"] = clock.GetUtcNow().UtcDateTime.ToString(PreciseTimeConverter.Format, CultureInfo.InvariantCulture),
        };
        if (message is not null)
            decision["message"] = message;
        return decision;
    }
}
