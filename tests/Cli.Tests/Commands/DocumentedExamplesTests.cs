using System.Text.RegularExpressions;
using Slipway.Testing;

namespace Cli.Tests.Commands;

/// <summary>What the documentation of flows shows is what <c>slipway lint</c> takes, word for word, and comes to pods; parts of a flow get the rest around them.</summary>
public sealed partial class DocumentedExamplesTests : CommandFixture
{
    private const string Header = "apiVersion: slipway.dev/v1alpha1\nkind: Flow\nmetadata: { name: example }\n";
    private const string Defaults = "  defaults: { image: \"slipway.local/example:1\" }\n";

    /// <summary>Fields of a spec by which a part begins; any other part is of a task, and stands in its defaults.</summary>
    private static readonly string[] SpecFields = ["params", "templates", "triggers", "tasks", "retention"];

    public static TheoryData<string, int> Examples
    {
        get
        {
            var examples = new TheoryData<string, int>();
            foreach (var page in new[] { "flow.md", "ledger.md", "coming-from.md" })
            {
                for (var (number, count) = (0, Blocks(page).Count); number < count; number++)
                    examples.Add(page, number);
            }

            return examples;
        }
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public async Task An_example_has_no_errors_and_comes_to_pods(string page, int number)
    {
        var text = Whole(Blocks(page)[number]);
        var file = File("example.yaml", text);
        var result = await RunAsync($"lint {file}");
        Assert.True(result.ExitCode == 0, $"{result.Out}{result.Error}\n{text}");
        if (!text.Contains("\nkind: Flow\n", StringComparison.Ordinal))
            return;
        result = await RunAsync($"render {file} --start 2026-01-01 --end 2026-01-02");
        Assert.True(result.ExitCode == 0 && result.Out.Length > 0, $"{result.Error}\n{text}");
    }

    [Fact]
    public void There_are_examples() => Assert.InRange(Examples.Count, 20, 1000);

    private static List<string> Blocks(string page) =>
        [.. Block().Matches(System.IO.File.ReadAllText(Path.Combine(Repository.Root, "docs", page))).Select(m => m.Groups[1].Value)];

    /// <summary>A part of a flow with what it lacks: a header, an image, and the tasks that it refers to.</summary>
    private static string Whole(string part)
    {
        if (part.Contains("apiVersion: slipway.dev", StringComparison.Ordinal))
            return part;
        var first = part.Split(':')[0];
        if (first == "spec")
            part = part["spec:\n".Length..];
        else if (part.StartsWith('-'))
            part = $"  tasks:\n{Indented(part, 4)}";
        else if (SpecFields.Contains(first))
            part = Indented(part, 2);
        else
            part = $"  defaults:\n    image: \"slipway.local/example:1\"\n{Indented(part, 4)}";
        var spec = part.Contains("\n  defaults:", StringComparison.Ordinal) || part.StartsWith("  defaults:", StringComparison.Ordinal) ? part : Defaults + part;
        var missing = Reference().Matches(part).Where(m => !Regex.IsMatch(part, $@"name: {m.Groups[1].Value}\b")).ToList();
        if (!spec.Contains("\n  tasks:", StringComparison.Ordinal))
            spec += Tasks(missing);
        else if (missing.Count > 0)
            spec = spec.Replace("\n  tasks:\n", $"\n{Tasks(missing)}", StringComparison.Ordinal);
        return $"{Header}spec:\n{spec}";
    }

    /// <summary>Tasks that leave what is referred to, of items where an index follows.</summary>
    private static string Tasks(List<Match> references)
    {
        var lines = references.GroupBy(m => m.Groups[1].Value).Select(task =>
        {
            var outputs = task.GroupBy(m => m.Groups[2].Value).Select(kind => $"{kind.Key}: {{ {string.Join(", ", kind.Select(m => m.Groups[3].Value).Distinct().Select(o => $"{o}: /out/{o}"))} }}");
            var items = task.Any(m => m.Groups[4].Success) ? ", forEach: [1, 2, 3, 4]" : "";
            return $"    - {{ name: {task.Key}, command: [x]{items}, outputs: {{ {string.Join(", ", outputs)} }} }}\n";
        }).ToList();
        return $"  tasks:\n{(lines.Count == 0 ? "    - { name: other, command: [x] }\n" : string.Concat(lines))}";
    }

    private static string Indented(string text, int by) => string.Concat(text.TrimEnd('\n').Split('\n').Select(l => $"{new string(' ', by)}{l}\n"));

    [GeneratedRegex("^```yaml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"tasks\.(\w+)\.(files|values)\.(\w+)(\[)?")]
    private static partial Regex Reference();
}
