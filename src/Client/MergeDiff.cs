using System.Text.Json.Nodes;

namespace Slipway.Client;

/// <summary>Makes JSON merge patches (RFC 7386) from what differs between two documents.</summary>
public static class MergeDiff
{
    /// <summary>The patch that turns <paramref name="from"/> into <paramref name="to"/>; null when they are equal. A list that differs is replaced as a whole.</summary>
    public static JsonObject? Between(JsonObject from, JsonObject to)
    {
        JsonObject? patch = null;
        foreach (var (name, value) in to)
        {
            if (!from.TryGetPropertyValue(name, out var old))
                (patch ??= [])[name] = value?.DeepClone();
            else if (old is JsonObject oldObject && value is JsonObject newObject)
            {
                if (Between(oldObject, newObject) is { } inner)
                    (patch ??= [])[name] = inner;
            }
            else if (!JsonNode.DeepEquals(old, value))
                (patch ??= [])[name] = value?.DeepClone();
        }
        foreach (var (name, _) in from)
            if (!to.ContainsKey(name))
                (patch ??= [])[name] = null;
        return patch;
    }
}
