using System.Text.Json.Nodes;

namespace Slipway.Api.Schemas;

/// <summary>A field that is given twice or is not known.</summary>
/// <param name="Sentence">What strict decoding says of it, as clients know it.</param>
/// <param name="Meant">The known name that was probably meant.</param>
public readonly record struct StrictError(string Sentence, string? Meant = null)
{
    /// <summary>An error of an unknown field.</summary>
    public StrictError(UnknownField field) : this($"unknown field \"{field.Path}\"", field.NearestKnownName)
    {
    }

    /// <summary>The sentence with a hint.</summary>
    public override string ToString() => StrictErrors.Text([this]);
}

/// <summary>What strict decoding says of a document.</summary>
public static class StrictErrors
{
    /// <summary>All errors in one sentence. Hints come last, so that those who look for a part of Kubernetes' text find it.</summary>
    public static string Text(IReadOnlyCollection<StrictError> errors)
    {
        string[] meant = [.. errors.Where(e => e.Meant is not null).Select(e => $"\"{e.Meant}\"").Distinct()];
        return string.Join(", ", errors.Select(e => e.Sentence)) + (meant.Length == 0 ? "" : $", did you mean {string.Join(" and ", meant)}?");
    }

    /// <summary>
    /// The errors in Kubernetes' order. JSON of a built-in kind is decoded into a struct, which finds both sorts in the order of the
    /// document; elsewhere what is given twice is found first, and the unknown fields of custom resources are sorted.
    /// </summary>
    /// <param name="document">The document.</param>
    /// <param name="duplicates">Sentences of the fields that are given twice.</param>
    /// <param name="unknown">Unknown fields, in document order.</param>
    /// <param name="isCustom">Whether it is a custom resource.</param>
    /// <param name="isJson">Whether it was decoded from JSON as a whole.</param>
    public static IReadOnlyList<StrictError> InOrder(JsonObject document, IReadOnlyList<string> duplicates, IReadOnlyList<UnknownField> unknown, bool isCustom, bool isJson)
    {
        var fields = isCustom ? unknown.OrderBy(f => f.Path, StringComparer.Ordinal) : unknown.AsEnumerable();
        var errors = duplicates.Select(d => new StrictError(d)).Concat(fields.Select(f => new StrictError(f)));
        if (isCustom || !isJson || duplicates.Count == 0 || unknown.Count == 0) return [.. errors];
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var path in Paths(document, "")) places[path] = places.Count;
        return [.. errors.OrderBy(e => places.GetValueOrDefault(PathIn(e.Sentence), int.MaxValue))];
    }

    private static string PathIn(string sentence) => sentence[(sentence.IndexOf('"', StringComparison.Ordinal) + 1)..^1];

    private static IEnumerable<string> Paths(JsonNode? node, string path)
    {
        if (path.Length > 0) yield return path;
        var inner = node switch
        {
            JsonObject map => map.Select(p => (p.Value, Path: path.Length == 0 ? p.Key : $"{path}.{p.Key}")),
            JsonArray list => list.Select((value, i) => (value, Path: $"{path}[{i}]")),
            _ => [],
        };
        foreach (var (value, at) in inner)
            foreach (var found in Paths(value, at)) yield return found;
    }
}
