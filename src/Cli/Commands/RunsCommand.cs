using System.CommandLine;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Cli.Output;
using Slipway.Cli.Runs;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway runs</c>: the history of runs, one run in full, what it does now, and what its tasks left.</summary>
public static class RunsCommand
{
    private const int Shown = 100;

    private static readonly string[] Phases = [FlowPhase.Pending, FlowPhase.Running, FlowPhase.Succeeded, FlowPhase.Failed, FlowPhase.Skipped];

    /// <summary>The command with its subcommands.</summary>
    public static Command Create(CliContext context)
    {
        var flow = new Argument<string?>("FLOW") { Description = "Only runs of this flow", Arity = ArgumentArity.ZeroOrOne };
        var flowOption = new Option<string?>("--flow") { Description = "The same as FLOW", HelpName = "FLOW" };
        var phase = new Option<string?>("--phase") { Description = "Only runs of this phase", HelpName = "PHASE" };
        phase.AcceptOnlyFromAmong(Phases);
        var since = new Option<string?>("--since") { Description = "Only runs that started at this time or later: a time, or how long ago, such as 7d", HelpName = "TIME" };
        var limit = new Option<int>("--limit") { Description = "How many at most, up to 1000", HelpName = "N", DefaultValueFactory = _ => Shown };
        var options = new ApiOptions("name");
        var command = new Command("runs", "List runs, newest first, and what those under way wait for; show or follow one; get what its tasks left")
        {
            flow, flowOption, phase, since, limit, Show(context), Watch(context), ArtifactsCommand.Get(context), WasteCommand.Create(context),
        };
        options.AddTo(command, allNamespaces: true);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = options.Connect(context, parsed);
            var filter = new RunFilter
            {
                Flow = parsed.GetValue(flowOption) ?? parsed.GetValue(flow),
                Phase = parsed.GetValue(phase),
                Since = TimeOption.ParseSince("--since", parsed.GetValue(since), context.Clock.GetUtcNow()),
                Limit = parsed.GetValue(limit),
            };
            var everywhere = options.Everywhere(parsed);
            var document = await new LedgerClient(connection, everywhere).ListAsync(filter, cancellation);
            var live = await NamedRun.IfAllowedAsync(async () => (await connection.Api.ListAsync(FlowKinds.Runs, everywhere ? null : connection.Namespace, null, cancellation)).Items);
            var open = (live ?? []).Where(run => !FlowPhase.IsFinal(run.Status?.Phase)).ToList();
            var runs = Merged(document["items"]!.AsArray().Select(item => item!.AsObject()), open, filter).ToList();
            if (options.Format(parsed) is var format && format == OutputFormat.Name)
            {
                // With -A as words of a command line, since a name alone finds the run of another namespace, or none.
                foreach (var run in runs) await context.Out.WriteLineAsync(everywhere ? $"{run["name"]} -n {run["namespace"]}" : (string)run["name"]!);
            }
            else if (format != OutputFormat.Table)
            {
                document["items"] = new JsonArray([.. runs.Select(run => run.DeepClone())]);
                await DocumentPrinter.PrintAsync(context.Out, document, format);
            }
            else if (runs.Count > 0)
            {
                await context.Out.WriteAsync(RunRecordView.Runs(runs, open, context.Clock.GetUtcNow(), everywhere));
            }
            else
            {
                await context.Error.WriteLineAsync(await NoneAsync(connection, filter, everywhere, cancellation));
            }
            return ExitCodes.Succeeded;
        });
        return command;
    }

    /// <summary>What is recorded, and what is not because nothing in it has ended yet: first what has not started, then the newest.</summary>
    private static IEnumerable<JsonObject> Merged(IEnumerable<JsonObject> records, IEnumerable<FlowRun> open, RunFilter filter)
    {
        var unrecorded = open.Where(run => (filter.Flow is null || filter.Flow == run.Spec.Flow)
            && (filter.Phase is null || filter.Phase == (run.Status?.Phase ?? FlowPhase.Pending))
            && (filter.Since is null || run.Status?.StartTime is not { } start || start.ToUniversalTime() >= filter.Since.Value.UtcDateTime));
        // Times are written alike, so that they sort as texts.
        return records.Concat(unrecorded.Select(RunRecordView.Of)).DistinctBy(r => (string?)r["uid"]).OrderByDescending(r => (string?)r["startTime"] ?? "9", StringComparer.Ordinal).Take(filter.Limit);
    }

    private static async Task<string> NoneAsync(ApiConnection connection, RunFilter filter, bool everywhere, CancellationToken cancellation)
    {
        var place = everywhere ? "" : $" in namespace {connection.Namespace}{await AbsentName.NamespaceAsync(connection, cancellation)}";
        if (filter.Flow is { } flow)
        {
            var flows = await NamedRun.IfAllowedAsync(async () => (await connection.Api.ListAsync(FlowKinds.Flows, everywhere ? null : connection.Namespace, null, cancellation)).Items.Select(f => f.Metadata.Name).ToList());
            if (flows?.Contains(flow) == false) return $"No runs of a flow \"{flow}\" found{place}, which is not there either{NearestName.Hint(flow, flows)}";
        }
        return filter is { Flow: null, Phase: null, Since: null } ? $"No runs found{place}; \"slipway run FILE\" starts one." : $"No such runs found{place}.";
    }

    private static Command Show(CliContext context)
    {
        var run = new Argument<string>("RUN") { Description = "Name of the run" };
        var options = new ApiOptions();
        var command = new Command("show", "Show a run: what it does now, and each attempt with where, how long, how much memory, what it left") { run };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = options.Connect(context, parsed);
            var name = parsed.GetRequiredValue(run);
            var live = await NamedRun.IfAllowedAsync(async () => await connection.Api.GetAsync(FlowKinds.Runs, connection.Namespace, name, cancellation));
            // By uid, since the newest record of the name may be of a run that was deleted.
            var document = await new LedgerClient(connection).FindAsync(live?.Metadata.Uid ?? name, cancellation)
                ?? (live is null ? throw await NamedRun.AbsentAsync(connection, name, cancellation) : RunRecordView.Of(live));
            if (options.Format(parsed) is var format and not OutputFormat.Table)
                await DocumentPrinter.PrintAsync(context.Out, document, format);
            else
                await context.Out.WriteAsync(RunRecordView.Run(document, context.Clock.GetUtcNow(), live is null ? "" : await NowAsync(context, connection, live, cancellation)));
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static async Task<string> NowAsync(CliContext context, ApiConnection connection, FlowRun run, CancellationToken cancellation)
    {
        if (FlowPhase.IsFinal(run.Status?.Phase)) return "";
        var pods = await NamedRun.IfAllowedAsync(async () => (await connection.Api.ListAsync(FlowKinds.Pods, connection.Namespace, new() { LabelSelector = FlowNames.RunLabel }, cancellation)).Items);
        var name = run.Metadata.Name;
        return $"{RunNow.Table(run, [.. pods ?? []], context.Clock.GetUtcNow())}\"slipway runs watch {name}\" follows it; \"slipway why flowrun/{name}\" looks into what holds it up.\n";
    }

    private static Command Watch(CliContext context)
    {
        var run = new Argument<string>("RUN|BACKFILL") { Description = "Name of the run, or of the backfill" };
        var options = new ApiOptions();
        var command = new Command("watch", "Follow a run or a backfill to its end, as slipway run and backfill do, with the same exit codes") { run };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = options.Connect(context, parsed);
            var name = parsed.GetRequiredValue(run);
            if (await connection.Api.GetAsync(FlowKinds.Runs, connection.Namespace, name, cancellation) is not null)
                return await RunCommand.FollowAsync(context, connection, name, options.Format(parsed), cancellation);
            if (await NamedRun.IfAllowedAsync(async () => await connection.Api.GetAsync(FlowKinds.Backfills, connection.Namespace, name, cancellation)) is not null)
                return await BackfillCommand.FollowAsync(context, connection, name, options.Format(parsed), cancellation);
            var record = await NamedRun.RecordAsync(connection, name, cancellation);
            throw new CommandException($"run {name} is deleted, so that there is nothing to follow; \"slipway runs show {name}\" shows its record ({record["phase"]})", ExitCodes.Usage);
        });
        return command;
    }
}
