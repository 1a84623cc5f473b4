using System.CommandLine;
using Slipway.Api.Kinds;
using Slipway.Cli.Output;
using Slipway.Cli.Runs;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway backfill</c>: runs a flow for times of its schedule in the past, and follows to the end.</summary>
public static class BackfillCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var flow = new Argument<string>("FLOW") { Description = "Name of the flow" };
        var from = new Option<string>("--from") { Description = "Run for intervals of data that begin at this time or later, such as 2026-01-01, in the schedule's time zone if it has no offset", HelpName = "TIME", Required = true };
        var to = new Option<string>("--to") { Description = "And before this one", HelpName = "TIME", Required = true };
        var schedule = new Option<string?>("--schedule") { Description = "The schedule whose times are run, of a flow with several", HelpName = "NAME" };
        var parallel = new Option<int>("--parallel") { Description = "How many runs at the same time", HelpName = "N", DefaultValueFactory = _ => 1 };
        var failed = new Option<bool>("--failed") { Description = "Run those again that have failed before" };
        var detach = new Option<bool>("--detach") { Description = "Start and return" };
        var options = new ApiOptions();
        var command = new Command("backfill", "Run a flow for times in the past that have not been run; exit code 0 if all succeed, 1 if one fails, 130 if interrupted")
        {
            flow, from, to, schedule, parallel, failed, detach,
        };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var format = options.Format(parsed);
            using var connection = options.Connect(context, parsed);
            var name = parsed.GetRequiredValue(flow);
            var entry = NamedFlow.Schedule(await NamedFlow.GetAsync(connection, name, cancellation), parsed.GetValue(schedule));
            var zone = TimeOption.Zone(entry.Schedule.TimeZone);
            var backfill = await connection.Api.CreateAsync(FlowKinds.Backfills, new FlowBackfill
            {
                Metadata = new() { GenerateName = $"{name}-", NamespaceProperty = connection.Namespace },
                Spec = new()
                {
                    Flow = name,
                    Schedule = entry.Name == FlowScheduleEntry.Default ? null : entry.Name,
                    From = TimeOption.Parse("--from", parsed.GetRequiredValue(from), zone),
                    To = TimeOption.Parse("--to", parsed.GetRequiredValue(to), zone),
                    Parallel = parsed.GetValue(parallel),
                    RetryFailed = parsed.GetValue(failed) ? true : null,
                },
            }, cancellation);
            if (!parsed.GetValue(detach))
                return await FollowAsync(context, connection, backfill.Metadata.Name, format, cancellation);
            await PrintAsync(context, backfill, format, $"Backfill {backfill.Metadata.Name} is started; \"slipway runs watch {backfill.Metadata.Name}\" follows it.");
            return ExitCodes.Succeeded;
        });
        return command;
    }

    /// <summary>Follows a backfill to its end, which may have come already.</summary>
    internal static async Task<int> FollowAsync(CliContext context, ApiConnection connection, string name, OutputFormat format, CancellationToken cancellation)
    {
        FlowBackfill? last = null;
        try
        {
            if (format == OutputFormat.Table) await context.Out.WriteLineAsync($"Backfill {name}");
            var told = "";
            var follower = new ObjectFollower<FlowBackfill>(FlowKinds.Backfills, "backfill", connection, context.Clock);
            await foreach (var state in follower.FollowAsync(name, b => FlowPhase.IsFinal(b.Status?.Phase), cancellation))
            {
                last = state;
                if (format != OutputFormat.Table || Line(state) is not { Length: > 0 } line || line == told) continue;
                told = line;
                await context.Out.WriteLineAsync(line);
                await context.Out.FlushAsync(cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            await context.Error.WriteLineAsync($"Interrupted; the backfill goes on: \"slipway runs watch {name}\" follows it again, \"slipway delete flowbackfill {name}\" stops it.");
            return ExitCodes.Interrupted;
        }
        if (format != OutputFormat.Table) await PrintAsync(context, last!, format, "");
        return last!.Status?.Phase == FlowPhase.Succeeded ? ExitCodes.Succeeded : throw new CommandException($"backfill {name} failed: {last.Status?.Message ?? "no reason is known"}");
    }

    private static string Line(FlowBackfill backfill) => backfill.Status switch
    {
        { Phase: FlowPhase.Pending, Message: { } message } => message,
        { Phase: FlowPhase.Succeeded, Message: { } message } => message,
        { Progress: { } progress } status => $"{progress} done{Count(status.Running, "running")}{Count(status.Failed, "failed")}",
        _ => "",
    };

    private static string Count(int? count, string what) => count > 0 ? $", {count} {what}" : "";

    private static async Task PrintAsync(CliContext context, FlowBackfill backfill, OutputFormat format, string line)
    {
        if (format == OutputFormat.Table) await context.Out.WriteLineAsync(line);
        else await DocumentPrinter.PrintAsync(context.Out, FlowKinds.Backfills.ToDocument(backfill), format);
    }
}
