using System.Runtime.CompilerServices;

namespace Slipway.Storage.Changes;

/// <summary>
/// Hands published changes to watches. A watch is a position, not a buffer: it fetches from the ring of recent changes,
/// below that from the log, and at the head it waits. So a slow reader costs no memory and delays nobody.
/// </summary>
internal sealed class ChangeFeed(ChangeRing ring, Func<long, int, CancellationToken, ValueTask<IReadOnlyList<StoreChange>>> readLog)
{
    private const int BatchSize = 512;

    private readonly Lock _gate = new();
    private TaskCompletionSource _advanced = NewSignal();
    private long _revision = ring.Revision;
    private bool _closed;

    /// <summary>The newest published revision.</summary>
    public long Revision => Volatile.Read(ref _revision);

    /// <summary>Makes changes visible to watches, all at once.</summary>
    public void Publish(ReadOnlySpan<StoreChange> changes)
    {
        TaskCompletionSource advanced;
        lock (_gate)
        {
            foreach (var change in changes)
                ring.Add(change);
            Volatile.Write(ref _revision, ring.Revision);
            (advanced, _advanced) = (_advanced, NewSignal());
        }
        advanced.TrySetResult(); // closing may have been first
    }

    /// <summary>Forgets recent changes up to and including a revision.</summary>
    public void DropThrough(long revision)
    {
        lock (_gate)
            ring.DropThrough(revision);
    }

    /// <summary>Ends all watches with <see cref="ObjectDisposedException"/>.</summary>
    public void Close()
    {
        TaskCompletionSource advanced;
        lock (_gate)
        {
            _closed = true;
            advanced = _advanced;
        }
        advanced.TrySetResult();
    }

    /// <summary>Streams changes after a revision; see <see cref="IStore.WatchAsync"/>.</summary>
    public async IAsyncEnumerable<StoreBatch> WatchAsync(
        string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var position = afterRevision; ;)
        {
            cancellation.ThrowIfCancellationRequested();
            var (recent, advanced) = Fetch(position);
            if (advanced is not null)
            {
                await advanced.WaitAsync(cancellation).ConfigureAwait(false);
                continue;
            }

            var changes = recent ?? await readLog(position, BatchSize, cancellation).ConfigureAwait(false);
            position = changes[^1].Revision;
            yield return new StoreBatch(Matching(changes, prefix), position);
        }
    }

    /// <summary>Changes from the ring; or neither, when the position lies below it; or what to wait for at the head.</summary>
    private (StoreChange[]? Recent, Task? Advanced) Fetch(long position)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, typeof(IStore));
            if (position >= ring.Revision)
                return (null, _advanced.Task);
            return (position >= ring.Floor ? ring.After(position, BatchSize) : null, null);
        }
    }

    private static IReadOnlyList<StoreChange> Matching(IReadOnlyList<StoreChange> changes, string prefix)
    {
        var matching = new List<StoreChange>(changes.Count);
        foreach (var change in changes)
            if (change.Key.StartsWith(prefix, StringComparison.Ordinal))
                matching.Add(change);
        return matching.Count == changes.Count ? changes : matching;
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
