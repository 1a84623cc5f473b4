using Slipway.Api;
using Slipway.Storage;

namespace Slipway.ApiServer.Caching;

/// <summary>
/// The objects of one resource as of a revision, the latest changes, and who watches them. Written by the feed alone.
/// </summary>
internal sealed class ResourceCache(string prefix, long revision)
{
    private const int MaxLogEvents = 4096;
    private const long MaxLogBytes = 4 << 20;

    private readonly Lock _gate = new();
    private readonly Queue<CacheEvent> _log = new();
    private readonly WatcherIndex _watchers = new();
    private volatile ObjectMap _objects = ObjectMap.Empty;
    private long _logStart = revision;   // changes after this revision are in the log
    private long _logBytes;
    private long _lastRevision;

    /// <summary>Start of the keys of this resource, with a slash at the end.</summary>
    public string Prefix => prefix;

    /// <summary>The objects; a consistent state that no longer changes.</summary>
    public ObjectMap Objects => _objects;

    /// <summary>Revision of the newest change of this resource.</summary>
    public long LastRevision => Volatile.Read(ref _lastRevision);

    /// <summary>Called after each change, in order, before watchers and waiting readers learn of it.</summary>
    public Action? Changed { get; set; }

    /// <summary>Keeps an index in step with the objects. Set before the feed starts.</summary>
    public ICacheObserver? Observer { get; set; }

    /// <summary>The objects, and the revision of the newest change among them.</summary>
    public (ObjectMap Objects, long Revision) Snapshot()
    {
        lock (_gate) return (_objects, _lastRevision);
    }

    /// <summary>How many watches are open.</summary>
    public int WatcherCount
    {
        get
        {
            lock (_gate) return _watchers.All.Count;
        }
    }

    public CachedObject? Find(ReadOnlySpan<char> key) => _objects.Find(key);

    /// <summary>The latest changes of one object, oldest first; what is older is forgotten.</summary>
    public CacheEvent[] ChangesOf(string key)
    {
        lock (_gate) return [.. _log.Where(e => (e.Current ?? e.Previous)!.Key == key)];
    }

    /// <summary>Starts a watch with the state of now.</summary>
    /// <param name="watcher">Receives every later change.</param>
    /// <param name="feedRevision">How far the feed has come.</param>
    /// <returns>The objects, and the revision at which they are that.</returns>
    public (ObjectMap Objects, long Revision) Subscribe(Watcher watcher, Func<long> feedRevision)
    {
        lock (_gate)
        {
            _watchers.Add(watcher);
            return (_objects, Math.Max(feedRevision(), _lastRevision));
        }
    }

    /// <summary>Starts a watch after a revision.</summary>
    /// <returns>The changes since then that have already happened.</returns>
    /// <exception cref="ApiException">410: the log does not reach back that far.</exception>
    public CacheEvent[] Subscribe(Watcher watcher, long afterRevision)
    {
        lock (_gate)
        {
            if (afterRevision < _logStart) throw ApiException.Expired($"too old resource version: {afterRevision} ({_logStart})");
            _watchers.Add(watcher);
            return _log.Count == 0 || afterRevision >= _lastRevision ? [] : [.. _log.Where(e => e.Revision > afterRevision)];
        }
    }

    public void Unsubscribe(Watcher watcher)
    {
        lock (_gate) _watchers.Remove(watcher);
    }

    public void OfferBookmarks(long feedRevision)
    {
        lock (_gate)
        {
            var at = Math.Max(feedRevision, _lastRevision);
            foreach (var watcher in _watchers.All) watcher.OfferBookmark(at);
        }
    }

    /// <summary>Tells one watcher how far the cache has come.</summary>
    public void OfferBookmark(Watcher watcher, long feedRevision)
    {
        lock (_gate) watcher.OfferBookmark(Math.Max(feedRevision, _lastRevision));
    }

    /// <summary>Replaces everything: history before <paramref name="revision"/> is gone, and so is every watch.</summary>
    public void Reset(IReadOnlyList<CachedObject> objects, long revision)
    {
        lock (_gate)
        {
            _objects = ObjectMap.FromSorted(objects);
            _log.Clear();
            _logBytes = 0;
            _logStart = revision;
            Volatile.Write(ref _lastRevision, revision);
            Observer?.Reset(objects);
            Changed?.Invoke();
            foreach (var watcher in _watchers.All) watcher.Expire();
            _watchers.Clear();
        }
    }

    /// <summary>Forgets the changes up to a revision: nobody can begin to watch before it any longer.</summary>
    public void Forget(long revision)
    {
        lock (_gate)
        {
            while (_log.TryPeek(out var oldest) && oldest.Revision <= revision) _logBytes -= Size(_log.Dequeue());
            _logStart = Math.Max(_logStart, revision);
        }
    }

    public void Apply(StoreChange change)
    {
        lock (_gate)
        {
            var previous = _objects.Find(change.Key);
            var current = change.Current is { } record ? new CachedObject(record, prefix.Length) : null;
            _objects = current is not null ? _objects.With(current) : _objects.Without(change.Key);
            Volatile.Write(ref _lastRevision, change.Revision);
            if (current is null && previous is null) return;

            var applied = new CacheEvent(current, previous, change.Revision);
            Observer?.Apply(applied);
            Changed?.Invoke();
            Log(applied);
            _watchers.Offer(applied);
        }
    }

    private void Log(in CacheEvent applied)
    {
        _log.Enqueue(applied);
        _logBytes += Size(applied);
        while (_log.Count > MaxLogEvents || (_logBytes > MaxLogBytes && _log.Count > 1))
        {
            var oldest = _log.Dequeue();
            _logBytes -= Size(oldest);
            _logStart = oldest.Revision;
        }
    }

    private static long Size(in CacheEvent change) => change.Previous?.Bytes.Json.Length ?? 0;
}
