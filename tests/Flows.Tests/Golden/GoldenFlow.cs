using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests.Golden;

/// <summary>
/// A flow with what is expected of it: <c>NAME.yaml</c>, as a user applies it; <c>NAME.pods.yaml</c>, how its pods end where they are simulated; and
/// <c>NAME.expected.txt</c>, in which order they are planned, and the record. Where <c>real: true</c> is said of the pods, it is run in containers as well, and comes to the same.
/// Beside the pods may stand <c>steps</c>: all runs are made at once, and one after the other is changed (<c>patch</c>, of its spec) when its status is as <c>until</c> says; and
/// <c>awaits</c>: the names of runs that schedules and backfills start; <c>every</c> is by how much time then passes at once.
/// </summary>
internal sealed record GoldenFlow(string Name, IReadOnlyList<JsonObject> Flows, IReadOnlyList<JsonObject> Runs, IReadOnlyList<JsonObject> Others, JsonObject Pods)
{
    private static readonly string Directory = Path.GetDirectoryName(Here())!;

    /// <summary>The names of all.</summary>
    public static IEnumerable<string> Names => System.IO.Directory.EnumerateFiles(Directory, "*.yaml")
        .Select(f => Path.GetFileName(f)[..^".yaml".Length]).Where(f => !f.EndsWith(".pods", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    public static GoldenFlow Read(string name)
    {
        var documents = DocumentReader.ParseYaml(File.ReadAllText(Path.Combine(Directory, $"{name}.yaml")));
        var runs = documents.Where(d => (string?)d["kind"] == "FlowRun").ToList();
        var pods = Path.Combine(Directory, $"{name}.pods.yaml");
        var ends = File.Exists(pods) ? DocumentReader.ParseYaml(File.ReadAllText(pods))[0] : [];
        if (runs.Count == 0 && ends["awaits"] is null)
            runs.Add(new JsonObject { ["apiVersion"] = "slipway.dev/v1alpha1", ["kind"] = "FlowRun", ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = new JsonObject { ["flow"] = name } });
        return new GoldenFlow(name, [.. documents.Where(d => (string?)d["kind"] == "Flow")], runs, [.. documents.Where(d => (string?)d["kind"] is not ("Flow" or "FlowRun"))], ends);
    }

    /// <summary>The page that refers to golden flows by their files.</summary>
    public static string Documentation => File.ReadAllText(Path.Combine(Directory, "..", "..", "..", "docs", "coming-from.md"));

    /// <summary>The runs that are started by something else than their documents; empty where there are none.</summary>
    public IReadOnlyList<string> Awaited => [.. (Pods["awaits"] as JsonArray ?? []).Select(n => (string)n!)];

    /// <summary>What is done to runs while they are under way, in this order; null where nothing is.</summary>
    public IReadOnlyList<JsonObject>? Steps => (Pods["steps"] as JsonArray)?.Select(s => s!.AsObject()).ToList();

    /// <summary>By how much time passes at once.</summary>
    public TimeSpan Every => FlowDuration.TryParse((string?)Pods["every"], out var every) ? every : TimeSpan.FromSeconds(1);

    /// <summary>Whether it is run in containers as well.</summary>
    public bool IsReal => (bool?)Pods["real"] == true;

    /// <summary>The flow that its runs are of.</summary>
    public FlowSpec Flow => Specs[Name];

    /// <summary>All of its flows by name.</summary>
    public IReadOnlyDictionary<string, FlowSpec> Specs => Flows.ToDictionary(f => (string)f["metadata"]!["name"]!, f => f.Deserialize(KindsJson.Default.Flow)!.Spec);

    /// <summary>How a pod ends: by path and attempt, path, task and attempt, or task; as its task declares it if nothing is said.</summary>
    public JsonObject EndOf(string run, PodIdentity identity)
    {
        var ends = Pods["pods"] as JsonObject ?? [];
        foreach (var key in new[] { $"{identity.Path}#{identity.Attempt}", identity.Path.Text, $"{identity.Path.Task}#{identity.Attempt}", identity.Path.Task })
        {
            if (ends[key] is JsonObject end && (end["run"] is null || (string?)end["run"] == run) && (end["replica"] is null || (int?)end["replica"] == identity.Replica)
                && (end["attempt"] is null || (int?)end["attempt"] == identity.Attempt))
                return end;
        }

        return [];
    }

    /// <summary>Compares a text with what is expected; with UPDATE_SNAPSHOTS=1 it is written anew, to be reviewed as a diff.</summary>
    public void Expect(string actual)
    {
        var file = Path.Combine(Directory, $"{Name}.expected.txt");
        if (Environment.GetEnvironmentVariable("UPDATE_SNAPSHOTS") == "1")
            File.WriteAllText(file, actual);
        Assert.True(File.Exists(file), $"{file} does not exist; write it by running the test with UPDATE_SNAPSHOTS=1");
        Assert.Equal(File.ReadAllText(file), actual);
    }

    private static string Here([CallerFilePath] string file = "") => file;
}
