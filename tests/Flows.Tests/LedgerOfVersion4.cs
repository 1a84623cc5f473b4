namespace Slipway.Flows.Tests;

/// <summary>A ledger as version 4 has left it: a run with an attempt.</summary>
internal static class LedgerOfVersion4
{
    /// <summary>The tables in SQLite's words.</summary>
    public const string Tables = """
        CREATE TABLE runs (uid TEXT PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, flow TEXT NOT NULL, params TEXT NOT NULL, spec TEXT NOT NULL,
            phase TEXT NOT NULL, message TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER, fence INTEGER NOT NULL, flows TEXT NOT NULL DEFAULT '{}',
            interval TEXT, cause TEXT) STRICT, WITHOUT ROWID;
        CREATE TABLE attempts (run TEXT NOT NULL, path TEXT NOT NULL, task TEXT NOT NULL, item_index INTEGER NOT NULL, number INTEGER NOT NULL, item TEXT, pod TEXT NOT NULL,
            pod_uid TEXT NOT NULL, node TEXT, image TEXT NOT NULL, image_digest TEXT, command TEXT NOT NULL, params TEXT NOT NULL, start_ms INTEGER,
            end_ms INTEGER NOT NULL, cpu_seconds REAL, peak_memory INTEGER, peak_memory_source TEXT, memory_limit INTEGER, cpu_request_milli INTEGER,
            exit_code INTEGER, reason TEXT NOT NULL, message TEXT NOT NULL, inputs TEXT NOT NULL, files TEXT NOT NULL, value_hashes TEXT NOT NULL,
            fence INTEGER NOT NULL, PRIMARY KEY (run, path, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE replicas (run TEXT NOT NULL, path TEXT NOT NULL, number INTEGER NOT NULL, replicas TEXT NOT NULL, PRIMARY KEY (run, path, number)) STRICT, WITHOUT ROWID;
        CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """;

    /// <summary>What is in them.</summary>
    public const string Rows = """
        INSERT INTO facts (name, value) VALUES ('fence', 3);
        INSERT INTO runs VALUES ('uid-1', 'default', 'f-1', 'f', '{}', '{}', 'Running', '', 0, NULL, 1, '{}', NULL, NULL);
        INSERT INTO attempts VALUES ('uid-1', 'b[7]', 'b', 7, 2, 'x', 'p-2', 'u', 'n', 'x:1', NULL, '["t"]', '{}', 5, 6, 1.5, 9, NULL, NULL, NULL, 0, 'Succeeded', '', '[]', '{}', '{}', 1);
        """;

    /// <summary>What was recorded is there, what is measured since then is not known of it, and new attempts have it.</summary>
    public static async Task CheckAsync(Ledger ledger, AttemptRecord fresh, CancellationToken cancellation)
    {
        var old = Assert.Single(ledger.Read.Attempts("uid-1"));
        Assert.Equal(("b[7]", 2, "p-2", 1.5, "n"), (old.Path.Text, old.Number, old.Pod, old.CpuSeconds, old.Node));
        Assert.Equal((null, null, null), (old.Queued, old.Scheduled, old.Pulled));
        Assert.Equal((null, null, null, null), (old.StorageReadBytes, old.StorageWrittenBytes, old.NetworkReceivedBytes, old.NetworkSentBytes));
        await ledger.CommitAsync(new LedgerWrite(ledger.Read.Run("uid-1")!, [fresh with { Queued = fresh.End, StorageReadBytes = 5, NetworkSentBytes = 0 }], []), cancellation);
        var read = ledger.Read.Attempt("uid-1", fresh.Path, fresh.Number)!;
        Assert.Equal((fresh.End, 5L, null, 0L), (read.Queued, read.StorageReadBytes, read.StorageWrittenBytes, read.NetworkSentBytes));
    }
}
