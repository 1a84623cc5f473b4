using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Catalog;

namespace Slipway.ApiServer.Admission;

/// <summary>The objects of a resource that admission decides by, each read once for each of its stored states.</summary>
/// <param name="feed">Feeds the resource's cache.</param>
/// <param name="group">API group.</param>
/// <param name="plural">Name of the resource.</param>
/// <param name="read">Makes what admission needs of a document.</param>
internal sealed class PolicyObjects<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicParameterlessConstructor)] T>(CacheFeed feed, string group, string plural, Func<JsonObject, T> read) where T : class
{
    private readonly ResourceCache _cache = feed.For(ServedResource.PrefixOf(group, plural));
    private readonly ConditionalWeakTable<CachedObject, T> _known = [];
    private Snapshot _all = new(ObjectMap.Empty, []);

    /// <summary>The resource's cache.</summary>
    public ResourceCache Cache => _cache;

    /// <summary>Whether there are none at all.</summary>
    public bool IsEmpty => _cache.Objects.Count == 0;

    /// <summary>All objects in the order of their keys; the same list for as long as nothing changes.</summary>
    public IReadOnlyList<T> All
    {
        get
        {
            var now = _cache.Objects;
            var known = _all;
            if (known.Map == now) return known.Items;
            known = new(now, [.. now.Range(_cache.Prefix).Select(Of)]);
            _all = known;
            return known.Items;
        }
    }

    /// <summary>The object of a name; for cluster-scoped resources the namespace is empty.</summary>
    public T? Find(string ns, string name) => FindItem(ns, name) is { } item ? Of(item) : null;

    /// <summary>The stored object of a name.</summary>
    public CachedObject? FindItem(string ns, string name) => _cache.Find(ns.Length == 0 ? $"{_cache.Prefix}{name}" : $"{_cache.Prefix}{ns}/{name}");

    /// <summary>The stored objects of a namespace, in the order of their names.</summary>
    public IEnumerable<CachedObject> In(string ns) => IsEmpty ? [] : _cache.Objects.Range($"{_cache.Prefix}{ns}/");

    /// <summary>What a stored object says.</summary>
    public T Of(CachedObject item) => _known.GetValue(item, i => read(DocumentReader.ParseJson(i.Bytes.Json.Span)));

    private sealed record Snapshot(ObjectMap Map, IReadOnlyList<T> Items);
}
