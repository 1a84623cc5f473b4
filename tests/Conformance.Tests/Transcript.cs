using System.Text;
using System.Text.RegularExpressions;

namespace Slipway.Conformance;

/// <summary>
/// Sessions of a shell with kubectl, written as one reads them: a line <c>$ COMMAND</c>, then all that it prints, errors after
/// output, and <c>[exit N]</c> when it fails. In what is expected <c>&lt;age></c> stands for an age, <c>&lt;any></c> for a word, and
/// <c>&lt;...></c> for the rest of a line. Blanks between words count as two when there are more, since a column is as wide as
/// the ages in it are long, and so does a tab.
/// </summary>
internal static partial class Transcript
{
    /// <summary>Runs the commands of a transcript one after the other in a namespace, which is made first, and compares.</summary>
    public static async Task ReplayAsync(this ApiServerFixture api, string ns, string transcript)
    {
        if (ns != "default") await api.KubectlAsync($"create namespace {ns}");
        // A program of its own, so that what runs in the background can be ended.
        var kubectl = api.Write($"{ns}/kubectl", $"#!/bin/sh\nexec {Clients.Kubectl} -n {ns} \"$@\"\n");
        File.SetUnixFileMode(kubectl, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        var number = 0;
        foreach (var (command, expected) in Parse(transcript))
        {
            var script = api.Write($"{ns}/{++number}.sh", $"PATH={Path.GetDirectoryName(kubectl)}:$PATH\n{command}\n");
            var result = await api.RunAsync("/bin/sh", script);
            var printed = new[] { result.Output.Trim('\n'), result.Errors.Trim('\n'), result.Code == 0 ? "" : $"[exit {result.Code}]" };
            var actual = Normal(string.Join('\n', printed.Where(text => text.Length > 0)));
            Assert.True(Pattern(Normal(expected)).IsMatch(actual), $"$ {command}\n--- expected\n{Normal(expected)}\n--- printed\n{actual}");
        }
    }

    private static IEnumerable<(string Command, string Output)> Parse(string transcript)
    {
        string? command = null;
        var output = new StringBuilder();
        foreach (var line in transcript.Split('\n'))
        {
            if (!line.StartsWith("$ ", StringComparison.Ordinal))
            {
                output.Append(line).Append('\n');
                continue;
            }
            if (command is not null) yield return (command, output.ToString());
            command = line[2..];
            output.Clear();
        }
        yield return (command ?? throw new ArgumentException("there is no command", nameof(transcript)), output.ToString());
    }

    private static string Normal(string text) => LineEnds().Replace(Blanks().Replace(text.Replace("\t", "  ", StringComparison.Ordinal), "  "), "").Trim('\n');

    private static Regex Pattern(string expected) => new(
        "^" + Regex.Escape(expected).Replace("<age>", "[0-9]+[smh][0-9smh]*", StringComparison.Ordinal).Replace("<any>", @"\S+", StringComparison.Ordinal)
            .Replace(@"<\.\.\.>", "[^\n]*", StringComparison.Ordinal) + "$",
        RegexOptions.CultureInvariant);

    [GeneratedRegex(@"(?<=\S) {2,}(?=\S)")]
    private static partial Regex Blanks();

    [GeneratedRegex(@" +(?=\n|$)")]
    private static partial Regex LineEnds();
}
