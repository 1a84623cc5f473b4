using Slipway.Api.Documents;
using Slipway.Cli.Output;
using Spectre.Console;

namespace Slipway.Cli.Why;

/// <summary>Findings as text: a line for each cause, indented below what it brings about, with its evidence and what mends it.</summary>
internal static class ReportText
{
    /// <summary>What a line is, for its colour.</summary>
    internal enum Role { Headline, Cause, Evidence, Remedy }

    /// <summary>Prints findings; in colours on a terminal.</summary>
    /// <param name="context">Where to print.</param>
    /// <param name="findings">The findings.</param>
    /// <param name="withNamespace">Whether objects are told with their namespaces.</param>
    public static async Task PrintAsync(CliContext context, IEnumerable<Finding> findings, bool withNamespace)
    {
        var console = context.IsTerminal ? AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(context.Out) }) : null;
        // Command lines must stay whole, so that they can be copied.
        console?.Profile.Width = 100_000;
        foreach (var (index, finding) in findings.Index())
        {
            if (index > 0) await context.Out.WriteLineAsync();
            foreach (var (line, role) in Lines(finding, withNamespace))
            {
                var text = TerminalText.Escape(line);
                if (console is null) await context.Out.WriteLineAsync(text);
                else console.WriteLine(text, StyleOf(role));
            }
        }
    }

    /// <summary>The lines about one object.</summary>
    public static IEnumerable<(string Text, Role Role)> Lines(Finding finding, bool withNamespace)
    {
        var item = finding.Object;
        var place = withNamespace && item.Namespace.Length > 0 ? $"{item.Namespace}/" : "";
        return finding.Causes.SelectMany(cause => Lines(cause, 0))
            .Prepend(($"{item.Kind} {place}{item.Name} is {(finding.IsAsDeclared ? "" : "not ")}as declared: {finding.State}.", Role.Headline));
    }

    private static IEnumerable<(string Text, Role Role)> Lines(Cause cause, int depth)
    {
        var (bullet, indent) = (new string(' ', 2 * depth), new string(' ', 2 * depth + 4));
        yield return ($"{bullet}- {cause.What}{(cause.What[^1] is '.' or '…' ? "" : ".")}", Role.Cause);
        foreach (var evidence in cause.Evidence)
            yield return ($"{indent}{evidence}", Role.Evidence);
        foreach (var line in cause.Because.SelectMany(reason => Lines(reason, depth + 1)))
            yield return line;
        if (cause.Remedy is not { } remedy)
            yield break;
        yield return ($"{indent}Mend: {remedy.Advice}{(remedy.Advice[^1] is ':' ? "" : ".")}", Role.Remedy);
        if (remedy.Path is not null)
            yield return ($"{indent}  {(remedy.Object is null ? "" : $"in {remedy.Object}, ")}{remedy.Path}{(remedy.Value is null ? "" : $": {remedy.Value}")}", Role.Remedy);
        if (remedy.Command is not null)
            yield return ($"{indent}  {remedy.Command}", Role.Remedy);
    }

    private static Style StyleOf(Role role) => role switch
    {
        Role.Headline => new(decoration: Decoration.Bold),
        Role.Evidence => new(decoration: Decoration.Dim),
        Role.Remedy => new(Color.Green),
        _ => Style.Plain,
    };
}
