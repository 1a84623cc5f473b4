using System.CommandLine;
using Slipway.Api.Kinds;
using Slipway.Cli.Output;
using Slipway.Cli.Runs;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway runs</c>: the history of runs, one run in full, and what its tasks left.</summary>
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
        var options = new ApiOptions();
        var command = new Command("runs", "List runs, newest first; show one; get what its tasks left")
        {
            flow, flowOption, phase, since, limit, Show(context), ArtifactsCommand.Get(context), WasteCommand.Create(context),
        };
        options.AddTo(command);
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
            var document = await new LedgerClient(connection).ListAsync(filter, cancellation);
            if (options.Format(parsed) is var format and not OutputFormat.Table)
            {
                await DocumentPrinter.PrintAsync(context.Out, document, format);
                return ExitCodes.Succeeded;
            }
            var records = document["items"]!.AsArray().Select(item => item!.AsObject()).ToList();
            var recorded = records.Select(r => (string?)r["uid"]).ToHashSet();
            var live = await connection.Api.ListAsync(FlowKinds.Runs, connection.Namespace, null, cancellation);
            var waiting = live.Items.Where(run => run.Status?.StartTime is null && !recorded.Contains(run.Metadata.Uid)
                && (filter.Flow is null || filter.Flow == run.Spec.Flow) && filter.Phase is null or FlowPhase.Pending).ToList();
            if (records.Count + waiting.Count == 0)
                await context.Error.WriteLineAsync($"No runs found in namespace {connection.Namespace}; \"slipway run FILE\" starts one.");
            else
                await context.Out.WriteAsync(RunRecordView.Runs(records, waiting, context.Clock.GetUtcNow()));
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static Command Show(CliContext context)
    {
        var run = new Argument<string>("RUN") { Description = "Name of the run" };
        var options = new ApiOptions();
        var command = new Command("show", "Show a run with each attempt: where, how long, with how much memory, what it left") { run };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = options.Connect(context, parsed);
            var name = parsed.GetRequiredValue(run);
            var document = await new LedgerClient(connection).FindAsync(name, cancellation)
                ?? throw await AbsentAsync(connection, name, cancellation);
            if (options.Format(parsed) is var format and not OutputFormat.Table) await DocumentPrinter.PrintAsync(context.Out, document, format);
            else await context.Out.WriteAsync(RunRecordView.Run(document, context.Clock.GetUtcNow()));
            return ExitCodes.Succeeded;
        });
        return command;
    }

    private static async Task<CommandException> AbsentAsync(ApiConnection connection, string name, CancellationToken cancellation) =>
        await connection.Api.GetAsync(FlowKinds.Runs, connection.Namespace, name, cancellation) is { } run
            ? new($"run {name} has not started yet: {run.Status?.Message ?? "it is pending"}")
            : new($"there is no run \"{name}\" in namespace {connection.Namespace}; \"slipway runs\" lists them");
}
