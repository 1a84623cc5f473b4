using System.CommandLine;
using System.CommandLine.Parsing;

namespace Slipway.Cli.Completion;

/// <summary>A command line whose last word is still to be typed, or only begun.</summary>
/// <param name="Before">What the words before it come to.</param>
/// <param name="Begun">What there is of the last word; empty for nothing.</param>
/// <param name="Wanted">What the word is by the help of the command, such as <c>RUN</c> or <c>FLOW</c>; null if there is no place for one.</param>
/// <param name="Words">Commands, options and values that are known without a cluster.</param>
internal sealed record UnfinishedLine(ParseResult Before, string Begun, string? Wanted, IReadOnlyList<string> Words)
{
    /// <summary>Reads a line.</summary>
    /// <param name="root">The command of the program.</param>
    /// <param name="line">The line, the program's name included.</param>
    public static UnfinishedLine Of(Command root, string line)
    {
        var words = CommandLineParser.SplitCommandLine(line).Skip(1).ToList();
        var begun = line.Length > 0 && char.IsWhiteSpace(line[^1]) || words.Count == 0 ? "" : words[^1];
        if (begun.Length > 0) words.RemoveAt(words.Count - 1);
        if (begun.StartsWith("--", StringComparison.Ordinal) && begun.IndexOf('=', StringComparison.Ordinal) is > 0 and var equals)
        {
            // The value of an option is a word of its own, as in bash.
            words.Add(begun[..equals]);
            begun = begun[(equals + 1)..];
        }
        var before = root.Parse(words);
        var command = before.CommandResult.Command;
        var option = words.Count > 0 ? command.Options.FirstOrDefault(o => (o.Name == words[^1] || o.Aliases.Contains(words[^1])) && o.Arity.MaximumNumberOfValues > 0 && o.ValueType != typeof(bool)) : null;
        if (option is not null) before = root.Parse(words[..^1]); // without its value it is none
        IEnumerable<string> known = option is not null ? Values(option.HelpName)
            : begun.StartsWith('-') ? command.Options.Select(o => o.Name).Where(n => n.StartsWith("--", StringComparison.Ordinal))
            : [.. command.Subcommands.Where(c => !c.Hidden && command.Arguments.All(a => before.GetResult(a) is not { Tokens.Count: > 0 })).Select(c => c.Name), .. Values(Open(command, before)?.Name)];
        return new(before, begun, option is not null ? option.HelpName : Open(command, before)?.Name, [.. known.Where(k => k.StartsWith(begun, StringComparison.Ordinal))]);
    }

    private static Argument? Open(Command command, ParseResult before) =>
        command.Arguments.FirstOrDefault(a => (before.GetResult(a)?.Tokens.Count ?? 0) < a.Arity.MaximumNumberOfValues);

    // Where the help names the values themselves, such as json|yaml|table.
    private static string[] Values(string? help) => help is not null && help.Any(char.IsAsciiLetterLower) ? help.Split('|') : [];
}
