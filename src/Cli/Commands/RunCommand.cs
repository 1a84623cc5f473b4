using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Cli.Manifests;
using Slipway.Cli.Output;
using Slipway.Cli.Runs;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway run</c>: starts a run of a flow and follows it to its end.</summary>
public static class RunCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var target = new Argument<string>("FILE|FLOW") { Description = "A file with a Flow, which is applied first, or the name of a flow" };
        var parameters = RunParameters.Option();
        var (start, end) = RunInterval.Options();
        var message = new Option<string?>("--message", "-m") { Description = "Why it is run, for the record", HelpName = "TEXT" };
        var detach = new Option<bool>("--detach") { Description = "Start the run and return" };
        var options = new ApiOptions();
        var command = new Command("run", "Run a flow; exit code 0 if it succeeds, 1 if it fails, 130 if interrupted") { target, parameters, start, end, message, detach };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var texts = RunParameters.Split(parsed.GetValue(parameters) ?? []);
            var interval = RunInterval.Of(parsed.GetValue(start), parsed.GetValue(end));
            var format = options.Format(parsed);
            using var connection = options.Connect(context, parsed);
            var (flow, place) = await FlowAsync(context, connection, parsed.GetRequiredValue(target), format, cancellation);
            var values = RunParameters.Of((await NamedFlow.GetAsync(place, flow, cancellation)).Spec, texts);
            var run = await place.Api.CreateAsync(FlowKinds.Runs, new FlowRun
            {
                Metadata = new() { GenerateName = $"{flow}-", NamespaceProperty = place.Namespace },
                Spec = new() { Flow = flow, Params = values.Count > 0 ? values : null, Interval = interval, Cause = new() { Type = RunCause.User, By = await place.WhoAmIAsync(cancellation), Message = parsed.GetValue(message) } },
            }, cancellation);
            var name = run.Metadata.Name;
            if (parsed.GetValue(detach))
            {
                await PrintAsync(context, run, format, $"Run {name} is started; \"slipway runs watch {name}\" follows it.");
                return ExitCodes.Succeeded;
            }
            return await FollowAsync(context, place, name, format, cancellation);
        });
        return command;
    }

    /// <summary>Follows a run to its end, which may have come already, and prints what it left.</summary>
    internal static async Task<int> FollowAsync(CliContext context, ApiConnection place, string name, OutputFormat format, CancellationToken cancellation)
    {
        var started = context.Clock.GetTimestamp();
        FlowRun ended;
        try
        {
            if (format == OutputFormat.Table) await context.Out.WriteLineAsync($"Run {name}");
            var states = new ObjectFollower<FlowRun>(FlowKinds.Runs, "run", place, context.Clock).FollowAsync(name, r => FlowPhase.IsFinal(r.Status?.Phase), cancellation);
            ended = format == OutputFormat.Table ? await RunDisplay.ShowAsync(context, states, cancellation) : await LastAsync(states, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await context.Error.WriteLineAsync($"Interrupted; the run goes on: \"slipway runs watch {name}\" follows it again, \"slipway stop {name}\" ends it.");
            return ExitCodes.Interrupted;
        }
        var took = Units.Duration(ended.Status is { StartTime: { } start, CompletionTime: { } end } ? end - start : context.Clock.GetElapsedTime(started));
        if (ended.Status?.Phase != FlowPhase.Succeeded)
        {
            if (format != OutputFormat.Table) await PrintAsync(context, ended, format, "");
            throw new CommandException($"run {name} failed after {took}: {ended.Status?.Message ?? "no reason is known"}");
        }
        await PrintAsync(context, ended, format, $"Run {name} succeeded in {took}.");
        if (format == OutputFormat.Table && await RecordAsync(place, ended.Metadata.Uid ?? name, cancellation) is { } record) await PrintResultsAsync(context, name, record);
        return ExitCodes.Succeeded;
    }

    // Who may start runs may not be allowed to read the records, which may not be served now either: the run has succeeded all the same.
    private static async Task<JsonObject?> RecordAsync(ApiConnection place, string run, CancellationToken cancellation)
    {
        try
        {
            return await new LedgerClient(place).FindAsync(run, cancellation);
        }
        catch (ApiException e) when (e.Code is 403 or 503)
        {
            return null;
        }
    }

    private static async Task PrintResultsAsync(CliContext context, string name, JsonObject record)
    {
        await context.Out.WriteAsync(RunRecordView.Results(record));
        if (RunRecordView.FinalFiles(record) is not { Count: > 0 } files) return;
        await context.Out.WriteLineAsync("\nFiles:");
        foreach (var file in files) await context.Out.WriteLineAsync($"  slipway runs get {name} {file}");
    }

    // A file brings its own namespace, in which the run is then made.
    private static async Task<(string Flow, ApiConnection Place)> FlowAsync(CliContext context, ApiConnection connection, string target, OutputFormat format, CancellationToken cancellation)
    {
        var isFile = target == "-" || target.Contains('/') || Path.GetExtension(target) is ".yaml" or ".yml" or ".json" || File.Exists(target);
        if (!isFile) return (target, connection);
        var manifests = await Manifest.ReadAsync(target, context.In, cancellation);
        var flows = manifests.Where(m => m.Document.Kind == "Flow" && m.Document.ApiVersion.StartsWith("slipway.dev/", StringComparison.Ordinal)).ToList();
        if (flows is not [var flow])
            throw new CommandException($"{target} holds {(flows.Count == 0 ? "no Flow" : $"{flows.Count} flows")}; a run needs one: apply the file, and run a flow by its name");
        var application = new Application(connection);
        foreach (var manifest in manifests)
        {
            var applied = await application.ApplyAsync(manifest, cancellation);
            if (format == OutputFormat.Table) await context.Out.WriteLineAsync($"{applied.Label} {applied.Outcome}");
        }
        return (flow.Document.Name, flow.Document.Namespace is { Length: > 0 } ns ? connection with { Namespace = ns } : connection);
    }

    private static async Task<FlowRun> LastAsync(IAsyncEnumerable<FlowRun> states, CancellationToken cancellation)
    {
        FlowRun? last = null;
        await foreach (var state in states.WithCancellation(cancellation)) last = state;
        return last!;
    }

    private static async Task PrintAsync(CliContext context, FlowRun run, OutputFormat format, string line)
    {
        if (format == OutputFormat.Table) await context.Out.WriteLineAsync(line);
        else await DocumentPrinter.PrintAsync(context.Out, FlowKinds.Runs.ToDocument(run), format);
    }
}
