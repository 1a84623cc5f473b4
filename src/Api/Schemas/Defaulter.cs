using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>
/// Puts in the defaults that a schema declares, for properties that are absent (or null where null is not allowed). In a custom resource, what is null where
/// it may not be and has no default counts as absent
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable"/>).
/// </summary>
public static class Defaulter
{
    /// <summary>Completes a document in place; one of a built-in kind is first brought to its canonical form.</summary>
    public static void Apply(Schema schema, JsonObject document)
    {
        if (schema.IsBuiltIn) Canonicalizer.Apply(schema, document);
        Visit(schema, document, isRoot: true, prunes: !schema.IsBuiltIn);
    }

    private static void Visit(Schema schema, JsonNode? node, bool isRoot, bool prunes)
    {
        if (node is JsonArray list && schema.Items is { } items)
        {
            foreach (var item in list) Visit(items, item, false, prunes);
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
        if (prunes) document.RemoveWhere(property => property.Value is null && !(isRoot && property.Key is "metadata" or "apiVersion" or "kind") && schema.Find(property.Key, isRoot) is { } field && !TakesNull(field));
        foreach (var (name, value) in document)
            if (schema.Find(name, isRoot) is { } field) Visit(field, value, false, prunes && !(name == "metadata" && (isRoot || schema.EmbeddedResource)));
    }

    private static bool TakesNull(Schema field) => field.Nullable || field is { Type: null, IntOrString: false, PreserveUnknownFields: false };
}
