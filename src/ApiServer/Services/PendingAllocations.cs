using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Services;

/// <summary>
/// What services were given whose commit may still be on its way: for a while it counts as held. The document is no object of the
/// API; it lies beside the services in the store.
/// </summary>
/// <remarks>A process notes one at a time, so that what it noted before is settled.</remarks>
internal sealed class PendingAllocations
{
    // Far longer than a commit takes; who was given something and died frees it after this.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly List<(string By, string Key, DateTimeOffset Until, JsonObject Spec)> _entries = [];
    private readonly DateTimeOffset _now;

    private PendingAllocations(DateTimeOffset now) => _now = now;

    /// <summary>Reads the document; entries whose time is over are left out.</summary>
    public static PendingAllocations Read(JsonObject document, DateTimeOffset now)
    {
        var pending = new PendingAllocations(now);
        foreach (var entry in document.Objects("pending"))
            if (Meta.ParseTime(entry.Text("until")) is { } until && until > now) pending._entries.Add((entry.Text("by") ?? "", entry.Text("key") ?? "", until, entry.Object("spec") ?? []));
        return pending;
    }

    /// <summary>The services that other processes have on their way, but for one: of two writes of the same service one is refused by its revision.</summary>
    /// <param name="self">This process.</param>
    /// <param name="key">Key of the service that is written here.</param>
    public IEnumerable<JsonObject> OfOthers(string self, string key) =>
        _entries.Where(e => e.By != self && e.Key != key).Select(e => new JsonObject { ["spec"] = e.Spec.DeepClone() });

    /// <summary>With what a process has given to the service of a key.</summary>
    public PendingAllocations With(string self, string key, JsonObject service)
    {
        var spec = service.Object("spec") ?? [];
        var held = new JsonObject();
        foreach (var name in (ReadOnlySpan<string>)["clusterIPs", "healthCheckNodePort"])
            if (spec[name] is { } value) held[name] = value.DeepClone();
        held["ports"] = new JsonArray([.. spec.Objects("ports").Where(p => p["nodePort"] is not null).Select(p => new JsonObject { ["nodePort"] = p["nodePort"]!.DeepClone() })]);
        var result = new PendingAllocations(_now);
        result._entries.AddRange(_entries.Where(e => e.By != self));
        result._entries.Add((self, key, _now + Lifetime, held));
        return result;
    }

    public JsonObject ToJson() => new()
    {
        ["metadata"] = new JsonObject { ["name"] = "pending" },
        ["pending"] = new JsonArray([.. _entries.Select(e => (JsonNode)new JsonObject { ["by"] = e.By, ["key"] = e.Key, ["until"] = Meta.FormatTime(e.Until), ["spec"] = e.Spec.DeepClone() })]),
    };
}
