namespace Slipway.Storage.Sqlite;

/// <summary>Writes a group of writes in one transaction: one synchronisation of the disk, however many they are.</summary>
internal sealed class GroupCommit(Connection db)
{
    private readonly Statement _begin = db.Prepare("BEGIN IMMEDIATE");
    private readonly Statement _commit = db.Prepare("COMMIT");
    private readonly Statement _rollback = db.Prepare("ROLLBACK");
    private readonly Statement _find = db.Prepare(
        "SELECT l.created, l.revision, l.value FROM current c JOIN log l ON l.revision = c.revision WHERE c.key = ?1");
    private readonly Statement _append = db.Prepare("INSERT INTO log (revision, created, previous, key, value) VALUES (?1, ?2, ?3, ?4, ?5)");
    private readonly Statement _point = db.Prepare("INSERT OR REPLACE INTO current (key, revision) VALUES (?1, ?2)");
    private readonly Statement _remove = db.Prepare("DELETE FROM current WHERE key = ?1");

    /// <summary>Decides and writes; the transaction is durable when this returns, and undone when it throws.</summary>
    /// <returns>The newest revision.</returns>
    /// <exception cref="SqliteError">Nothing was written.</exception>
    public long Write(IReadOnlyList<PendingWrite> group, long revision)
    {
        InTransaction(() =>
        {
            foreach (var pending in group)
                if (Decide(pending, revision + 1))
                    revision++;
        });
        return revision;
    }

    /// <summary>Runs a step of upkeep in a transaction of its own.</summary>
    public void InTransaction(Action step)
    {
        _begin.Run();
        try
        {
            step();
            _commit.Run();
        }
        finally
        {
            if (db.InTransaction)
                _rollback.Run();
        }
    }

    private bool Decide(PendingWrite pending, long revision)
    {
        var write = pending.Write;
        var previous = _find.Bind(1, write.Key).Step() ? StoreReader.Record(_find, write.Key) : null;
        _find.Reset();
        if (write.ExpectedRevision != (previous?.Revision ?? 0))
        {
            pending.Decide(previous);
            return false;
        }

        var change = write.Apply(previous, revision);
        _append.Bind(1, revision)
            .Bind(2, (change.Current ?? previous)!.CreateRevision)
            .Bind(3, previous?.Revision ?? 0)
            .Bind(4, write.Key)
            .Bind(5, write.Value)
            .Run();
        if (change.Current is not null)
            _point.Bind(1, write.Key).Bind(2, revision).Run();
        else
            _remove.Bind(1, write.Key).Run();
        pending.Decide(change);
        return true;
    }
}
