using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Conversions;

/// <summary>
/// Converts events between core/v1, in which they are stored, and events.k8s.io/v1
/// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/"/>). Nothing is lost either way.
/// </summary>
public static class EventConversion
{
    // Fields that differ by name alone; the others are the same.
    private static readonly (string Core, string Events)[] Renamed =
    [
        ("involvedObject", "regarding"),
        ("message", "note"),
        ("source", "deprecatedSource"),
        ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"),
        ("count", "deprecatedCount"),
        ("reportingComponent", "reportingController"),
    ];

    /// <summary>A core/v1 event as events.k8s.io/v1.</summary>
    public static JsonObject FromCore(JsonObject core) => Rename(core, "events.k8s.io/v1", name => Renamed.FirstOrDefault(r => r.Core == name).Events);

    /// <summary>An events.k8s.io/v1 event as core/v1.</summary>
    public static JsonObject ToCore(JsonObject events) => Rename(events, "v1", name => Renamed.FirstOrDefault(r => r.Events == name).Core);

    /// <summary>The path in core/v1 of a field selector's path in events.k8s.io/v1, such as <c>regarding.name</c>.</summary>
    public static string CorePath(string path)
    {
        var first = path.Split('.')[0];
        return Renamed.FirstOrDefault(r => r.Events == first).Core is { } core ? core + path[first.Length..] : path;
    }

    private static JsonObject Rename(JsonObject document, string apiVersion, Func<string, string?> rename)
    {
        var result = new JsonObject(document.Select(p => KeyValuePair.Create(rename(p.Key) ?? p.Key, p.Value?.DeepClone())));
        result.ApiVersion = apiVersion;
        return result;
    }
}
