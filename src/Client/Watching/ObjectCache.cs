using k8s;
using k8s.Models;
using Slipway.Api;

namespace Slipway.Client;

/// <summary>The objects of an informer with their indexes. Reads come from any thread, changes from one.</summary>
internal sealed class ObjectCache<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, T> _objects = [];
    private readonly List<InformerIndex<T>> _indexes = [];
    private readonly Dictionary<string, InformerIndex<T>> _shared = [];
    private T[]? _snapshot;

    public InformerIndex<T> AddIndex(Func<T, IEnumerable<string>> values)
    {
        var index = new InformerIndex<T>(values, _lock);
        _indexes.Add(index);
        return index;
    }

    public InformerIndex<T> SharedIndex(string name, Func<T, IEnumerable<string>> values) =>
        _shared.TryGetValue(name, out var known) ? known : _shared[name] = AddIndex(values);

    public T? Get(ObjectKey key)
    {
        lock (_lock)
            return _objects.GetValueOrDefault(key);
    }

    public IReadOnlyCollection<T> List()
    {
        lock (_lock)
            return _snapshot ??= [.. _objects.Values];
    }

    public ObjectKey[] Keys()
    {
        lock (_lock)
            return [.. _objects.Keys];
    }

    /// <summary>Puts or (with null) removes an object.</summary>
    /// <returns>The object that was there.</returns>
    public T? Set(ObjectKey key, T? item)
    {
        lock (_lock)
        {
            _objects.Remove(key, out var old);
            if (item is not null)
                _objects[key] = item;
            foreach (var index in _indexes)
                index.Update(key, old, item);
            _snapshot = null;
            return old;
        }
    }
}

/// <summary>Finds an informer's objects by a value computed from each.</summary>
public sealed class InformerIndex<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly Func<T, IEnumerable<string>> _values;
    private readonly Lock _lock;
    private readonly Dictionary<string, Dictionary<ObjectKey, T>> _entries = [];

    internal InformerIndex(Func<T, IEnumerable<string>> values, Lock cacheLock) => (_values, _lock) = (values, cacheLock);

    /// <summary>The objects with this value, in no order.</summary>
    public IReadOnlyList<T> Find(string value)
    {
        lock (_lock)
            return _entries.TryGetValue(value, out var found) ? [.. found.Values] : [];
    }

    internal void Update(ObjectKey key, T? old, T? item)
    {
        if (old is not null)
            foreach (var value in _values(old))
                if (_entries.TryGetValue(value, out var entry) && entry.Remove(key) && entry.Count == 0)
                    _entries.Remove(value);
        if (item is not null)
            foreach (var value in _values(item))
            {
                if (!_entries.TryGetValue(value, out var entry))
                    _entries[value] = entry = [];
                entry[key] = item;
            }
    }
}
