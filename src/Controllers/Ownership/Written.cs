using System.Collections.Concurrent;
using k8s;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Objects that have just been written, until the cache has caught up: what was decided on their old state would be
/// decided once more.
/// </summary>
internal sealed class Written<T> where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ConcurrentDictionary<ObjectKey, T> _objects = new();

    public void Add(ObjectKey key, T item) => _objects[key] = item;

    public void Remove(ObjectKey key) => _objects.TryRemove(key, out _);

    /// <summary>The newer of the object in the cache and as it was written.</summary>
    public T? Newest(ObjectKey key, Informer<T> cache) => Newest(key, cache.Get(key));

    /// <summary>The newer of an object from the cache and as it was written.</summary>
    public T? Newest(ObjectKey key, T? cached)
    {
        if (!_objects.TryGetValue(key, out var written))
            return cached;
        if (cached?.Metadata.Uid == written.Metadata.Uid && ResourceVersions.Compare(cached.Metadata.ResourceVersion, written.Metadata.ResourceVersion) < 0)
            return written;
        Remove(key);
        return cached;
    }
}
