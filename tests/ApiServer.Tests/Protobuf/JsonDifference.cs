using System.Text.Json.Nodes;

namespace Slipway.ApiServer.Tests.Protobuf;

/// <summary>Where two documents differ.</summary>
internal static class JsonDifference
{
    /// <summary>The first path at which they differ, with both values; empty if they are equal.</summary>
    public static string First(JsonNode? expected, JsonNode? actual, string path = "")
    {
        if (JsonNode.DeepEquals(expected, actual)) return "";
        if (expected is JsonObject a && actual is JsonObject b)
        {
            foreach (var name in a.Select(p => p.Key).Union(b.Select(p => p.Key)))
                if (First(a[name], b[name], $"{path}.{name}") is { Length: > 0 } difference) return difference;
        }
        if (expected is JsonArray x && actual is JsonArray y && x.Count == y.Count)
        {
            for (var i = 0; i < x.Count; i++)
                if (First(x[i], y[i], $"{path}[{i}]") is { Length: > 0 } difference) return difference;
        }
        return $"{path}: {expected?.ToJsonString() ?? "absent"} became {actual?.ToJsonString() ?? "absent"}";
    }
}
