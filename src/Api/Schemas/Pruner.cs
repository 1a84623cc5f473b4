using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Schemas;

/// <summary>
/// Removes the fields that a schema does not declare
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#field-pruning"/>).
/// </summary>
public static class Pruner
{
    /// <summary>Prunes a document in place.</summary>
    public static void Prune(Schema schema, JsonObject document) => Visit(schema, document, isRoot: true, keeps: false);

    // A list that keeps unknown fields keeps those of its items.
    private static void Visit(Schema schema, JsonNode? node, bool isRoot, bool keeps)
    {
        keeps |= schema.PreserveUnknownFields;
        if (node is JsonArray list && schema.ItemsOrUndeclared(keeps) is { } items)
        {
            foreach (var item in list) Visit(items, item, false, keeps);
            return;
        }
        if (node is not JsonObject document || (schema.Type is not null and not "object")) return;
        keeps |= schema.AdditionalProperties is not null;
        var hasUnknown = false;
        foreach (var (name, value) in document)
        {
            if (schema.Find(name, isRoot) is { } field) Visit(field, value, false, keeps: false);
            else hasUnknown = true;
        }
        if (hasUnknown && !keeps) document.RemoveWhere(property => schema.Find(property.Key, isRoot) is null);
    }
}
