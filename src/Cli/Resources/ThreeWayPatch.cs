using System.Text.Json.Nodes;

namespace Slipway.Cli.Resources;

/// <summary>The JSON merge patch (RFC 7386) that brings a live object to what a document declares.</summary>
internal static class ThreeWayPatch
{
    /// <summary>
    /// Changes what <paramref name="wanted"/> declares otherwise than <paramref name="live"/> has it, and deletes what
    /// <paramref name="last"/> declared and <paramref name="wanted"/> does not. Lists are values: they are replaced as a whole.
    /// Empty when nothing is to be changed.
    /// </summary>
    public static JsonObject Between(JsonObject last, JsonObject wanted, JsonObject live)
    {
        var patch = new JsonObject();
        foreach (var (key, value) in wanted)
        {
            var current = live[key];
            if (value is JsonObject wantedObject && current is JsonObject liveObject)
            {
                var nested = Between(last[key] as JsonObject ?? [], wantedObject, liveObject);
                if (nested.Count > 0) patch[key] = nested;
            }
            else if (!JsonNode.DeepEquals(value, current) || (value is null && live.ContainsKey(key)))
            {
                patch[key] = value?.DeepClone();
            }
        }
        foreach (var (key, _) in last)
            if (!wanted.ContainsKey(key) && live.ContainsKey(key)) patch[key] = null;
        return patch;
    }
}
