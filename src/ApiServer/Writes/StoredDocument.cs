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

    /// <summary>The properties of a source, those of a head first. They are taken out all at once: removing one of very many moves all after it.</summary>
    private static JsonObject Ordered(JsonObject source, string[] head)
    {
        var properties = source.ToArray();
        var first = Array.ConvertAll(head, name => source[name]);
        source.Clear();
        var ordered = new JsonObject();
        for (var i = 0; i < head.Length; i++) Add(ordered, head[i], first[i]);
        foreach (var (name, value) in properties)
            if (!head.Contains(name)) Add(ordered, name, value);
        return ordered;
    }

    private static void Add(JsonObject to, string name, JsonNode? value)
    {
        if (value is not null) to.Add(name, value);   // null means absent
    }
}
