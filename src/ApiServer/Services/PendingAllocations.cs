using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Services;

/// <summary>What a process gave to a service whose commit may still be on its way.</summary>
/// <param name="By">The process.</param>
/// <param name="Key">Key of the service.</param>
/// <param name="Uid">Uid of the service; empty where it is not known.</param>
/// <param name="Over">Revision of the service that the commit replaces; 0 for a new one.</param>
/// <param name="Until">When it does not count any longer, whatever became of it.</param>
/// <param name="Spec">The addresses and ports, as the service has them.</param>
internal sealed record PendingAllocation(string By, string Key, string Uid, long Over, DateTimeOffset Until, JsonObject Spec);

/// <summary>
/// What services were given whose commit may still be on its way: until it is known what became of that, and for a while at most, it counts as
/// held. The document is no object of the API; it lies beside the services in the store.
/// </summary>
/// <remarks>A process notes one at a time, so that what it noted before is settled.</remarks>
internal sealed class PendingAllocations
{
    // Far longer than a commit takes; what was given by who died meanwhile is free after this.
    private static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(30);

    private readonly List<PendingAllocation> _entries = [];
    private readonly DateTimeOffset _now;

    private PendingAllocations(DateTimeOffset now, IEnumerable<PendingAllocation> entries) => (_now, _entries) = (now, [.. entries]);

    /// <summary>Reads the document; entries whose time is over are left out.</summary>
    public static PendingAllocations Read(JsonObject document, DateTimeOffset now) => new(now, document.Objects("pending")
        .Select(e => new PendingAllocation(
            e.Text("by") ?? "", e.Text("key") ?? "", e.Text("uid") ?? "", e.Integer("over") ?? 0, Meta.ParseTime(e.Text("until")) ?? DateTimeOffset.MinValue, e.Object("spec") ?? []))
        .Where(e => e.Until > now));

    /// <summary>What other processes have on its way, but for one service: of two writes of the same service one is refused by its revision.</summary>
    /// <param name="self">This process.</param>
    /// <param name="key">Key of the service that is written here.</param>
    public IEnumerable<PendingAllocation> OfOthers(string self, string key) => _entries.Where(e => e.By != self && e.Key != key);

    /// <summary>With what a process has given to a service.</summary>
    /// <param name="self">The process.</param>
    /// <param name="key">Key of the service.</param>
    /// <param name="over">Revision of the service that is to be replaced; 0 for a new one.</param>
    /// <param name="service">The service as it is to be.</param>
    public PendingAllocations With(string self, string key, long over, JsonObject service)
    {
        var spec = service.Object("spec") ?? [];
        var held = new JsonObject();
        foreach (var name in (ReadOnlySpan<string>)["clusterIPs", "healthCheckNodePort"])
            if (spec[name] is { } value) held[name] = value.DeepClone();
        held["ports"] = new JsonArray([.. spec.Objects("ports").Where(p => p["nodePort"] is not null).Select(p => new JsonObject { ["nodePort"] = p["nodePort"]!.DeepClone() })]);
        return new(_now, [.. Without(self)._entries, new(self, key, service.Uid, over, _now + Lifetime, held)]);
    }

    /// <summary>Without what a process has noted.</summary>
    public PendingAllocations Without(string self) => new(_now, _entries.Where(e => e.By != self));

    public JsonObject ToJson() => new()
    {
        ["metadata"] = new JsonObject { ["name"] = "pending" },
        ["pending"] = new JsonArray([.. _entries.Select(e => (JsonNode)new JsonObject
        {
            ["by"] = e.By, ["key"] = e.Key, ["uid"] = e.Uid, ["over"] = e.Over, ["until"] = Meta.FormatTime(e.Until), ["spec"] = e.Spec.DeepClone(),
        })]),
    };
}
