using System.CommandLine;
using Slipway.Api.Kinds;
using Slipway.Cli.Runs;

namespace Slipway.Cli.Commands;

/// <summary>What people decide on a run that is under way: <c>slipway approve</c>, <c>suspend</c>, <c>resume</c> and <c>stop</c>.</summary>
public static class SteeringCommands
{
    /// <summary><c>slipway approve</c>: lets a task that waits for approval go on, or denies it.</summary>
    public static Command Approve(CliContext context)
    {
        var task = new Argument<string?>("TASK") { Description = "The task that waits, such as publish or 'days[1].publish'; left out, the command says which do", Arity = ArgumentArity.ZeroOrOne };
        var deny = new Option<bool>("--deny") { Description = "Let the task fail instead" };
        var message = new Option<string?>("--message", "-m") { Description = "Why", HelpName = "MESSAGE" };
        return Create(context, "approve", "Approve a task of a run that waits for it", [task, deny, message], async (steering, run, parsed, cancellation) =>
        {
            var text = parsed.GetValue(task) ?? throw await steering.UndecidedAsync(run, cancellation);
            if (TaskPath.TryParse(text) is not { } path)
                throw new CommandException($"\"{text}\" does not name a task; name one as TASK, TASK[INDEX] or CALL.TASK", ExitCodes.Usage);
            await steering.DecideAsync(run, path, !parsed.GetValue(deny), parsed.GetValue(message), cancellation);
            return $"{path} of run {run} {(parsed.GetValue(deny) ? "denied" : "approved")}";
        });
    }

    /// <summary><c>slipway suspend</c>: lets a run start nothing new.</summary>
    public static Command Suspend(CliContext context) => Create(context, "suspend", "Start nothing new in a run; what runs goes on", [], async (steering, run, _, cancellation) =>
    {
        await steering.SuspendAsync(run, suspend: true, cancellation);
        return $"run {run} suspended; go on with slipway resume {run}";
    });

    /// <summary><c>slipway resume</c>: lets a suspended run go on.</summary>
    public static Command Resume(CliContext context) => Create(context, "resume", "Let a suspended run go on", [], async (steering, run, _, cancellation) =>
    {
        await steering.SuspendAsync(run, suspend: false, cancellation);
        return $"run {run} resumed";
    });

    /// <summary><c>slipway stop</c>: ends a run before all is done.</summary>
    public static Command Stop(CliContext context)
    {
        var message = new Option<string?>("--message", "-m") { Description = "Why", HelpName = "MESSAGE" };
        return Create(context, "stop", "End a run: what runs is ended, tasks of always run, and the run has failed", [message], async (steering, run, parsed, cancellation) =>
        {
            await steering.StopAsync(run, parsed.GetValue(message), cancellation);
            return $"run {run} stopped";
        });
    }

    private static Command Create(
        CliContext context, string name, string description, Symbol[] symbols, Func<RunSteering, string, ParseResult, CancellationToken, Task<string>> act)
    {
        var run = new Argument<string>("RUN") { Description = "Name of the run" };
        var options = new ApiOptions();
        var command = new Command(name, description) { run };
        foreach (var argument in symbols.OfType<Argument>())
            command.Add(argument);
        foreach (var option in symbols.OfType<Option>())
            command.Add(option);
        options.AddTo(command, output: false);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var connection = options.Connect(context, parsed);
            await context.Out.WriteLineAsync(await act(new RunSteering(connection, context.Clock), parsed.GetRequiredValue(run), parsed, cancellation));
            return ExitCodes.Succeeded;
        });
        return command;
    }
}
