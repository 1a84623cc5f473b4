using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Slipway.Api.Tests.Cel;

/// <summary>The conformance cases of the CEL specification (<see href="https://github.com/google/cel-spec/tree/master/tests/simple"/>).</summary>
internal static class SpecificationCases
{
    private static readonly Lazy<IReadOnlyList<SpecificationCase>> Loaded = new(Load);

    public static IReadOnlyList<SpecificationCase> All => Loaded.Value;

    /// <summary>The cases that are known not to pass, with the reason.</summary>
    public static IReadOnlyDictionary<string, string> Unsupported { get; } = File.ReadLines(FileOf("unsupported-cases.tsv"))
        .Where(l => l.Length > 0 && !l.StartsWith('#')).Select(l => l.Split('\t')).ToDictionary(l => l[0], l => l[1], StringComparer.Ordinal);

    /// <summary>Path of a table beside the tests.</summary>
    public static string FileOf(string name) => Path.Combine(Repository, "tests/Api.Tests/Cel", name);

    private static string Repository
    {
        get
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(directory.FullName, "Slipway.slnx"))) directory = directory.Parent!;
            return directory.FullName;
        }
    }

    private static List<SpecificationCase> Load()
    {
        // The script does nothing where the cases are there already.
        using var script = Process.Start(Path.Combine(Repository, "tools/fetch-cel-spec.sh"));
        script.WaitForExit();
        Assert.True(script.ExitCode == 0, "tools/fetch-cel-spec.sh could not fetch the cases of the CEL specification");
        var root = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository, "artifacts/cel-spec/conformance.json")))!;
        var cases = new List<SpecificationCase>();
        foreach (var file in root["suites"]!.AsArray())
        {
            foreach (var section in file!["suites"]?.AsArray() ?? [])
            {
                foreach (var test in section!["tests"]!.AsArray())
                    cases.Add(new SpecificationCase($"{file["name"]}/{section["name"]}", $"{file["name"]}/{section["name"]}/{test!["original"]!["name"]}", (JsonObject)test["original"]!));
            }
        }

        return cases;
    }
}

/// <summary>A case.</summary>
/// <param name="Section">File and section.</param>
/// <param name="Name">File, section and name.</param>
/// <param name="Json">What it says.</param>
internal sealed record SpecificationCase(string Section, string Name, JsonObject Json);
