using Slipway.Storage.Changes;

namespace Slipway.Storage.Sqlite;

/// <summary>Reads on a connection of its own: each read sees one snapshot, whatever is being written.</summary>
internal sealed class StoreReader : IDisposable
{
    private const int LogBytes = 1 << 20;

    private readonly Connection _db;
    private readonly Statement _begin, _end, _bounds, _get, _list, _changedSince, _at, _log;

    public StoreReader(Connection db)
    {
        _db = db;
        _begin = db.Prepare("BEGIN");
        _end = db.Prepare("COMMIT");
        _bounds = db.Prepare("SELECT (SELECT max(revision) FROM log), (SELECT value FROM meta WHERE name = 'compacted')");
        _get = db.Prepare("SELECT l.created, l.revision, l.value FROM current c JOIN log l ON l.revision = c.revision WHERE c.key = ?1");
        _list = db.Prepare("""
            SELECT l.created, l.revision, l.value, c.key FROM current c CROSS JOIN log l ON l.revision = c.revision
            WHERE c.key >= ?1 AND c.key < ?2 AND c.revision <= ?3 ORDER BY c.key LIMIT ?4
            """);
        _changedSince = db.Prepare("SELECT key, previous FROM log WHERE revision > ?3 AND key >= ?1 AND key < ?2 ORDER BY revision");
        _at = db.Prepare("SELECT created, revision, value FROM log WHERE revision = ?1");
        _log = db.Prepare("SELECT created, revision, value, key, previous FROM log WHERE revision > ?1 ORDER BY revision LIMIT ?2");
    }

    public StoreRecord? Get(string key)
    {
        var record = _get.Bind(1, key).Step() ? Record(_get, key) : null;
        _get.Reset();
        return record;
    }

    public StorePage List(string prefix, string? after, int limit, long revision) => InSnapshot((newest, compacted) =>
    {
        StoreReads.ThrowIfUnreadable(revision, newest, compacted);
        var at = revision == 0 ? newest : revision;
        var most = limit == 0 ? int.MaxValue : limit;
        var fetch = most == int.MaxValue ? most : most + 1;
        var start = KeyOrder.PageStart(prefix, after);

        if (at == newest)
            return StoreReads.Page(Unchanged(prefix, start, at, fetch).ToList(), at, most);

        var changed = ChangedSince(at, prefix, start);
        var page = PastState.Merge(Unchanged(prefix, start, at, fetch), changed, record => record.Key, fetch);
        for (var i = 0; i < page.Count; i++)
            if (changed.ContainsKey(page[i].Key))
                page[i] = At(page[i].Revision, page[i].Key);
        return StoreReads.Page(page, at, most);
    });

    /// <summary>Changes after a revision, in order; at least one if there is any.</summary>
    /// <exception cref="CompactedException">The changes are gone.</exception>
    public IReadOnlyList<StoreChange> Log(long after, int limit) => InSnapshot((_, compacted) =>
    {
        if (after < compacted)
            throw new CompactedException(compacted);

        var changes = new List<StoreChange>();
        var bytes = 0L;
        _log.Bind(1, after).Bind(2, limit);
        while (bytes < LogBytes && _log.Step())
        {
            var key = _log.Text(3);
            var current = _log.IsNull(2) ? null : Record(_log, key);
            var previous = _log.Int64(4) is > 0 and var revision ? At(revision, key) : null;
            changes.Add(new StoreChange(key, _log.Int64(1), current, previous));
            bytes += (current?.Value.Length ?? 0) + (previous?.Value.Length ?? 0);
        }
        _log.Reset();
        return changes;
    });

    public void Dispose() => _db.Dispose();

    private T InSnapshot<T>(Func<long, long, T> read)
    {
        _begin.Run();
        try
        {
            _bounds.Step();
            var (last, compacted) = (_bounds.Int64(0), _bounds.Int64(1));
            _bounds.Reset();
            return read(Math.Max(Math.Max(last, compacted), SqliteStore.FirstRevision), compacted);
        }
        finally
        {
            _end.Run();
        }
    }

    private IEnumerable<StoreRecord> Unchanged(string prefix, string start, long revision, int limit)
    {
        _list.Bind(1, start).BindPrefixEnd(2, prefix).Bind(3, revision).Bind(4, limit);
        try
        {
            while (_list.Step())
                yield return Record(_list, _list.Text(3));
        }
        finally
        {
            _list.Reset();
        }
    }

    /// <summary>The keys that have changed since a revision, each with the revision (no value yet) that it had then.</summary>
    private Dictionary<string, StoreRecord?> ChangedSince(long revision, string prefix, string start)
    {
        var then = new Dictionary<string, StoreRecord?>();
        _changedSince.Bind(1, start).BindPrefixEnd(2, prefix).Bind(3, revision);
        while (_changedSince.Step())
        {
            var key = _changedSince.Text(0);
            then.TryAdd(key, _changedSince.Int64(1) is > 0 and var previous ? new StoreRecord(key, default, 0, previous) : null);
        }
        _changedSince.Reset();
        return then;
    }

    private StoreRecord At(long revision, string key)
    {
        if (!_at.Bind(1, revision).Step())
            throw new StoreUnusableException($"the database lacks revision {revision} of {key}; restore it from a backup");
        var record = Record(_at, key);
        _at.Reset();
        return record;
    }

    /// <summary>A row that begins with created, revision, value.</summary>
    internal static StoreRecord Record(Statement row, string key) => new(key, row.Blob(2), row.Int64(0), row.Int64(1));
}
