using System.Runtime.InteropServices;

namespace Slipway.ApiServer.Caching;

/// <summary>
/// The watchers of a resource, so that a change meets those alone that it may concern: of thousands of watches of one object each, or
/// of the pods of one node each, one or two. Used under the cache's lock.
/// </summary>
internal sealed class WatcherIndex
{
    private readonly HashSet<Watcher> _all = [];
    private readonly List<Watcher> _general = [];
    private readonly Dictionary<string, List<Watcher>> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, List<Watcher>>> _byField = new(StringComparer.Ordinal);

    /// <summary>All watchers.</summary>
    public IReadOnlyCollection<Watcher> All => _all;

    public void Add(Watcher watcher)
    {
        if (_all.Add(watcher)) ListFor(watcher.Selection).Add(watcher);
    }

    public void Remove(Watcher watcher)
    {
        if (!_all.Remove(watcher)) return;
        var selection = watcher.Selection;
        var list = ListFor(selection);
        list.Remove(watcher);
        if (list.Count > 0) return;
        if (selection.OnlyKey is { } key) _byKey.Remove(key);
        else if (selection.OnlyField is { } field && _byField[field.Path] is var values && values.Remove(field.Value) && values.Count == 0) _byField.Remove(field.Path);
    }

    public void Clear()
    {
        _all.Clear();
        _general.Clear();
        _byKey.Clear();
        _byField.Clear();
    }

    /// <summary>Offers a change to whom it may concern.</summary>
    public void Offer(in CacheEvent change)
    {
        OfferTo(_general, change);
        if (_byKey.Count > 0) OfferTo(_byKey.GetValueOrDefault((change.Current ?? change.Previous!).Key), change);
        foreach (var (path, values) in _byField)
        {
            var now = change.Current?.Field(path);
            var before = change.Previous?.Field(path);
            if (now is not null) OfferTo(values.GetValueOrDefault(now), change);
            if (before is not null && before != now) OfferTo(values.GetValueOrDefault(before), change);
        }
    }

    private static void OfferTo(List<Watcher>? watchers, in CacheEvent change)
    {
        foreach (var watcher in CollectionsMarshal.AsSpan(watchers)) watcher.Offer(change);
    }

    private List<Watcher> ListFor(Selection selection)
    {
        if (selection.OnlyKey is { } key) return CollectionsMarshal.GetValueRefOrAddDefault(_byKey, key, out _) ??= [];
        if (selection.OnlyField is not { } field) return _general;
        var values = CollectionsMarshal.GetValueRefOrAddDefault(_byField, field.Path, out _) ??= new(StringComparer.Ordinal);
        return CollectionsMarshal.GetValueRefOrAddDefault(values, field.Value, out _) ??= [];
    }
}
