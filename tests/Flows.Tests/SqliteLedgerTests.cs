using Microsoft.Data.Sqlite;

namespace Slipway.Flows.Tests;

public sealed class SqliteLedgerTests : LedgerContract
{
    private string FilePath => Path.Combine(Files, "ledger.db");

    protected override Ledger Open() => Flows.Ledger.Open(FilePath);

    [Fact]
    public async Task A_full_disk_is_told_and_recording_goes_on_when_there_is_room_again()
    {
        using var disk = new SmallDisk("2m");
        await using (var small = Flows.Ledger.Open(Path.Combine(disk.Path, "ledger.db")))
        {
            var filler = Path.Combine(disk.Path, "filler");
            await File.WriteAllBytesAsync(filler, new byte[1600 << 10], Cancellation);
            var big = Attempt("a", null, 1) with { Message = new string('x', 1 << 20) };
            var refusal = await Assert.ThrowsAsync<LedgerUnavailableException>(() => small.CommitAsync(new LedgerWrite(Run(), [big], []), Cancellation));
            Assert.Contains("free space on its disk", refusal.Message, StringComparison.Ordinal);
            Assert.Null(small.Read.Run("uid-1"));
            File.Delete(filler);
            await small.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1)], []), Cancellation);
            Assert.Single(small.Read.Attempts("uid-1"));
        }
    }

    [Fact]
    public async Task A_ledger_of_another_version_is_refused()
    {
        await Ledger.DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        Assert.Contains("is of version 99", Assert.Throws<InvalidOperationException>(Open).Message, StringComparison.Ordinal);
        await using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            await using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA user_version = {LedgerSchema.Version}";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        await ReopenAsync();
    }

    [Fact]
    public async Task A_ledger_of_version_1_is_brought_up_to_date()
    {
        await Ledger.DisposeAsync();
        File.Delete(FilePath);
        await using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            await using var command = connection.CreateCommand();
            command.CommandText = """
                CREATE TABLE runs (uid TEXT PRIMARY KEY, namespace TEXT NOT NULL, name TEXT NOT NULL, flow TEXT NOT NULL, params TEXT NOT NULL, spec TEXT NOT NULL,
                    phase TEXT NOT NULL, message TEXT NOT NULL, start_ms INTEGER NOT NULL, end_ms INTEGER, fence INTEGER NOT NULL) STRICT, WITHOUT ROWID;
                CREATE TABLE attempts (run TEXT NOT NULL, task TEXT NOT NULL, item_index INTEGER NOT NULL, number INTEGER NOT NULL, item TEXT, pod TEXT NOT NULL,
                    pod_uid TEXT NOT NULL, node TEXT, image TEXT NOT NULL, image_digest TEXT, command TEXT NOT NULL, params TEXT NOT NULL, start_ms INTEGER,
                    end_ms INTEGER NOT NULL, cpu_seconds REAL, peak_memory INTEGER, peak_memory_source TEXT, memory_limit INTEGER, cpu_request_milli INTEGER,
                    exit_code INTEGER, reason TEXT NOT NULL, message TEXT NOT NULL, inputs TEXT NOT NULL, files TEXT NOT NULL, value_hashes TEXT NOT NULL,
                    fence INTEGER NOT NULL, PRIMARY KEY (run, task, item_index, number)) STRICT, WITHOUT ROWID;
                INSERT INTO runs VALUES ('uid-1', 'default', 'f-1', 'f', '{}', '{}', 'Running', '', 0, NULL, 1);
                INSERT INTO attempts VALUES ('uid-1', 'a', -1, 1, NULL, 'p-1', 'u', NULL, 'x:1', NULL, '["t"]', '{}', 5, 6, NULL, NULL, NULL, NULL, NULL, 3, 'Error', 'm', '[]', '{}', '{}', 1);
                INSERT INTO attempts VALUES ('uid-1', 'b', 7, 2, 'x', 'p-2', 'u', NULL, 'x:1', NULL, '["t"]', '{}', 5, 6, 1.5, 9, NULL, NULL, NULL, 0, 'Succeeded', '', '[]', '{}', '{}', 1);
                PRAGMA user_version = 1;
                """;
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        await ReopenAsync();
        var attempts = Ledger.Read.Attempts("uid-1");
        Assert.Equal([("a", 1, "Error"), ("b[7]", 2, "Succeeded")], attempts.Select(a => (a.Path.Text, a.Number, a.Reason)));
        Assert.Equal(("b", 7, 1.5, "p-2"), (attempts[1].Task, attempts[1].Index, attempts[1].CpuSeconds, attempts[1].Pod));
        await Ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 2)], []), Cancellation);
        Assert.Equal(("{}", null, null), (Ledger.Read.Run("uid-1")!.Flows, Ledger.Read.Run("uid-1")!.Interval, Ledger.Read.Run("uid-1")!.Cause));
        await ReopenAsync();
        Assert.Equal(3, Ledger.Read.Attempts("uid-1").Count);
    }

    [Fact]
    public async Task A_ledger_of_version_4_is_brought_up_to_date()
    {
        await Ledger.DisposeAsync();
        File.Delete(FilePath);
        await using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            await using var command = connection.CreateCommand();
            command.CommandText = LedgerOfVersion4.Tables + LedgerOfVersion4.Rows + "PRAGMA user_version = 4";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        await ReopenAsync();
        await LedgerOfVersion4.CheckAsync(Ledger, Attempt("a", null, 1), Cancellation);
        await ReopenAsync();
        Assert.Equal(2, Ledger.Read.Attempts("uid-1").Count);
    }
}
