using Slipway.Storage.Changes;

namespace Slipway.Storage.Sqlite;

/// <summary>
/// Writes, one group at a time: commits it in one transaction, publishes the changes, and answers. No timer holds a group
/// back. A write that comes while nothing else is written is committed by its caller's thread, which saves a lone client
/// two changes of threads; whatever comes meanwhile gathers in a queue, and a thread of its own commits all of it at once.
/// That thread also does a step of upkeep whenever one is due.
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

    /// <summary>A thread has the database: the own one, or that of a caller.</summary>
    private bool _taken;

    // Of the thread that has the database:
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

    /// <summary>Commits a write: on this thread if nothing else is written, which blocks it for one synchronisation of the disk.</summary>
    public Task<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation)
    {
        var pending = new PendingWrite(write, cancellation);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closing, typeof(IStore));
            if (_taken || IsThreadWanted || _failure is not null)
            {
                _queued.Enqueue(pending);
                Monitor.Pulse(_gate);
                return pending.Answer;
            }
            _taken = true;
        }

        try
        {
            WriteAlone(pending);
        }
        finally
        {
            lock (_gate)
            {
                _taken = false;
                Monitor.Pulse(_gate);
            }
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

    /// <summary>There is something for the own thread to do; asked under the gate, while no other thread has the database.</summary>
    private bool IsThreadWanted =>
        _queued.Count > 0 || _requested.Count > 0 || _closing || (_failure is null && (_log.IsLong || (_compaction.IsDue && !_compactionRests)));

    private void Run()
    {
        while (Take())
        {
            if (_failure is null)
                Write(_group);
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

    /// <summary>Gives the database back, waits for something to do and takes it; false at the end.</summary>
    private bool Take()
    {
        _group.Clear();
        lock (_gate)
        {
            _taken = false;
            while (_taken || !IsThreadWanted)
                Monitor.Wait(_gate);
            _taken = true;
            while (_group.Count < LargestGroup && _queued.TryDequeue(out var pending))
                if (pending.IsWanted())
                    _group.Add(pending);
            while (_requested.TryDequeue(out var compaction))
                _compacting.Add(compaction);
            return _group.Count > 0 || !_closing;
        }
    }

    /// <summary>Upkeep is left to the own thread: nobody waits for it.</summary>
    private void WriteAlone(PendingWrite pending)
    {
        if (!pending.IsWanted())
            return;
        Write([pending]);
        _log.CountPages();
        if (_failure is not null)
            pending.Fail(_failure);
    }

    private void Write(List<PendingWrite> group)
    {
        if (group.Count == 0 || TryWrite(group) is not { } refusal)
            return;
        if (!refusal.IsFull)
        {
            Fail(refusal);
            return;
        }

        // No room for all of them: some may fit, above all when the write-ahead log can begin anew.
        Attempt(_log.Flush);
        foreach (var pending in group)
            if (_failure is null && TryWrite([pending]) is { } single)
            {
                if (single.IsFull)
                    pending.Fail(Full(single));
                else
                    Fail(single);
            }
    }

    /// <summary>Commits, publishes, answers.</summary>
    private SqliteError? TryWrite(List<PendingWrite> group)
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
        Attempt(_log.CopyIfLong);
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
