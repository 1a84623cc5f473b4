using Slipway.Storage.Changes;

namespace Slipway.Storage;

/// <summary>A store that lives as long as its process: for tests and simulations. Its log is bounded by compaction alone.</summary>
public sealed class MemoryStore : IStore
{
    private readonly Lock _gate = new();
    private readonly SortedSet<StoreRecord> _current = new(Comparer<StoreRecord>.Create((x, y) => KeyOrder.Instance.Compare(x.Key, y.Key)));
    private readonly ChangeRing _log = new(revision: 1, maxCount: int.MaxValue, maxBytes: long.MaxValue);
    private readonly ChangeFeed _feed;
    private long _compacted;
    private bool _disposed;

    /// <summary>An empty store.</summary>
    public MemoryStore() => _feed = new ChangeFeed(_log, (_, _, _) => throw new CompactedException(CompactedRevision));

    /// <inheritdoc/>
    public long Revision => _feed.Revision;

    /// <inheritdoc/>
    public long CompactedRevision => Volatile.Read(ref _compacted);

    /// <inheritdoc/>
    public ValueTask<long> GetRevisionAsync(CancellationToken cancellation) => ValueTask.FromResult(Revision);

    /// <inheritdoc/>
    public ValueTask<long> GetCompactedRevisionAsync(CancellationToken cancellation) => ValueTask.FromResult(CompactedRevision);

    /// <inheritdoc/>
    public ValueTask<long?> GetSizeAsync(CancellationToken cancellation) => ValueTask.FromResult<long?>(null);

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation)
    {
        write.ThrowIfInvalid();
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfDisposed();
            var previous = Find(write.Key);
            if (write.ExpectedRevision != (previous?.Revision ?? 0))
                return ValueTask.FromResult(new CommitResult(false, 0, previous));

            var change = write.Apply(previous, Revision + 1);
            if (previous is not null)
                _current.Remove(previous);
            if (change.Current is not null)
                _current.Add(change.Current);
            _feed.Publish([change]);
            return ValueTask.FromResult(new CommitResult(true, change.Revision, null));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StoreRecord?> GetAsync(string key, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfDisposed();
            return ValueTask.FromResult(Find(key));
        }
    }

    /// <inheritdoc/>
    public ValueTask<StorePage> ListAsync(string prefix, string? after, int limit, long revision, CancellationToken cancellation)
    {
        StoreReads.ThrowIfInvalid(limit, revision);
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfDisposed();
            StoreReads.ThrowIfUnreadable(revision, Revision, CompactedRevision);
            var at = revision == 0 ? Revision : revision;
            var most = limit == 0 ? int.MaxValue : limit;
            var start = KeyOrder.PageStart(prefix, after);

            var unchanged = From(start)
                .TakeWhile(record => record.Key.StartsWith(prefix, StringComparison.Ordinal))
                .Where(record => record.Revision <= at);
            var page = PastState.Merge(unchanged, ChangedSince(at, prefix, start), record => record.Key, most == int.MaxValue ? most : most + 1);

            return ValueTask.FromResult(StoreReads.Page(page, at, most));
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, CancellationToken cancellation) =>
        _feed.WatchAsync(prefix, afterRevision, cancellation);

    /// <inheritdoc/>
    public ValueTask CompactAsync(long revision, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        lock (_gate)
        {
            ThrowIfDisposed();
            ArgumentOutOfRangeException.ThrowIfGreaterThan(revision, Revision);
            if (revision > _compacted)
            {
                Volatile.Write(ref _compacted, revision);
                _feed.DropThrough(revision);
            }
        }
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_gate)
            _disposed = true;
        _feed.Close();
        return ValueTask.CompletedTask;
    }

    private StoreRecord? Find(string key) => _current.TryGetValue(Probe(key), out var record) ? record : null;

    private SortedSet<StoreRecord> From(string start)
    {
        var from = Probe(start);
        return _current.Max is { } last && _current.Comparer.Compare(from, last) <= 0 ? _current.GetViewBetween(from, last) : [];
    }

    private Dictionary<string, StoreRecord?> ChangedSince(long revision, string prefix, string start)
    {
        var then = new Dictionary<string, StoreRecord?>();
        if (revision == Revision)
            return then;
        foreach (var change in _log.After(revision, int.MaxValue))
            if (change.Key.StartsWith(prefix, StringComparison.Ordinal) && KeyOrder.Instance.Compare(change.Key, start) >= 0)
                then.TryAdd(change.Key, change.Previous);
        return then;
    }

    private static StoreRecord Probe(string key) => new(key, default, 0, 0);

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}
