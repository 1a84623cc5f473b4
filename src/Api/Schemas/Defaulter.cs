using System.Text.Json.Nodes;

namespace Slipway.Api.Schemas;

/// <summary>Puts in the defaults that a schema declares, for properties that are absent (or null where null is not allowed).</summary>
public static class Defaulter
{
    /// <summary>Completes a document in place; one of a built-in kind is first brought to its canonical form.</summary>
    public static void Apply(Schema schema, JsonObject document)
    {
        if (schema.IsBuiltIn) Canonicalizer.Apply(schema, document);
        Visit(schema, document, isRoot: true);
    }

    private static void Visit(Schema schema, JsonNode? node, bool isRoot)
    {
        if (node is JsonArray list && schema.Items is { } items)
        {
            foreach (var item in list) Visit(items, item, false);
            return;
        }
        if (node is not JsonObject document) return;
        // Kubernetes decodes it into its own struct.
        if (schema.EmbeddedResource && document["metadata"] is JsonObject metadata && schema.Find("metadata", isRoot) is { } own) Canonicalizer.Apply(own, metadata);
        foreach (var (name, field) in schema.Properties)
        {
            if (field.Default is null || (isRoot && name is "metadata" or "apiVersion" or "kind")) continue;
            if (!document.TryGetPropertyValue(name, out var value) || (value is null && !field.Nullable)) document[name] = field.Default.DeepClone();
        }
        foreach (var (name, value) in document)
            if (schema.Find(name, isRoot) is { } field) Visit(field, value, false);
    }
}
