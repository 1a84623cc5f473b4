using Slipway.Storage.Changes;

namespace Slipway.Storage.Sqlite;

/// <summary>
/// The one thread that writes. It takes all that is queued, commits it in one transaction, publishes the changes, and
/// answers; then it does a step of upkeep if any is due. No timer holds a group back: a lone writer waits for one
/// synchronisation of the disk, and while that lasts the next group gathers.
/// </summary>
internal sealed class StoreWriter
{
    private const int LargestGroup = 1024;

    private readonly string _path;
    private readonly Connection _db;
    private readonly ChangeFeed _feed;
    private readonly GroupCommit _commits;
    private readonly Compaction _compaction;
    private readonly WriteAheadLog _log;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly object _gate = new();
    private Queue<PendingWrite> _queued = new();
    private Queue<PendingCompaction> _requested = new();
    private bool _closing;

    // Of the thread alone:
    private readonly List<PendingWrite> _group = [];
    private readonly List<PendingCompaction> _compacting = [];
    private StoreUnusableException? _failure;
    private long _compacted;

    /// <summary>The disk was too full to go on; another write or request shows whether it still is.</summary>
    private bool _compactionRests;

    public StoreWriter(string path, Connection db, GroupCommit commits, Compaction compaction, WriteAheadLog log, ChangeFeed feed)
    {
        (_path, _db, _commits, _compaction, _log, _feed) = (path, db, commits, compaction, log, feed);
        _compacted = compaction.Compacted;
    }

    /// <summary>Changes up to here are forgotten.</summary>
    public long Compacted => Volatile.Read(ref _compacted);

    public void Start() => new Thread(Run) { IsBackground = true, Name = "store writer" }.Start();

    public Task<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation)
    {
        var pending = new PendingWrite(write, cancellation);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, typeof(IStore));
            _queued.Enqueue(pending);
            Monitor.Pulse(_gate);
        }
        return pending.Answer;
    }

    public Task CompactAsync(long revision, CancellationToken cancellation)
    {
        var pending = new PendingCompaction(revision, new(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, typeof(IStore));
            _requested.Enqueue(pending);
            Monitor.Pulse(_gate);
        }
        return pending.Done.Task.WaitAsync(cancellation);
    }

    /// <summary>Writes what is queued, and ends.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _closing = true;
            Monitor.Pulse(_gate);
        }
        return _ended.Task;
    }

    private void Run()
    {
        while (Take())
        {
            if (_failure is null)
                Write();
            if (_failure is null)
                Upkeep();
            if (_failure is not null)
                Refuse(_failure);
        }

        _group.Clear();
        Refuse(new ObjectDisposedException(nameof(IStore)));
        _db.Dispose();
        _ended.SetResult();
    }

    /// <summary>Waits for something to do and takes it; false at the end.</summary>
    private bool Take()
    {
        _group.Clear();
        lock (_gate)
        {
            while (_queued.Count == 0 && _requested.Count == 0 && !_closing && !(_compaction.IsDue && !_compactionRests && _failure is null))
                Monitor.Wait(_gate);
            while (_group.Count < LargestGroup && _queued.TryDequeue(out var pending))
                if (pending.IsWanted())
                    _group.Add(pending);
            while (_requested.TryDequeue(out var compaction))
                _compacting.Add(compaction);
            return _group.Count > 0 || !_closing;
        }
    }

    private void Write()
    {
        if (_group.Count == 0 || TryWrite(_group) is not { } refusal)
            return;
        if (!refusal.IsFull)
        {
            Fail(refusal);
            return;
        }

        // No room for all of them: some may fit, above all when the write-ahead log can begin anew.
        Attempt(_log.Flush);
        foreach (var pending in _group)
            if (_failure is null && TryWrite([pending]) is { } single)
            {
                if (single.IsFull)
                    pending.Fail(Full(single));
                else
                    Fail(single);
            }
    }

    /// <summary>Commits, publishes, answers.</summary>
    private SqliteError? TryWrite(IReadOnlyList<PendingWrite> group)
    {
        try
        {
            _commits.Write(group, _feed.Revision);
        }
        catch (SqliteError e)
        {
            return e;
        }

        var changes = group.Where(pending => pending.Change is not null).Select(pending => pending.Change!).ToArray();
        if (changes.Length > 0)
            _feed.Publish(changes);
        foreach (var pending in group)
            pending.Complete();
        return null;
    }

    private void Upkeep()
    {
        Attempt(_log.AfterCommit);
        if (_compacting.Count == 0 && !_compaction.IsDue)
            return;

        var refusal = Attempt(() =>
        {
            foreach (var request in _compacting)
                _compaction.Forget(request.Revision);
            if (Compacted != _compaction.Compacted)
            {
                Volatile.Write(ref _compacted, _compaction.Compacted);
                _feed.DropThrough(_compacted);
            }
            _compaction.Step();
            if (!_compaction.IsDue)
                _log.Shrink();
        });
        _compactionRests = refusal is not null;
        if (refusal is null && _compaction.IsDue)
            return;

        foreach (var request in _compacting)
        {
            if (refusal is null)
                request.Done.TrySetResult();
            else
                request.Done.TrySetException(refusal);
        }
        _compacting.Clear();
    }

    /// <summary>Does what can be done later if the disk is full now.</summary>
    private StoreFullException? Attempt(Action step)
    {
        try
        {
            step();
            return null;
        }
        catch (SqliteError e) when (e.IsFull)
        {
            return Full(e);
        }
        catch (SqliteError e)
        {
            Fail(e);
            return null;
        }
    }

    private void Fail(SqliteError e) => _failure = DatabaseFile.Unusable(_path, e);

    private void Refuse(Exception reason)
    {
        foreach (var pending in _group)
            pending.Fail(reason);
        foreach (var request in _compacting)
            request.Done.TrySetException(reason);
        _compacting.Clear();
    }

    private StoreFullException Full(SqliteError e) =>
        new($"the disk of {_path} is full ({e.Message}); make room, the store goes on by itself", e);

    private readonly record struct PendingCompaction(long Revision, TaskCompletionSource Done);
}
