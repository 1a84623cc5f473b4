using System.CommandLine;
using Slipway.Cli.Runs;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway logs</c>: what the tasks of a run wrote.</summary>
public static class LogsCommand
{
    /// <summary>The command.</summary>
    public static Command Create(CliContext context)
    {
        var run = new Argument<string>("RUN") { Description = "Name of the run" };
        var task = new Argument<string?>("TASK") { Description = "Only this task, or this item of it, such as clean[3]; clean[3]#2 is its second attempt", Arity = ArgumentArity.ZeroOrOne };
        var follow = new Option<bool>("--follow", "-f") { Description = "Go on until the run ends" };
        var options = new ApiOptions();
        var command = new Command("logs", "Print what the tasks of a run wrote") { run, task, follow };
        options.AddTo(command, output: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            LoggedTask? only = null;
            if (parsed.GetValue(task) is { } text && (only = LoggedTask.Parse(text)) is null)
                throw new CommandException($"\"{text}\" does not name a task; name one as TASK, TASK[INDEX] for an item of forEach, or TASK#2 for its second attempt", ExitCodes.Usage);
            using var connection = options.Connect(context, parsed);
            await new RunLogs(connection, context, parsed.GetRequiredValue(run), only).PrintAsync(parsed.GetValue(follow), cancellation);
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
