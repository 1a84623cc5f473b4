using System.CommandLine;
using Slipway.Cli.Runs;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway cache</c>: what tasks with <c>cache</c> take from earlier runs.</summary>
public static class CacheCommand
{
    /// <summary>The command with its subcommand.</summary>
    public static Command Create(CliContext context) => new("cache", "Manage the results that tasks take from earlier runs") { Invalidate(context) };

    private static Command Invalidate(CliContext context)
    {
        var flow = new Argument<string>("FLOW") { Description = "Name of the flow" };
        var task = new Argument<string?>("TASK") { Description = "Only results of this task; of a task in a call by its path, such as etl.clean", Arity = ArgumentArity.ZeroOrOne };
        var options = new ApiOptions();
        var command = new Command("invalidate", "Forget the results of a flow's tasks, so that they run again; what they left stays") { flow, task };
        options.AddTo(command, output: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = options.Connect(context, parsed);
            var (name, only) = (parsed.GetRequiredValue(flow), parsed.GetValue(task));
            var count = await new LedgerClient(connection).InvalidateAsync(name, only, cancellation);
            var what = only is null ? $"flow {name}" : $"task {only} of flow {name}";
            await context.Out.WriteLineAsync(count switch
            {
                0 => $"There are no results of {what}.",
                1 => $"One result of {what} is forgotten.",
                _ => $"{count} results of {what} are forgotten.",
            });
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
