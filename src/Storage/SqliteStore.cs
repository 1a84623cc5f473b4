using Slipway.Storage.Changes;
using Slipway.Storage.Sqlite;

namespace Slipway.Storage;

/// <summary>A store in one SQLite file (and its write-ahead log beside it), owned by one process at a time.</summary>
public sealed class SqliteStore : IStore
{
    /// <summary>The revision of a store that was never written.</summary>
    internal const long FirstRevision = 1;

    private const int Readers = 4;
    private const int RecentChanges = 4096;
    private const int RecentBytes = 4 << 20;

    private readonly string _path;
    private readonly IDisposable _lock;
    private readonly ReaderPool _readers;
    private readonly ChangeFeed _feed;
    private readonly StoreWriter _writer;

    private SqliteStore(string path, IDisposable @lock, ReaderPool readers, ChangeFeed feed, StoreWriter writer) =>
        (_path, _lock, _readers, _feed, _writer) = (path, @lock, readers, feed, writer);

    /// <summary>Opens the database at a path, whose directory must exist, and makes it if it is not there.</summary>
    /// <exception cref="StoreUnusableException">Another process uses it, it is damaged, or written by another program.</exception>
    /// <exception cref="StoreFullException">The disk has no room to open it.</exception>
    public static SqliteStore Open(string path)
    {
        var possession = DatabaseFile.Lock(path);
        Connection? db = null;
        try
        {
            db = DatabaseFile.OpenForWriting(path);
            return Assemble(path, possession, db);
        }
        catch (Exception e)
        {
            db?.Dispose();
            possession.Dispose();
            if (e is SqliteError error)
                throw DatabaseFile.Unusable(path, error);
            throw;
        }
    }

    /// <inheritdoc/>
    public long Revision => _feed.Revision;

    /// <inheritdoc/>
    public long CompactedRevision => _writer.Compacted;

    /// <inheritdoc/>
    public ValueTask<long> GetRevisionAsync(CancellationToken cancellation) => ValueTask.FromResult(Revision);

    /// <inheritdoc/>
    public ValueTask<long> GetCompactedRevisionAsync(CancellationToken cancellation) => ValueTask.FromResult(CompactedRevision);

    /// <inheritdoc/>
    public ValueTask<long?> GetSizeAsync(CancellationToken cancellation) => ValueTask.FromResult<long?>(DatabaseFile.SizeOf(_path));

    /// <inheritdoc/>
    public ValueTask<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation)
    {
        write.ThrowIfInvalid();
        cancellation.ThrowIfCancellationRequested();
        return new ValueTask<CommitResult>(_writer.CommitAsync(write, cancellation));
    }

    /// <inheritdoc/>
    public ValueTask<StoreRecord?> GetAsync(string key, CancellationToken cancellation) =>
        _readers.ReadAsync(reader => reader.Get(key), cancellation);

    /// <inheritdoc/>
    public ValueTask<StorePage> ListAsync(string prefix, string? after, int limit, long revision, CancellationToken cancellation)
    {
        StoreReads.ThrowIfInvalid(limit, revision);
        return _readers.ReadAsync(reader => reader.List(prefix, after, limit, revision), cancellation);
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, CancellationToken cancellation) =>
        _feed.WatchAsync(prefix, afterRevision, cancellation);

    /// <inheritdoc/>
    public ValueTask CompactAsync(long revision, CancellationToken cancellation)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(revision, Revision);
        return new ValueTask(_writer.CompactAsync(revision, cancellation));
    }

    /// <summary>Commits what is queued, ends watches, closes the database.</summary>
    public async ValueTask DisposeAsync()
    {
        _feed.Close();
        await _readers.DisposeAsync().ConfigureAwait(false);
        await _writer.CloseAsync().ConfigureAwait(false);
        _lock.Dispose();
    }

    private static SqliteStore Assemble(string path, IDisposable possession, Connection db)
    {
        var commits = new GroupCommit(db);
        var compaction = new Compaction(db, commits);
        var revision = Math.Max(Math.Max(db.Number("SELECT max(revision) FROM log"), compaction.Compacted), FirstRevision);

        var readers = new ReaderPool(path, Readers);
        var feed = new ChangeFeed(
            new ChangeRing(revision, RecentChanges, RecentBytes),
            async (after, limit, cancellation) => await readers.ReadAsync(reader => reader.Log(after, limit), cancellation).ConfigureAwait(false));
        var log = new WriteAheadLog(db, path);
        var writer = new StoreWriter(path, db, commits, compaction, log, feed);
        writer.Start();
        return new SqliteStore(path, possession, readers, feed, writer);
    }
}
