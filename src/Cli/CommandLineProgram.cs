using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Slipway.Api;
using Slipway.Cli.Output;

namespace Slipway.Cli;

/// <summary>Runs a command line: the one place where failures become exit codes and sentences.</summary>
public static class CommandLineProgram
{
    /// <summary>Parses and runs; returns the process's exit code, one of <see cref="ExitCodes"/>.</summary>
    public static async Task<int> RunAsync(RootCommand root, IReadOnlyList<string> arguments, CliContext context, CancellationToken cancellation)
    {
        var parsed = root.Parse(arguments.Count == 0 ? ["--help"] : arguments);
        if (parsed.Action is ParseErrorAction or null || UnknownOption(parsed) is not null)
        {
            await context.Error.WriteLineAsync($"error: {Sentence(Fault(parsed))} See \"{Path(parsed.CommandResult.Command)} --help\".");
            return ExitCodes.Usage;
        }
        try
        {
            // Signals are the program's own business, and so are failures.
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                Output = context.Out,
                Error = context.Error,
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            }, cancellation);
        }
        catch (CommandException e)
        {
            await context.Error.WriteLineAsync($"error: {(e.Details.Count > 0 ? TerminalText.Escape(e.Message) : Sentence(e.Message))}");
            foreach (var detail in e.Details)
                await context.Error.WriteLineAsync($"  {TerminalText.Escape(detail)}");
            return e.ExitCode;
        }
        catch (ApiException e)
        {
            await context.Error.WriteLineAsync($"error: {Sentence(e.Message)}");
            return ExitCodes.Failed;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            await context.Error.WriteLineAsync($"error: {Sentence(e.Message)}");
            return ExitCodes.Failed;
        }
    }

    // The parser's own words for the most common mistakes name neither what was typed nor what is missing.
    private static string Fault(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        if (UnknownOption(parsed) is { } option)
            return $"\"{option}\" is not an option of this command{NearestName.Hint(option, command.Options.Select(o => o.Name))}";
        if (parsed.UnmatchedTokens is [var unknown, ..])
        {
            // Of a command with subcommands and an argument of its own, a misspelt subcommand is the argument.
            var names = command.Subcommands.Select(c => c.Name).ToList();
            var taken = parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value).FirstOrDefault(t => NearestName.Of(t, names) is not null);
            return names.Count > 0 && (taken is not null || command.Arguments.Count == 0)
                ? $"\"{taken ?? unknown}\" is not a command{NearestName.Hint(taken ?? unknown, names)}"
                : $"\"{unknown}\" is one argument too many";
        }
        if (command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(a) is not { Tokens.Count: > 0 }) is { } missing)
            return $"{missing.Name} is missing";
        return parsed.Errors.Count > 0 ? parsed.Errors[0].Message : "a command is missing";
    }

    // The parser takes a misspelt option for an argument, such as the name of an object to delete.
    private static string? UnknownOption(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value)
            .Concat(parsed.UnmatchedTokens).FirstOrDefault(text => text.Length > 1 && text[0] == '-');

    /// <summary>The command as a user types it.</summary>
    private static string Path(Command command) =>
        string.Join(' ', command.Parents.OfType<Command>().Take(1).Select(Path).Append(command is RootCommand ? "slipway" : command.Name));

    private static string Sentence(string text)
    {
        text = TerminalText.Escape(text.Trim().ReplaceLineEndings(" "));
        return text.Length > 0 && text[^1] is '.' or '?' or '!' ? text : text + ".";
    }
}
