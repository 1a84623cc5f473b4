using System.CommandLine;
using Slipway.Api;
using Slipway.Cli.Completion;

namespace Slipway.Cli.Commands;

/// <summary><c>slipway completion</c>: lets a shell complete commands, options, and names of the cluster.</summary>
public static class CompletionCommand
{
    // A shell that waits longer seems to hang.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>The command that prints what a shell is to load.</summary>
    public static Command Create(CliContext context)
    {
        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", ShellScripts.All.Keys) };
        shell.AcceptOnlyFromAmong([.. ShellScripts.All.Keys]);
        var command = new Command("completion", "Print what lets a shell complete commands and names: source <(slipway completion bash)") { shell };
        command.SetAction(async (parsed, cancellation) =>
        {
            await context.Out.WriteAsync(ShellScripts.All[parsed.GetRequiredValue(shell)].AsMemory(), cancellation);
            return ExitCodes.Succeeded;
        });
        return command;
    }

    /// <summary>The hidden command that such a script asks: the words that the last one of a command line may be.</summary>
    public static Command Answer(CliContext context)
    {
        var line = new Argument<string>("LINE") { Description = "The command line up to the cursor" };
        var command = new Command("complete", "Print what the last word of a command line may be") { line };
        command.Hidden = true;
        command.SetAction(async (parsed, cancellation) =>
        {
            var unfinished = UnfinishedLine.Of(parsed.RootCommandResult.Command, parsed.GetRequiredValue(line));
            var words = unfinished.Words.Concat(await NamesAsync(context, unfinished, cancellation)).Distinct().Order(StringComparer.Ordinal);
            foreach (var word in words) await context.Out.WriteLineAsync(word);
            return ExitCodes.Succeeded;
        });
        return command;
    }

    // Without a cluster there is nothing to complete, and nobody to be told.
    private static async Task<IEnumerable<string>> NamesAsync(CliContext context, UnfinishedLine line, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Patience, context.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        try
        {
            return await ClusterNames.OfAsync(context, line, either.Token);
        }
        catch (Exception e) when (e is ApiException or IOException or CommandException or OperationCanceledException)
        {
            return [];
        }
    }
}
