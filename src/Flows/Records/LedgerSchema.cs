namespace Slipway.Flows;

/// <summary>The tables of the ledger, and the statements on them, which SQLite and PostgreSQL both take.</summary>
internal static class LedgerSchema
{
    /// <summary>Raised with each change of the tables; ledgers of earlier versions are brought up by <see cref="Migrations"/>, those of later ones refused.</summary>
    public const int Version = 5;

    /// <summary>What brings a ledger from the version of the index plus one to the next. PostgreSQL was never used before version 4, and takes what comes after.</summary>
    public static readonly IReadOnlyList<string> Migrations =
    [
        // From 1: attempts are told apart by their path, since tasks can lie in calls.
        $$"""
        ALTER TABLE attempts RENAME TO attempts_1;
        CREATE TABLE attempts ({{AttemptsOfVersion2}}, {{AttemptsKey}}
        INSERT INTO attempts (path, {{FormerColumns}}) SELECT task || iif(item_index < 0, '', '[' || item_index || ']'), {{FormerColumns}} FROM attempts_1;
        DROP TABLE attempts_1;
        ALTER TABLE runs ADD COLUMN flows TEXT NOT NULL DEFAULT '{}';
        """,

        // From 2: what a run comes to depends on the interval that it is for; what is released is remembered until it is removed.
        "ALTER TABLE runs ADD COLUMN interval TEXT;" + CreateReleased,

        // From 3: directories hold the files in them; who started a run, and why.
        CreateMembers + "ALTER TABLE runs ADD COLUMN cause TEXT;",

        // From 4: when attempts were queued, scheduled and had their image; what they read and wrote.
        string.Concat(AttemptsSinceVersion5.Split(", ").Select(column => $"ALTER TABLE attempts ADD COLUMN {column};")),
    ];

    private const string FormerColumns = """
        run, task, item_index, number, item, pod, pod_uid, node, image, image_digest, command, params, start_ms, end_ms, cpu_seconds, peak_memory,
        peak_memory_source, memory_limit, cpu_request_milli, exit_code, reason, message, inputs, files, value_hashes, fence
        """;

    /// <summary>One row for each attempt; task and item_index say what its path ends with, for questions over all runs.</summary>
    private const string AttemptsOfVersion2 = """
        run TEXT NOT NULL,
        path TEXT NOT NULL,
        task TEXT NOT NULL,
        item_index INTEGER NOT NULL,
        number INTEGER NOT NULL,
        item TEXT,
        pod TEXT NOT NULL,
        pod_uid TEXT NOT NULL,
        node TEXT,
        image TEXT NOT NULL,
        image_digest TEXT,
        command TEXT NOT NULL,
        params TEXT NOT NULL,
        start_ms INTEGER,
        end_ms INTEGER NOT NULL,
        cpu_seconds REAL,
        peak_memory INTEGER,
        peak_memory_source TEXT,
        memory_limit INTEGER,
        cpu_request_milli INTEGER,
        exit_code INTEGER,
        reason TEXT NOT NULL,
        message TEXT NOT NULL,
        inputs TEXT NOT NULL,
        files TEXT NOT NULL,
        value_hashes TEXT NOT NULL,
        fence INTEGER NOT NULL
        """;

    private const string AttemptsSinceVersion5 =
        "queued_ms INTEGER, scheduled_ms INTEGER, pulled_ms INTEGER, storage_read INTEGER, storage_written INTEGER, network_received INTEGER, network_sent INTEGER";

    private const string AttemptsKey = "PRIMARY KEY (run, path, number)) STRICT, WITHOUT ROWID;";

    private const string CreateAttempts = $"CREATE TABLE IF NOT EXISTS attempts ({AttemptsOfVersion2}, {AttemptsSinceVersion5}, {AttemptsKey}";

    /// <summary>Artifacts that were let go and may lie in the store still.</summary>
    private const string CreateReleased = "CREATE TABLE IF NOT EXISTS released (sha256 TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;";

    /// <summary>Which files lie in stored directories: they stay as long as these do.</summary>
    private const string CreateMembers = """
        CREATE TABLE IF NOT EXISTS members (
            directory TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            PRIMARY KEY (directory, sha256)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS members_by_hash ON members (sha256);
        """;

    public const string Create = CreateAttempts + CreateReleased + CreateMembers + PlacementSchema.Create + """

        CREATE TABLE IF NOT EXISTS runs (
            uid TEXT PRIMARY KEY,
            namespace TEXT NOT NULL,
            name TEXT NOT NULL,
            flow TEXT NOT NULL,
            params TEXT NOT NULL,
            spec TEXT NOT NULL,
            phase TEXT NOT NULL,
            message TEXT NOT NULL,
            start_ms INTEGER NOT NULL,
            end_ms INTEGER,
            fence INTEGER NOT NULL,
            flows TEXT NOT NULL DEFAULT '{}',
            interval TEXT,
            cause TEXT
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS runs_by_time ON runs (namespace, start_ms);
        CREATE INDEX IF NOT EXISTS runs_by_start ON runs (start_ms, uid);
        CREATE INDEX IF NOT EXISTS runs_by_name ON runs (namespace, name, start_ms);
        CREATE INDEX IF NOT EXISTS runs_open ON runs (end_ms) WHERE end_ms IS NULL;
        CREATE TABLE IF NOT EXISTS artifacts (
            namespace TEXT NOT NULL,
            sha256 TEXT NOT NULL,
            run TEXT NOT NULL,
            PRIMARY KEY (namespace, sha256, run)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS artifacts_by_hash ON artifacts (sha256);
        CREATE INDEX IF NOT EXISTS artifacts_by_run ON artifacts (run);
        CREATE TABLE IF NOT EXISTS learnt_memory (
            namespace TEXT NOT NULL,
            flow TEXT NOT NULL,
            task TEXT NOT NULL,
            item TEXT NOT NULL,
            bytes INTEGER NOT NULL,
            PRIMARY KEY (namespace, flow, task, item)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS results (
            namespace TEXT NOT NULL,
            key TEXT NOT NULL,
            scope TEXT NOT NULL,
            identity TEXT NOT NULL,
            flow TEXT NOT NULL,
            task TEXT NOT NULL,
            path TEXT NOT NULL,
            number INTEGER NOT NULL,
            run TEXT NOT NULL,
            run_name TEXT NOT NULL,
            end_ms INTEGER NOT NULL,
            PRIMARY KEY (namespace, key)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS results_by_path ON results (namespace, scope, path, end_ms);
        CREATE TABLE IF NOT EXISTS logs (
            run TEXT NOT NULL,
            path TEXT NOT NULL,
            number INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            size INTEGER NOT NULL,
            is_cut INTEGER NOT NULL,
            PRIMARY KEY (run, path, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS replicas (
            run TEXT NOT NULL,
            path TEXT NOT NULL,
            number INTEGER NOT NULL,
            replicas TEXT NOT NULL,
            PRIMARY KEY (run, path, number)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS lineage (
            sink TEXT NOT NULL,
            run TEXT NOT NULL,
            path TEXT NOT NULL,
            number INTEGER NOT NULL,
            at_ms INTEGER NOT NULL,
            PRIMARY KEY (sink, run, path, number)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS lineage_by_time ON lineage (sink, at_ms);
        CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """;

    public const string UpsertRun = """
        INSERT INTO runs (uid, namespace, name, flow, params, spec, flows, interval, cause, phase, message, start_ms, end_ms, fence)
        VALUES (@uid, @namespace, @name, @flow, @params, @spec, @flows, @interval, @cause, @phase, @message, @start, @end, @fence)
        ON CONFLICT (uid) DO UPDATE SET phase = excluded.phase, message = excluded.message, end_ms = excluded.end_ms, fence = excluded.fence
        WHERE runs.end_ms IS NULL AND runs.fence <= excluded.fence
        """;

    /// <summary>What is recorded of an attempt stays: recording it again, after a crash, changes nothing.</summary>
    public const string InsertAttempt = """
        INSERT INTO attempts (run, path, task, item_index, number, item, pod, pod_uid, node, image, image_digest, command, params, start_ms, end_ms,
            cpu_seconds, peak_memory, peak_memory_source, memory_limit, cpu_request_milli, exit_code, reason, message, inputs, files, value_hashes,
            queued_ms, scheduled_ms, pulled_ms, storage_read, storage_written, network_received, network_sent, fence)
        VALUES (@run, @path, @task, @index, @number, @item, @pod, @podUid, @node, @image, @imageDigest, @command, @params, @start, @end,
            @cpuSeconds, @peakMemory, @peakMemorySource, @memoryLimit, @cpuRequest, @exitCode, @reason, @message, @inputs, @files, @values,
            @queued, @scheduled, @pulled, @storageRead, @storageWritten, @networkReceived, @networkSent, @fence) ON CONFLICT DO NOTHING
        """;

    /// <summary>What became of each pod of an attempt that has several: a list as JSON. An earlier version that does not know the table can do without it.</summary>
    public const string InsertReplicas = "INSERT INTO replicas (run, path, number, replicas) VALUES (@run, @path, @number, @replicas) ON CONFLICT DO NOTHING";

    /// <summary>No row where there is no run; 0 while it has not ended, and 1 then.</summary>
    public const string SelectEnded = "SELECT count(end_ms) FROM runs WHERE uid = @uid GROUP BY uid";

    /// <summary>What sinks of lineage are still to be told, see <see cref="LineageDue"/>. An earlier version that does not know the table can do without it.</summary>
    public const string InsertLineage = "INSERT INTO lineage (sink, run, path, number, at_ms) VALUES (@sink, @run, @path, @number, @at) ON CONFLICT DO NOTHING";

    /// <summary>In the order in which it has happened; of the same moment, the start of a run first and its end last.</summary>
    public const string SelectLineage = "SELECT run, path, number, at_ms FROM lineage WHERE sink = @a ORDER BY at_ms, CASE WHEN path <> '' THEN 1 WHEN number = 0 THEN 0 ELSE 2 END, run, path, number";

    public const string DeleteLineage = "DELETE FROM lineage WHERE sink = @sink AND run = @run AND path = @path AND number = @number";

    public const string DeleteLineageOfSink = "DELETE FROM lineage WHERE sink = @sink";

    private const string EndedRuns = "SELECT uid FROM runs WHERE namespace = @namespace AND flow = @flow AND end_ms < @before";

    public const string DeleteResultsOfRuns = $"DELETE FROM results WHERE run IN ({EndedRuns})";

    public const string ReleaseArtifacts =
        $"DELETE FROM artifacts WHERE run IN ({EndedRuns}) AND NOT EXISTS (SELECT 1 FROM logs WHERE logs.run = artifacts.run AND logs.sha256 = artifacts.sha256) RETURNING sha256";

    public const string ReleaseLogs =
        $"DELETE FROM artifacts WHERE run IN ({EndedRuns}) AND EXISTS (SELECT 1 FROM logs WHERE logs.run = artifacts.run AND logs.sha256 = artifacts.sha256) RETURNING sha256";

    public const string DeleteLogs = $"DELETE FROM logs WHERE run IN ({EndedRuns})";

    public const string DeleteAttempts = $"DELETE FROM attempts WHERE run IN ({EndedRuns})";

    public const string DeleteReplicas = $"DELETE FROM replicas WHERE run IN ({EndedRuns})";

    public const string DeleteRunStores = $"DELETE FROM run_stores WHERE run IN ({EndedRuns})";

    public const string DeleteRuns = "DELETE FROM runs WHERE namespace = @namespace AND flow = @flow AND end_ms < @before";

    public const string InsertReleased = "INSERT INTO released (sha256) VALUES (@sha256) ON CONFLICT DO NOTHING";

    public const string SelectReleased = "SELECT sha256 FROM released ORDER BY sha256";

    /// <summary>Gives the next fencing number.</summary>
    public const string NextFence = "INSERT INTO facts (name, value) VALUES ('fence', 1) ON CONFLICT (name) DO UPDATE SET value = facts.value + 1 RETURNING value";

    public const string DeleteReleased = "DELETE FROM released WHERE sha256 = @sha256";

    public const string InsertMember = "INSERT INTO members (directory, sha256) VALUES (@directory, @sha256) ON CONFLICT DO NOTHING";

    private const string MembersOfGone = "FROM members WHERE directory = @sha256 AND NOT EXISTS (SELECT 1 FROM artifacts WHERE artifacts.sha256 = members.directory)";

    public const string ReleaseMembers = $"INSERT INTO released (sha256) SELECT sha256 {MembersOfGone} ON CONFLICT DO NOTHING RETURNING sha256";

    public const string DeleteMembers = $"DELETE {MembersOfGone}";

    public const string InsertLog = "INSERT INTO logs (run, path, number, sha256, size, is_cut) VALUES (@run, @path, @number, @sha256, @size, @isCut) ON CONFLICT DO NOTHING";

    public const string InsertArtifact = "INSERT INTO artifacts (namespace, sha256, run) VALUES (@namespace, @sha256, @run) ON CONFLICT DO NOTHING";

    /// <summary>With how much memory items have succeeded in the last runs of a flow, of tasks of which others were killed for too little.</summary>
    public const string SelectEnoughMemory = """
        SELECT task, item, MIN(memory_limit) FROM attempts
        WHERE run IN (SELECT uid FROM runs WHERE namespace = @a AND flow = @b ORDER BY start_ms DESC LIMIT 5)
          AND task IN (SELECT task FROM learnt_memory WHERE namespace = @a AND flow = @b AND item <> '')
          AND reason = 'Succeeded' AND item IS NOT NULL AND memory_limit IS NOT NULL
        GROUP BY task, item
        """;

    public const string UpsertLearntMemory = """
        INSERT INTO learnt_memory (namespace, flow, task, item, bytes) VALUES (@namespace, @flow, @task, @item, @bytes)
        ON CONFLICT (namespace, flow, task, item) DO UPDATE SET bytes = excluded.bytes
        """;

    public const string UpsertResult = """
        INSERT INTO results (namespace, key, scope, identity, flow, task, path, number, run, run_name, end_ms)
        VALUES (@namespace, @key, @scope, @identity, @flow, @task, @path, @number, @run, @runName, @end)
        ON CONFLICT (namespace, key) DO UPDATE SET identity = excluded.identity, flow = excluded.flow, task = excluded.task, path = excluded.path,
            number = excluded.number, run = excluded.run, run_name = excluded.run_name, end_ms = excluded.end_ms
        WHERE excluded.end_ms >= results.end_ms
        """;

    public const string DeleteResults = "DELETE FROM results WHERE namespace = @namespace AND flow = @flow AND (CAST(@task AS TEXT) IS NULL OR task = @task)";

    public const string ResultColumns = "key, identity, run, run_name, path, number, end_ms, flow";

    public const string RunColumns = "uid, namespace, name, flow, params, spec, phase, message, start_ms, end_ms, flows, interval, cause";

    public const string AttemptColumns = """
        path, number, item, pod, pod_uid, node, image, image_digest, command, params, start_ms, end_ms,
        cpu_seconds, peak_memory, peak_memory_source, memory_limit, cpu_request_milli, exit_code, reason, message, inputs, files, value_hashes,
        queued_ms, scheduled_ms, pulled_ms, storage_read, storage_written, network_received, network_sent,
        (SELECT r.replicas FROM replicas r WHERE r.run = attempts.run AND r.path = attempts.path AND r.number = attempts.number)
        """;
}
