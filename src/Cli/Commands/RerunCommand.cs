using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Cli.Output;
using Slipway.Cli.Runs;
using Slipway.Client;
using Slipway.Flows;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway rerun</c>: runs again what has not succeeded in a run, and takes over the rest.</summary>
public static class RerunCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var run = new Argument<string>("RUN") { Description = "Name of a run that has ended" };
        var from = new Option<string?>("--from") { Description = "Run this task again too, and all that comes after it", HelpName = "TASK" };
        var message = new Option<string?>("--message", "-m") { Description = "Why it is run, for the record", HelpName = "TEXT" };
        var detach = new Option<bool>("--detach") { Description = "Start the run and return" };
        var options = new ApiOptions();
        var command = new Command("rerun", "Start a run that takes over what succeeded in an earlier one and runs the rest, by the flow as it is now") { run, from, message, detach };
        options.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            var format = options.Format(parsed);
            using var connection = options.Connect(context, parsed);
            var earlier = parsed.GetRequiredValue(run);
            var record = await NamedRun.RecordAsync(connection, earlier, cancellation);
            var flow = (string)record["flow"]!;
            var made = await connection.Api.CreateAsync(FlowKinds.Runs, new FlowRun
            {
                Metadata = new() { GenerateName = $"{flow}-", NamespaceProperty = connection.Namespace },
                Spec = new()
                {
                    Flow = flow,
                    Params = (record["params"] as JsonObject)?.ToDictionary(p => p.Key, p => p.Value?.DeepClone()),
                    Interval = record["interval"]?.Deserialize(KindsJson.Default.DataInterval),
                    Rerun = new() { Run = earlier, From = parsed.GetValue(from) },
                    Cause = new() { Type = RunCause.Rerun, By = await connection.WhoAmIAsync(cancellation), Message = parsed.GetValue(message) ?? $"of {earlier}" },
                },
            }, cancellation);
            if (!parsed.GetValue(detach))
                return await RunCommand.FollowAsync(context, connection, made.Metadata.Name, format, cancellation);
            if (format == OutputFormat.Table) await context.Out.WriteLineAsync($"Run {made.Metadata.Name} is started; \"slipway runs watch {made.Metadata.Name}\" follows it.");
            else await DocumentPrinter.PrintAsync(context.Out, FlowKinds.Runs.ToDocument(made), format);
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
