using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Rules;

namespace Slipway.ApiServer.CustomResources.Conversion;

/// <summary>What a webhook may make of an object: anything but another object. Of its metadata it decides labels and annotations alone.</summary>
internal static class ConvertedObject
{
    /// <summary>The checked object with the metadata that it is to have; what is wrong with it otherwise.</summary>
    /// <param name="original">The object that was sent.</param>
    /// <param name="answer">What came back in its place.</param>
    /// <param name="apiVersion">The version that was asked for.</param>
    /// <param name="index">Place of the object in the answer.</param>
    /// <param name="alone">Whether it was the only one that was asked for, which messages say in other words.</param>
    public static (JsonObject? Document, string? Error) Check(JsonObject original, JsonNode? answer, string apiVersion, int index, bool alone)
    {
        var invalid = alone ? $"returned invalid object at index {index}" : $"returned invalid converted object at index {index}";
        if (answer is not JsonObject converted) return Wrong($"{invalid}: cannot unmarshal {Type(answer)} into an object");
        if (converted.Kind.Length == 0) return Wrong($"{invalid}: Object 'Kind' is missing in '{converted.Shown()}'");
        if (converted.ApiVersion != apiVersion) return Wrong($"{invalid}: invalid groupVersion (expected {apiVersion}, received {converted.ApiVersion})");
        if (converted.Kind != original.Kind) return Wrong($"{invalid}: invalid kind (expected {original.Kind}, received {converted.Kind})");
        if (Difference(original, converted) is { } difference) return Wrong($"{(alone ? "returned invalid object" : invalid)}: {difference}");
        if (Restore(original, converted) is { } error) return Wrong($"returned invalid metadata{(alone ? "" : $" in object at index {index}")}: {error}");
        return (converted, null);

        static (JsonObject?, string?) Wrong(string what) => (null, what);
    }

    private static string? Difference(JsonObject original, JsonObject converted)
    {
        if (original.Name != converted.Name) return $"must have the same name: {original.Name} != {converted.Name}";
        if (original.Namespace != converted.Namespace) return $"must have the same namespace: {original.Namespace} != {converted.Namespace}";
        return original.Uid != converted.Uid ? $"must have the same UID: {original.Uid} != {converted.Uid}" : null;
    }

    // Puts the original's metadata back, with the labels and annotations that came; returns what is wrong with those.
    private static string? Restore(JsonObject original, JsonObject converted)
    {
        if (!converted.TryGetPropertyValue("metadata", out var node)) return "missing metadata in converted object";
        if (node is not JsonObject answered) return $"invalid metadata of type {Type(node)} in converted object";
        var metadata = (JsonObject)(original.Object("metadata")?.DeepClone() ?? new JsonObject());
        foreach (var field in (ReadOnlySpan<string>)["labels", "annotations"])
        {
            if (answered[field] is not { } value)
            {
                metadata.Remove(field);
                continue;
            }
            if (value is not JsonObject map) return $"invalid metadata.{field} of type {Type(value)} in converted object";
            foreach (var (key, text) in map)
                if (text?.GetValueKind() != JsonValueKind.String) return $"metadata.{field}[{key}] must be a string, but is {Type(text)} in converted object";
            if (!JsonNode.DeepEquals(metadata[field], map) && Errors(map, field) is { Count: > 0 } causes) return Aggregate(causes);
            metadata[field] = map.DeepClone();
        }
        converted["metadata"] = metadata;
        return null;
    }

    private static List<StatusCause> Errors(JsonObject map, string field)
    {
        var causes = new List<StatusCause>();
        if (field == "labels") MetadataRules.ValidateLabels(map, "metadata.labels", causes);
        else MetadataRules.ValidateAnnotations(map, "metadata.annotation", causes);
        return causes;
    }

    private static string Aggregate(List<StatusCause> causes) =>
        causes.Count == 1 ? $"{causes[0].Field}: {causes[0].Message}" : $"[{string.Join(", ", causes.Select(c => $"{c.Field}: {c.Message}"))}]";

    private static string Type(JsonNode? node) => node?.GetValueKind() switch
    {
        JsonValueKind.String => "string",
        JsonValueKind.Number => "number",
        JsonValueKind.True or JsonValueKind.False => "bool",
        JsonValueKind.Array => "array",
        JsonValueKind.Object => "object",
        _ => "null",
    };
}
