using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Cli.Manifests;

/// <summary>A field that differs between two documents.</summary>
/// <param name="Path">Its path; items that have names are known by them, <c>spec.tasks[clean].image</c>.</param>
/// <param name="Before">Its value before; null if it was not there.</param>
/// <param name="After">Its value after; null if it is not there.</param>
internal sealed record FieldChange(string Path, JsonNode? Before, JsonNode? After)
{
    private const int ValueLength = 200;

    private static readonly string[] OfTheServer = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"];

    /// <summary>What a user would change by bringing an object from one document to another: status and what the server writes left out.</summary>
    public static IReadOnlyList<FieldChange> Between(JsonObject before, JsonObject after) => [.. Compare("", Declared(before), Declared(after)).Select(change => IsSecret(after) ? change.Hidden() : change)];

    /// <summary>One line: <c>~</c> for a change, <c>+</c> and <c>-</c> for what comes and goes.</summary>
    public override string ToString() => (Before, After) switch
    {
        (null, _) => $"+ {Path}: {Shown(After)}",
        (_, null) => $"- {Path}: {Shown(Before)}",
        _ => $"~ {Path}: {Shown(Before)} -> {Shown(After)}",
    };

    private static IEnumerable<FieldChange> Compare(string path, JsonNode? before, JsonNode? after)
    {
        if (JsonNode.DeepEquals(before, after)) return [];
        if (before is JsonObject from && after is JsonObject to)
            return to.Select(p => p.Key).Union(from.Select(p => p.Key)).SelectMany(name => Compare(path.Length == 0 ? name : $"{path}.{name}", from[name], to[name]));
        if (before is JsonArray old && after is JsonArray now && ByName(old) is { } olds && ByName(now) is { } nows)
        {
            var changes = nows.Keys.Union(olds.Keys).SelectMany(name => Compare($"{path}[{name}]", olds.GetValueOrDefault(name), nows.GetValueOrDefault(name))).ToList();
            if (changes.Count > 0) return changes; // otherwise only the order has changed
        }
        return [new(path, before, after)];
    }

    private static Dictionary<string, JsonNode>? ByName(JsonArray list)
    {
        var named = new Dictionary<string, JsonNode>(StringComparer.Ordinal);
        foreach (var item in list)
            if (item is not JsonObject entry || entry.Text("name") is not { } name || !named.TryAdd(name, entry)) return null;
        return named;
    }

    private static bool IsSecret(JsonObject document) => document.ApiVersion == "v1" && document.Kind == "Secret";

    /// <summary>The same without what a Secret holds: that it changes is told, not what it is.</summary>
    private FieldChange Hidden()
    {
        return Path.Split('.')[0] is "data" or "stringData" ? this with { Before = Stars(Before), After = Stars(After) } : this;

        static JsonNode? Stars(JsonNode? value) => value switch
        {
            null => null,
            JsonObject map => new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)"***"))),
            _ => "***",
        };
    }

    private static JsonObject Declared(JsonObject document)
    {
        var declared = (JsonObject)document.DeepClone();
        declared.Remove("status");
        foreach (var field in OfTheServer) declared.Object("metadata")?.Remove(field);
        return declared;
    }

    private static string Shown(JsonNode? value) => value.Shown() is { Length: > ValueLength } text ? $"{text[..ValueLength]}…" : value.Shown();
}
