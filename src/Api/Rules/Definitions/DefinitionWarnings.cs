using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Schemas;

namespace Slipway.Api.Rules.Definitions;

/// <summary>
/// What in the schemas of a definition has no effect, in Kubernetes' words
/// (<see href="https://github.com/kubernetes/apiextensions-apiserver/blob/v0.37.0-beta.0/pkg/registry/customresourcedefinition/strategy.go"/>).
/// </summary>
internal static class DefinitionWarnings
{
    /// <summary>The warnings of a definition, each once: unknown formats as they come, then sets of what cannot be compared.</summary>
    public static IReadOnlyList<string> Of(JsonObject definition)
    {
        var formats = new List<string>();
        var sets = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var version in definition.Object("spec")?.Objects("versions") ?? [])
            Visit(version.Object("schema")?.Object("openAPIV3Schema"), formats, sets);
        return [.. formats.Distinct(StringComparer.Ordinal), .. sets];
    }

    private static void Visit(JsonObject? schema, List<string> formats, SortedSet<string> sets)
    {
        if (schema is null) return;
        if (schema.Text("format") is { Length: > 0 } format && !DefinitionFormats.IsKnown(schema.Text("type"), format))
            formats.Add($"unrecognized format {FieldCheck.Quote(format)}");
        if (schema.Text("x-kubernetes-list-type") == "set" && schema.Object("items")?.Text("type") is "object" or "array")
            sets.Add($"x-kubernetes-list-type: set for items of type \"{schema.Object("items")!.Text("type")}\" is not supported by server-side apply or CEL validation rules");
        foreach (var part in Parts(schema)) Visit(part, formats, sets);
    }

    private static IEnumerable<JsonObject?> Parts(JsonObject schema) =>
    [
        schema.Object("items"), schema.Object("not"), schema.Object("additionalProperties"),
        .. schema.Objects("allOf"), .. schema.Objects("anyOf"), .. schema.Objects("oneOf"),
        .. (schema.Object("properties") ?? []).Select(p => p.Value as JsonObject),
    ];
}
