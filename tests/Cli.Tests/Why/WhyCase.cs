using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Api.Documents;

namespace Cli.Tests.Why;

/// <summary>
/// A broken state that occurs in life: <c>Cases/NAME.yaml</c> holds the case and then the manifests as somebody wrote them,
/// <c>Cases/NAME.txt</c> what <c>slipway why</c> says of it.
/// </summary>
/// <param name="Name">The name of its files.</param>
/// <param name="Arguments">What follows <c>slipway why</c>.</param>
/// <param name="Manifests">The objects, in the order in which they are applied.</param>
/// <param name="Pods">What the node says of pods, by how their names begin.</param>
/// <param name="Reports">What others than the node say of objects: <c>path</c>, and <c>status</c> or <c>events</c>.</param>
/// <param name="Delete">Paths of objects that are then deleted.</param>
/// <param name="Reported">Of how many pods the node has told before time passes.</param>
/// <param name="Advance">How long the case takes until somebody asks.</param>
internal sealed partial record WhyCase(
    string Name, string Arguments, IReadOnlyList<JsonObject> Manifests, IReadOnlyList<PodReport> Pods, IReadOnlyList<JsonObject> Reports, IReadOnlyList<string> Delete, int Reported, TimeSpan Advance)
{
    /// <summary>The names of all cases.</summary>
    public static IEnumerable<string> Names => System.IO.Directory.EnumerateFiles(Directory(), "*.yaml").Select(Path.GetFileNameWithoutExtension).Order(StringComparer.Ordinal)!;

    /// <summary>Reads a case.</summary>
    public static WhyCase Read(string name)
    {
        var documents = DocumentReader.ParseYaml(File.ReadAllText(Path.Combine(Directory(), $"{name}.yaml")));
        var head = documents[0];
        return new(name, head.Text("why") ?? "", [.. documents.Skip(1)],
            [.. head.Objects("pods").Select(PodReport.Of)],
            [.. head.Objects("reports")],
            [.. (head.Array("delete") ?? []).Select(path => path.AsText()!)],
            (int)(head.Integer("reported") ?? 0),
            head.Text("advance") is { } text ? Span(text) : TimeSpan.Zero);
    }

    /// <summary>The file that says what is to be said.</summary>
    public string Expected => Path.Combine(Directory(), $"{Name}.txt");

    /// <summary>A document whose texts of the form <c>-2m</c> are the times that long ago.</summary>
    public static JsonNode? InTime(JsonNode? node, DateTimeOffset now) => node switch
    {
        JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, InTime(entry.Value, now)))),
        JsonArray list => new JsonArray([.. list.Select(item => InTime(item, now))]),
        JsonValue value when value.AsText() is { } text && Before().IsMatch(text) => Meta.FormatTime(now - Span(text[1..])),
        _ => node?.DeepClone(),
    };

    public static TimeSpan Span(string text)
    {
        var number = int.Parse(text[..^1], CultureInfo.InvariantCulture);
        return text[^1] switch { 's' => TimeSpan.FromSeconds(number), 'm' => TimeSpan.FromMinutes(number), _ => TimeSpan.FromHours(number) };
    }

    private static string Directory([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "Cases");

    [GeneratedRegex(@"^-\d+[smh]$")]
    private static partial Regex Before();
}

/// <summary>What a node says of the pods whose names begin so.</summary>
/// <param name="Pod">How the names begin; empty for all pods.</param>
/// <param name="Status">The status.</param>
/// <param name="Events">Events: <c>reason</c>, <c>message</c>, and if they differ from those of one warning just now, <c>type</c>, <c>count</c>, <c>ago</c>, <c>container</c>.</param>
/// <param name="Logs">Logs by the names of containers.</param>
/// <param name="Previous">Logs of their predecessors.</param>
/// <param name="StaysWhenDeleted">Whether deleted pods stay, as those of a node do that is gone.</param>
internal sealed record PodReport(string Pod, JsonObject Status, IReadOnlyList<JsonObject> Events, JsonObject Logs, JsonObject Previous, bool StaysWhenDeleted)
{
    /// <summary>What is said of pods of which a case says nothing: they run.</summary>
    public static readonly PodReport Running = new("", new JsonObject
    {
        ["phase"] = "Running",
        ["startTime"] = "-0s",
        ["conditions"] = new JsonArray(new JsonObject { ["type"] = "Ready", ["status"] = "True", ["lastTransitionTime"] = "-0s" }),
    }, [], [], [], false);

    public static PodReport Of(JsonObject document) => new(
        document.Text("pod") ?? "", document.Object("status") ?? Running.Status, [.. document.Objects("events")],
        document.Object("logs") ?? [], document.Object("previous") ?? [], document.Boolean("stays") == true);
}
