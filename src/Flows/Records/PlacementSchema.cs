namespace Slipway.Flows;

/// <summary>The ledger's tables of what lies in declared stores, and the statements on them. Earlier ledgers lack them and get them when they are opened.</summary>
internal static class PlacementSchema
{
    public const string Placing = "placing";
    public const string Placed = "placed";
    public const string Removing = "removing";

    public const string Create = """

        CREATE TABLE IF NOT EXISTS placements (
            namespace TEXT NOT NULL,
            store TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            place TEXT NOT NULL,
            size INTEGER NOT NULL,
            state TEXT NOT NULL,
            kept_ms INTEGER NOT NULL,
            PRIMARY KEY (namespace, store, sha256)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS placements_by_hash ON placements (sha256);
        CREATE INDEX IF NOT EXISTS placements_by_time ON placements (namespace, store, kept_ms);
        CREATE TABLE IF NOT EXISTS run_stores (run TEXT PRIMARY KEY, store TEXT NOT NULL) STRICT, WITHOUT ROWID;
        """;

    public const string InsertRunStore = "INSERT INTO run_stores (run, store) VALUES (@run, @store) ON CONFLICT DO NOTHING";

    /// <summary>What is there already stays so, and counts as kept now; what was being removed is to be kept again.</summary>
    public const string Begin = $"""
        INSERT INTO placements (namespace, store, sha256, place, size, state, kept_ms) VALUES (@namespace, @store, @sha256, @place, @size, '{Placing}', @now)
        ON CONFLICT (namespace, store, sha256) DO UPDATE SET
            state = CASE WHEN placements.state = '{Placed}' AND placements.place = excluded.place THEN '{Placed}' ELSE '{Placing}' END,
            place = excluded.place, size = excluded.size, kept_ms = excluded.kept_ms
        RETURNING state
        """;

    public const string Complete = $"UPDATE placements SET state = '{Placed}', kept_ms = @now WHERE namespace = @namespace AND store = @store AND sha256 = @sha256";

    /// <summary>A directory with the files in it, so that none of them is older than it.</summary>
    public const string Renew = $"""
        UPDATE placements SET kept_ms = @now
        WHERE namespace = @namespace AND store = @store AND state = '{Placed}' AND (sha256 = @sha256 OR sha256 IN (SELECT m.sha256 FROM members m WHERE m.directory = @sha256))
        RETURNING sha256
        """;

    /// <summary>Whether a row of artifacts is about what a placement has: by itself, or as a part of a directory.</summary>
    private const string IsContent =
        "a.namespace = placements.namespace AND (a.sha256 = placements.sha256 OR a.sha256 IN (SELECT m.directory FROM members m WHERE m.sha256 = placements.sha256))";

    private const string OfStore = "namespace = @namespace AND store = @store";

    /// <summary>Marks what no run of the namespace refers to, as what was left by an attempt that has never been recorded.</summary>
    public const string MarkUnreferred = $"""
        UPDATE placements SET state = '{Removing}'
        WHERE {OfStore} AND state <> '{Removing}' AND kept_ms < @before AND NOT EXISTS (SELECT 1 FROM artifacts a WHERE {IsContent})
        RETURNING sha256
        """;

    /// <summary>
    /// What only ended runs refer to that keep their artifacts in this store, the longest kept first, and directories before the files in them: so no directory is
    /// left without one of its files.
    /// </summary>
    public const string SelectGivenUpFirst = $"""
        SELECT sha256, size FROM placements
        WHERE {OfStore} AND state = '{Placed}' AND kept_ms < @before AND NOT EXISTS (
            SELECT 1 FROM artifacts a WHERE {IsContent} AND NOT EXISTS (
                SELECT 1 FROM runs r JOIN run_stores s ON s.run = r.uid WHERE r.uid = a.run AND r.end_ms IS NOT NULL AND s.store = placements.store))
        ORDER BY kept_ms, CASE WHEN EXISTS (SELECT 1 FROM members d WHERE d.directory = placements.sha256) THEN 0 ELSE 1 END, sha256 LIMIT {Page}
        """;

    public const string SelectCopies = $"""
        SELECT sha256 FROM placements
        WHERE namespace = @a AND store = @b AND state = '{Placed}' AND kept_ms < @c AND sha256 > @d AND NOT EXISTS (
            SELECT 1 FROM artifacts a
            WHERE (a.sha256 = placements.sha256 OR a.sha256 IN (SELECT m.directory FROM members m WHERE m.sha256 = placements.sha256)) AND NOT EXISTS (
                SELECT 1 FROM run_stores s JOIN placements p ON p.namespace = a.namespace AND p.store = s.store
                WHERE s.run = a.run AND p.sha256 = placements.sha256 AND p.state = '{Placed}'))
        ORDER BY sha256 LIMIT {Page}
        """;

    public const string MarkRemoving = $"UPDATE placements SET state = '{Removing}' WHERE {OfStore} AND sha256 = @sha256";

    public const string ReleaseReferences = "DELETE FROM artifacts WHERE namespace = @namespace AND sha256 = @sha256";

    public const string DeleteRemoved = $"DELETE FROM placements WHERE {OfStore} AND sha256 = @sha256 AND state = '{Removing}'";

    public const string Total = $"SELECT COUNT(*), CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM placements WHERE {OfStore} AND state = '{Placed}'";

    /// <summary>How many are dealt with in one transaction.</summary>
    public const string Page = "1000";
}
