namespace Slipway.Storage.Sqlite;

/// <summary>
/// Removes what no readable revision needs any more, in transactions small enough to stand between two writes, and then
/// gives the freed pages back to the file system. What it was doing is in the database, so that it goes on after a crash.
/// </summary>
internal sealed class Compaction
{
    private const int RowsInStep = 64;
    private const int PagesInStep = 64;

    /// <summary>Free pages worth keeping for the next writes, instead of cutting the file and growing it again.</summary>
    private const int SparePages = 256;

    private readonly Connection _db;
    private readonly GroupCommit _transactions;
    private readonly Statement _scan, _delete, _set, _freePages, _vacuum;
    private readonly List<(long Revision, long Previous, bool Deleted)> _step = new(RowsInStep);
    private long _cleaned;
    private bool _vacuuming;

    public Compaction(Connection db, GroupCommit transactions)
    {
        (_db, _transactions) = (db, transactions);
        _scan = db.Prepare("SELECT revision, previous, value IS NULL FROM log WHERE revision > ?1 AND revision <= ?2 ORDER BY revision LIMIT ?3");
        _delete = db.Prepare("DELETE FROM log WHERE revision = ?1");
        _set = db.Prepare("UPDATE meta SET value = ?2 WHERE name = ?1");
        _freePages = db.Prepare("PRAGMA freelist_count");
        _vacuum = db.Prepare($"PRAGMA incremental_vacuum({PagesInStep})");
        Compacted = db.Number("SELECT value FROM meta WHERE name = 'compacted'");
        _cleaned = db.Number("SELECT value FROM meta WHERE name = 'cleaned'");
    }

    /// <summary>Changes up to here are forgotten.</summary>
    public long Compacted { get; private set; }

    /// <summary>Whether remains are left to remove.</summary>
    public bool IsDue => _cleaned < Compacted || _vacuuming;

    /// <summary>Forgets changes up to a revision, for good; their remains are removed by the next steps.</summary>
    public void Forget(long revision)
    {
        if (revision <= Compacted)
            return;
        _transactions.InTransaction(() => _set.Bind(1, "compacted").Bind(2, revision).Run());
        Compacted = revision;
    }

    /// <summary>One small transaction.</summary>
    public void Step()
    {
        if (_cleaned < Compacted)
            Clean();
        else if (_vacuuming)
            GiveBack();
    }

    private void Clean()
    {
        _step.Clear();
        _scan.Bind(1, _cleaned).Bind(2, Compacted).Bind(3, RowsInStep);
        while (_scan.Step())
            _step.Add((_scan.Int64(0), _scan.Int64(1), _scan.Int64(2) != 0));
        _scan.Reset();

        var cleaned = _step.Count < RowsInStep ? Compacted : _step[^1].Revision;
        _transactions.InTransaction(() =>
        {
            foreach (var (revision, previous, deleted) in _step)
            {
                if (previous != 0)
                    _delete.Bind(1, previous).Run();
                if (deleted)
                    _delete.Bind(1, revision).Run();
            }
            _set.Bind(1, "cleaned").Bind(2, cleaned).Run();
        });
        _cleaned = cleaned;
        _vacuuming = true;
    }

    private void GiveBack()
    {
        _freePages.Step();
        var free = _freePages.Int64(0);
        _freePages.Reset();
        _vacuuming = free > SparePages;
        if (!_vacuuming)
            return;

        while (_vacuum.Step())
        {
        }
        _vacuum.Reset();
    }
}
