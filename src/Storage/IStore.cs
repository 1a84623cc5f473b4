namespace Slipway.Storage;

/// <summary>
/// Revisioned bytes: a map from key to value in which each commit gets the next number of one global revision.
/// Values carry no revision of their own; whoever reads a <see cref="StoreRecord"/> splices it in.
/// </summary>
/// <remarks>
/// The contract, held by one test suite over every implementation:
/// what <see cref="CommitAsync"/> has acknowledged survives the death of the process and of the machine;
/// revisions rise by one without reuse, also across restarts (by more where others use the same etcd); a watch sees each
/// commit after its starting revision once, in order; reads at a past revision see exactly the state of that revision until it
/// is compacted. Keys begin with a slash and are ordered by their ordinal UTF-8 bytes.
/// All members may be called from any thread at any time; after disposal they throw <see cref="ObjectDisposedException"/>.
/// </remarks>
public interface IStore : IAsyncDisposable
{
    /// <summary>The newest committed revision that this process knows of; 1 for a store that was never written.</summary>
    long Revision { get; }

    /// <summary>The oldest revision that can still be read or watched from, as far as this process knows; 0 while nothing has been compacted.</summary>
    long CompactedRevision { get; }

    /// <summary>
    /// The newest committed revision at some time after the call: whoever has seen everything up to it is not behind any write
    /// that was acknowledged before, by whatever process. A watch that is open comes to it.
    /// </summary>
    /// <exception cref="StoreUnreachableException">The store did not answer.</exception>
    ValueTask<long> GetRevisionAsync(CancellationToken cancellation);

    /// <summary>The newest <see cref="CompactedRevision"/> at some time after the call, by whatever process.</summary>
    /// <exception cref="StoreUnreachableException">The store did not answer.</exception>
    ValueTask<long> GetCompactedRevisionAsync(CancellationToken cancellation);

    /// <summary>How much its files, or its database in an etcd, take on the disk, in bytes; null for one that has none.</summary>
    /// <exception cref="StoreUnreachableException">The store did not answer.</exception>
    ValueTask<long?> GetSizeAsync(CancellationToken cancellation);

    /// <summary>
    /// Commits one write if its expectation holds; returns when it is durable. A write that finds its expectation failed
    /// is no error: the result says so and what is stored instead. Cancellation is heeded until the write is taken up.
    /// </summary>
    /// <exception cref="ArgumentException">
    /// The key does not begin with a slash or is no text that UTF-8 can carry, the value is larger than 64 MiB, or a deletion
    /// expects no revision.
    /// </exception>
    /// <exception cref="StoreFullException">The store has no room for the write; nothing was changed.</exception>
    /// <exception cref="StoreValueTooLargeException">The store takes no value of this size; nothing was changed.</exception>
    /// <exception cref="StoreUnusableException">The disk failed; whether the write was kept shows after reopening.</exception>
    /// <exception cref="StoreUnreachableException">The store did not answer.</exception>
    ValueTask<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation);

    /// <summary>Reads the newest state of a key; null if it does not exist.</summary>
    ValueTask<StoreRecord?> GetAsync(string key, CancellationToken cancellation);

    /// <summary>
    /// Reads at most <paramref name="limit"/> records (0: all) whose key has <paramref name="prefix"/> and sorts after
    /// <paramref name="after"/>, in key order, as they were at <paramref name="revision"/> (0: the newest).
    /// </summary>
    /// <exception cref="CompactedException">The revision has been compacted.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The revision has not been reached, or a number is negative.</exception>
    ValueTask<StorePage> ListAsync(string prefix, string? after, int limit, long revision, CancellationToken cancellation);

    /// <summary>
    /// Streams, in revision order and without end, the batches of commits on keys with <paramref name="prefix"/> whose revision
    /// is greater than <paramref name="afterRevision"/>. Each batch also tells how far the store has come, so that a
    /// reader knows that nothing below is missing; an empty batch is such progress alone.
    /// A reader may take its time: what it has not fetched is not kept for it, but read again from the log, and only
    /// when compaction overtakes it is the reader refused.
    /// </summary>
    /// <exception cref="CompactedException">The revision has been compacted, or the reader fell too far behind.</exception>
    IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, CancellationToken cancellation);

    /// <summary>
    /// Forgets the changes up to and including <paramref name="revision"/>: the state at that revision can still be read and
    /// watched from, older ones cannot. Works in small steps between the writes; returns when all is done.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The revision has not been reached.</exception>
    ValueTask CompactAsync(long revision, CancellationToken cancellation);
}

/// <summary>One write.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The new value; null deletes the key. Not copied: the bytes must not change afterwards.
/// (A <c>byte[]</c> variable that is null converts to an empty value, not to null.)</param>
/// <param name="ExpectedRevision">The revision that the key must have: 0 for a key that must not exist.</param>
public sealed record StoreWrite(string Key, ReadOnlyMemory<byte>? Value, long ExpectedRevision);

/// <summary>What became of a write.</summary>
/// <param name="Committed">Whether the expectation held.</param>
/// <param name="Revision">The revision of the commit, or 0 when the expectation failed.</param>
/// <param name="Current">When the expectation failed: what is stored (null if the key does not exist).</param>
public readonly record struct CommitResult(bool Committed, long Revision, StoreRecord? Current);

/// <summary>A stored value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The bytes as they were committed; read-only.</param>
/// <param name="CreateRevision">The revision that created the key.</param>
/// <param name="Revision">The revision that last wrote it.</param>
public sealed record StoreRecord(string Key, ReadOnlyMemory<byte> Value, long CreateRevision, long Revision);

/// <summary>A part of a list.</summary>
/// <param name="Records">The records in key order.</param>
/// <param name="Revision">The revision at which the page was read.</param>
/// <param name="More">Whether keys follow the last record.</param>
public sealed record StorePage(IReadOnlyList<StoreRecord> Records, long Revision, bool More);

/// <summary>One committed change.</summary>
/// <param name="Key">The key.</param>
/// <param name="Revision">The revision of the commit.</param>
/// <param name="Current">The record after the commit; null if it deleted the key.</param>
/// <param name="Previous">The record before the commit; null if it created the key.</param>
public sealed record StoreChange(string Key, long Revision, StoreRecord? Current, StoreRecord? Previous);

/// <summary>Changes in revision order.</summary>
/// <param name="Changes">The changes on keys that the watch covers; may be empty.</param>
/// <param name="Revision">Every change up to this revision has been delivered.</param>
public readonly record struct StoreBatch(IReadOnlyList<StoreChange> Changes, long Revision);

/// <summary>History before <paramref name="compacted"/> is gone; a list or watch has to start anew.</summary>
public sealed class CompactedException(long compacted) : Exception($"revisions before {compacted} have been compacted")
{
    /// <summary>The oldest revision that can still be read or watched from.</summary>
    public long CompactedRevision { get; } = compacted;
}

/// <summary>The store could not write because the disk is full or refused; nothing was changed.</summary>
public sealed class StoreFullException(string message, Exception? inner) : IOException(message, inner);

/// <summary>The store takes no value of this size; nothing was changed.</summary>
public sealed class StoreValueTooLargeException(string message, Exception? inner) : IOException(message, inner);

/// <summary>No server of the store answered in time.</summary>
/// <param name="message">Which, and why.</param>
/// <param name="mayHaveCommitted">Whether the write of which it is said may have been kept, or may still be.</param>
/// <param name="inner">The last failure.</param>
public sealed class StoreUnreachableException(string message, bool mayHaveCommitted, Exception? inner) : IOException(message, inner)
{
    /// <summary>Whether the write of which it is said may have been kept, or may still be.</summary>
    public bool MayHaveCommitted { get; } = mayHaveCommitted;
}

/// <summary>The store cannot be opened, is damaged, refuses its client, or its disk failed; the message says what to do.</summary>
public sealed class StoreUnusableException(string message, Exception? inner = null) : IOException(message, inner);
