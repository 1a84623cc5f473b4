namespace Slipway.ApiServer.Caching;

/// <summary>
/// Keeps an index of the objects of a cache. It is called in the order of revisions, under the cache's lock and before watchers
/// and waiting readers learn of a change: whoever has waited for a revision finds the index at it.
/// </summary>
internal interface ICacheObserver
{
    /// <summary>Everything is replaced.</summary>
    void Reset(IReadOnlyList<CachedObject> objects);

    /// <summary>One object was created, changed or deleted.</summary>
    void Apply(in CacheEvent change);
}
