using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Writes;

/// <summary>The shape in which documents are stored: type and metadata first, in one order, and nothing that the server adds on output.</summary>
internal static class StoredDocument
{
    private static readonly string[] Head = ["apiVersion", "kind", "metadata"];

    private static readonly string[] MetadataHead =
    [
        "name", "generateName", "namespace", "uid", "generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
        "labels", "annotations", "ownerReferences", "finalizers", "managedFields",
    ];

    /// <summary>A copy of the document in stored shape. Nodes are moved: <paramref name="document"/> is empty afterwards.</summary>
    public static JsonObject Shape(JsonObject document)
    {
        if (document["metadata"] is JsonObject metadata)
        {
            metadata.Remove("resourceVersion");
            metadata.Remove("selfLink");
            foreach (var name in (ReadOnlySpan<string>)["labels", "annotations"])
                if (metadata[name] is JsonObject { Count: 0 }) metadata.Remove(name);
            foreach (var name in (ReadOnlySpan<string>)["ownerReferences", "finalizers"])
                if (metadata[name] is JsonArray { Count: 0 }) metadata.Remove(name);
            document["metadata"] = Ordered(metadata, MetadataHead);
        }
        return Ordered(document, Head);
    }

    /// <summary>The document with the resource version that clients see.</summary>
    public static JsonObject WithRevision(JsonObject document, long revision)
    {
        document.Metadata["resourceVersion"] = revision.ToString(CultureInfo.InvariantCulture);
        return document;
    }

    private static JsonObject Ordered(JsonObject source, string[] head)
    {
        var ordered = new JsonObject();
        foreach (var name in head) Move(source, ordered, name);
        foreach (var name in source.Select(p => p.Key).ToArray()) Move(source, ordered, name);
        return ordered;
    }

    private static void Move(JsonObject from, JsonObject to, string name)
    {
        if (!from.Remove(name, out var node)) return;
        if (node is not null) to[name] = node;   // null means absent
    }
}
