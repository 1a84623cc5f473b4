using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Slipway.Api;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public sealed class LedgerTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Time = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    private readonly string directory = Directory.CreateTempSubdirectory("slipway-ledger-").FullName;
    private Ledger ledger = null!;

    private string FilePath => Path.Combine(directory, "ledger.db");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        ledger = Ledger.Open(FilePath);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await ledger.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_record_comes_back_whole_after_reopening()
    {
        var attempt = Attempt("a", 3, 2) with
        {
            Item = "2001-04",
            Node = "node-1",
            ImageDigest = "x@sha256:00",
            Command = ["tool", "a b", "ü"],
            Params = """{"since":"2001"}""",
            Start = Time.AddSeconds(-2),
            CpuSeconds = 1.25,
            PeakMemoryBytes = 123456789012,
            PeakMemorySource = "memory.peak",
            MemoryLimitBytes = 1L << 40,
            CpuRequestMilli = 500,
            ExitCode = 0,
            Inputs = [new InputRecord("/in/raw", "aa")],
            Files = new Dictionary<string, FileRecord> { ["f"] = new("bb", 7, "f.bin") },
            Values = new Dictionary<string, ValueRecord> { ["v"] = new("cc", """{"n":[1,2.5,"ü"]}"""), ["null"] = new("dd", "null") },
        };
        await ledger.CommitAsync(new LedgerWrite(Run(), [attempt], [new LearntMemory("a", "2001-04", 1 << 30)]), Cancellation);
        await ReopenAsync();

        var read = Assert.Single(ledger.Read.Attempts("uid-1"));
        Assert.Equivalent(attempt, read);
        Assert.Equal(Run(), ledger.Read.Run("uid-1"));
        Assert.Equal(1L << 30, ledger.Read.LearntMemory("default", "f")[("a", "2001-04")]);
        Assert.Empty(ledger.Read.LearntMemory("other", "f"));
        Assert.True(ledger.Read.HasArtifact("default", "aa"));
        Assert.False(ledger.Read.HasArtifact("other", "aa"));
    }

    [Fact]
    public async Task What_is_recorded_stays_as_it_is()
    {
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1) with { Reason = "Error" }], []), Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1) with { Reason = "Succeeded" }], []), Cancellation);
        Assert.Equal("Error", Assert.Single(ledger.Read.Attempts("uid-1")).Reason);

        await ledger.CommitAsync(new LedgerWrite(Run() with { Phase = FlowPhase.Succeeded, End = Time }, [], []), Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("b", null, 1)], []), Cancellation);
        Assert.Equal(FlowPhase.Succeeded, ledger.Read.Run("uid-1")!.Phase);
        Assert.Empty(ledger.Read.OpenRuns());
        Assert.Equal(2, ledger.Read.Attempts("uid-1").Count);
    }

    [Fact]
    public async Task An_open_run_is_read_once_and_kept_current()
    {
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1)], []), Cancellation);
        var before = ledger.Read.AttemptsOfOpenRun("uid-1");
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("b", 0, 1), Attempt("b", 1, 1)], []), Cancellation);
        Assert.Single(before);
        Assert.Equal(3, ledger.Read.AttemptsOfOpenRun("uid-1").Count);
        ledger.Read.Forget("uid-1");
        Assert.Equal(3, ledger.Read.AttemptsOfOpenRun("uid-1").Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("""{"start":"2026-01-01T00:00:00.000000Z","end":"2026-01-02T00:00:00.000000Z"}""")]
    public async Task A_run_keeps_its_interval(string? interval)
    {
        await ledger.CommitAsync(new LedgerWrite(Run() with { Interval = interval }, [], []), Cancellation);
        await ReopenAsync();
        var run = ledger.Read.Run("uid-1")!;
        Assert.Equal((interval, interval), (run.Interval, AttemptJson.Run(run)["interval"]?.ToJsonString()));
    }

    [Theory]
    [InlineData("uid-1", "a", 2, "a--2")]
    [InlineData("uid-1", "b[1]", 1, "b-1-1")]
    [InlineData("uid-1", "b[1]", 2, null)]
    [InlineData("uid-1", "b", 1, null)]
    [InlineData("uid-2", "a", 1, null)]
    public async Task An_attempt_is_found_by_run_path_and_number(string run, string path, int number, string? pod)
    {
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1), Attempt("a", null, 2), Attempt("b", 0, 1), Attempt("b", 1, 1)], []), Cancellation);
        Assert.Equal(pod, ledger.Read.Attempt(run, TaskPath.TryParse(path)!, number)?.Pod);
    }

    [Fact]
    public async Task Each_opening_has_the_next_fencing_number()
    {
        var first = ledger.Fence;
        await ReopenAsync();
        Assert.Equal(first + 1, ledger.Fence);
    }

    [Fact]
    public async Task Many_commit_together()
    {
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", i, 1)], []), Cancellation)));
        Assert.Equal(500, ledger.Read.Attempts("uid-1").Count);
    }

    [Fact]
    public async Task A_full_disk_is_told_and_recording_goes_on_when_there_is_room_again()
    {
        using var disk = new SmallDisk("2m");
        await using (var small = Ledger.Open(Path.Combine(disk.Path, "ledger.db")))
        {
            var filler = Path.Combine(disk.Path, "filler");
            await File.WriteAllBytesAsync(filler, new byte[1600 << 10], Cancellation);
            var big = Attempt("a", null, 1) with { Message = new string('x', 1 << 20) };
            var refusal = await Assert.ThrowsAsync<LedgerFullException>(() => small.CommitAsync(new LedgerWrite(Run(), [big], []), Cancellation));
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
        await ledger.DisposeAsync();
        await using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 99";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        Assert.Contains("is of version 99", Assert.Throws<InvalidOperationException>(() => Ledger.Open(FilePath)).Message, StringComparison.Ordinal);
        await using (var connection = new SqliteConnection($"Data Source={FilePath};Pooling=False"))
        {
            connection.Open();
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA user_version = 3";
            await command.ExecuteNonQueryAsync(Cancellation);
        }

        ledger = Ledger.Open(FilePath);
    }

    [Fact]
    public async Task A_ledger_of_version_1_is_brought_up_to_date()
    {
        await ledger.DisposeAsync();
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

        ledger = Ledger.Open(FilePath);
        var attempts = ledger.Read.Attempts("uid-1");
        Assert.Equal([("a", 1, "Error"), ("b[7]", 2, "Succeeded")], attempts.Select(a => (a.Path.Text, a.Number, a.Reason)));
        Assert.Equal(("b", 7, 1.5, "p-2"), (attempts[1].Task, attempts[1].Index, attempts[1].CpuSeconds, attempts[1].Pod));
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 2)], []), Cancellation);
        Assert.Equal(("{}", null), (ledger.Read.Run("uid-1")!.Flows, ledger.Read.Run("uid-1")!.Interval));
        await ReopenAsync();
        Assert.Equal(3, ledger.Read.Attempts("uid-1").Count);
    }

    [Fact]
    public async Task The_api_shows_runs_attempts_and_artifacts()
    {
        var store = new ArtifactStore(Path.Combine(directory, "artifacts"));
        store.Prepare();
        var hash = await store.WriteAsync(Encoding.UTF8.GetBytes("content"), Cancellation);
        var files = new Dictionary<string, FileRecord> { ["f"] = new(hash, 7, "f.bin") };
        await ledger.CommitAsync(new LedgerWrite(Run(), [Attempt("a", null, 1) with { Files = files }, Attempt("b", 0, 1) with { Files = files }, Attempt("b", 1, 1)], []), Cancellation);
        await ledger.CommitAsync(new LedgerWrite(Run() with { Uid = "uid-2", Name = "g-1", Flow = "g", Start = Time.AddHours(1) }, [], []), Cancellation);
        var api = new LedgerApi(ledger, store);

        Assert.Equal(["g-1", "f-1"], (await GetAsync("/namespaces/default/runs"))["items"]!.AsArray().Select(r => r!["name"]!.GetValue<string>()));
        Assert.Equal(["f-1"], (await GetAsync("/namespaces/default/runs?flow=f&limit=5"))["items"]!.AsArray().Select(r => r!["name"]!.GetValue<string>()));
        Assert.Empty((await GetAsync("/namespaces/other/runs"))["items"]!.AsArray());
        var run = await GetAsync("/namespaces/default/runs/f-1");
        Assert.Equal(("Run", "f", 3), (run["kind"]!.GetValue<string>(), run["flow"]!.GetValue<string>(), run["attempts"]!.AsArray().Count));
        Assert.Equal("content", await TextAsync("/namespaces/default/runs/f-1/artifacts/a/f"));
        Assert.Equal("content", await TextAsync("/namespaces/default/runs/uid-1/artifacts/b/f?index=0"));
        Assert.Equal("content", await TextAsync("/namespaces/default/runs/uid-1/artifacts/b%5B0%5D/f"));
        Assert.Equal("content", await TextAsync($"/namespaces/default/artifacts/{hash}"));

        Assert.Equal(404, await CodeAsync($"/namespaces/other/artifacts/{hash}"));
        Assert.Equal(404, await CodeAsync("/namespaces/other/runs/uid-1"));
        Assert.Equal(404, await CodeAsync("/namespaces/default/runs/f-1/artifacts/a/nope"));
        Assert.Equal(400, await CodeAsync("/namespaces/default/runs/f-1/artifacts/b/f"));
        Assert.Equal(400, await CodeAsync("/namespaces/default/runs?limit=x"));
        Assert.Equal(404, await CodeAsync("/nothing"));
        Assert.Equal(405, (await api.SendAsync(new ApiRequest("DELETE", LedgerApi.PathPrefix + "/namespaces/default/runs/f-1"), Cancellation)).StatusCode);

        async Task<JsonObject> GetAsync(string path)
        {
            await using var response = await api.SendAsync(new ApiRequest("GET", LedgerApi.PathPrefix + path), Cancellation);
            Assert.Equal(200, response.StatusCode);
            return JsonNode.Parse(response.Body.Span)!.AsObject();
        }

        async Task<string> TextAsync(string path)
        {
            await using var response = await api.SendAsync(new ApiRequest("GET", LedgerApi.PathPrefix + path), Cancellation);
            Assert.Equal(200, response.StatusCode);
            return await new StreamReader(response.Stream!).ReadToEndAsync(Cancellation);
        }

        async Task<int> CodeAsync(string path) => (await api.SendAsync(new ApiRequest("GET", LedgerApi.PathPrefix + path), Cancellation)).StatusCode;
    }

    private static RunRecord Run() => new() { Uid = "uid-1", Namespace = "default", Name = "f-1", Flow = "f", Phase = FlowPhase.Running, Start = Time };

    private static AttemptRecord Attempt(string task, int? index, int number) => new()
    {
        Path = TaskPath.Of(null, task, index),
        Number = number,
        Pod = $"{task}-{index}-{number}",
        PodUid = "p",
        Image = "x:1",
        End = Time,
        Reason = AttemptReason.Succeeded,
    };

    private async Task ReopenAsync()
    {
        await ledger.DisposeAsync();
        ledger = Ledger.Open(FilePath);
    }
}
