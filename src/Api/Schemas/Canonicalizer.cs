using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>
/// Writes a document of a built-in kind as Kubernetes would after decoding it into a struct: null fields are absent,
/// quantities are in canonical form, times are in UTC with the precision of their type.
/// </summary>
internal static class Canonicalizer
{
    /// <summary>Changes a document in place. Values that are invalid stay as they are, for validation to report.</summary>
    public static void Apply(Schema schema, JsonObject document) => Visit(schema, document, isRoot: true);

    private static void Visit(Schema schema, JsonNode? node, bool isRoot)
    {
        if (node is JsonArray list && schema.Items is { } items)
        {
            for (var i = 0; i < list.Count; i++)
            {
                if (Canonical(items, list[i]) is { } replaced) list[i] = replaced;
                else Visit(items, list[i], false);
            }
            return;
        }
        if (node is not JsonObject document || schema.PreserveUnknownFields) return;
        if (schema.AdditionalProperties is null) document.RemoveWhere(static property => property.Value is null);
        foreach (var (name, value) in document.ToArray())
        {
            if (schema.Find(name, isRoot) is not { } field) continue;
            else if (Canonical(field, value) is { } replaced) document[name] = replaced;
            else Visit(field, value, false);
        }
    }

    // The canonical value where it differs from what is written.
    private static JsonValue? Canonical(Schema schema, JsonNode? value)
    {
        if (value is not JsonValue || schema.Format is not ("quantity" or "date-time" or "micro-time")) return null;
        var text = value.AsText();
        var canonical = schema.Format switch
        {
            "quantity" => Quantity.TryParse(text?.Trim() ?? (value.GetValueKind() == JsonValueKind.Number ? value.ToJsonString() : null), out var amount) ? amount.ToString() : null,
            "date-time" => Meta.ParseTime(text) is { } time ? Meta.FormatTime(time) : null,
            _ => Meta.ParseTime(text) is { } time ? Meta.FormatMicroTime(time) : null,
        };
        return canonical is null || canonical == text ? null : JsonValue.Create(canonical);
    }
}
