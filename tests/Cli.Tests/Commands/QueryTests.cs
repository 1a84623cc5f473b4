using System.Text.Json.Nodes;
using Slipway.Flows;

namespace Cli.Tests.Commands;

public sealed class QueryTests : LedgerFixture
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await Task.WhenAll(Enumerable.Range(0, 450).Select(i => RecordAsync(
            Run($"f-{i:000}", "f", Start.AddDays(-i)) with { Phase = i % 10 == 0 ? "Failed" : "Succeeded" },
            Attempt("a[3]", Start.AddDays(-i)) with { Item = "it's\n\"x\"" })));
        await RecordAsync(Run("g-1", "g", Start.AddHours(1)), Attempt("a", Start.AddHours(1)) with
        {
            MemoryLimitBytes = 4L << 30,
            PeakMemoryBytes = 1L << 30,
            CpuSeconds = 900,
            CpuRequestMilli = 500,
            Queued = Start.AddMinutes(59.5),
            Scheduled = Start.AddMinutes(59.6),
            Pulled = Start.AddMinutes(59.75),
            StorageReadBytes = 0,
            StorageWrittenBytes = 1L << 41,
            NetworkReceivedBytes = 7,
            Inputs = [new("/in/raw", "aa")],
            Files = new Dictionary<string, FileRecord> { ["clean"] = new("bb", 7, "clean.bin"), ["dir"] = new("dd", 9, "dir", 3) },
            Values = new Dictionary<string, ValueRecord> { ["rows"] = new("cc", "[1,2]") },
        });
        await RecordAsync(Run("g-2", "g", Start.AddHours(-1)), Attempt("a", Start.AddHours(-1)) with { Pod = "", MemoryLimitBytes = 4L << 30, CpuRequestMilli = 500, Message = "taken over from run g-1" });
        await RecordAsync(Run("other-1", "f", Start) with { Uid = "other", Namespace = "other" }, Attempt("a", Start));
    }

    [Theory]
    [InlineData("SELECT count(*) AS n, count(DISTINCT uid) AS uids, min(started) AS first FROM runs", "[{\"n\":452,\"uids\":452,\"first\":\"2024-10-09 06:00:00\"}]")]
    [InlineData("SELECT phase, count(*) AS n FROM runs WHERE flow = 'f' GROUP BY phase ORDER BY n; ", "[{\"phase\":\"Failed\",\"n\":45},{\"phase\":\"Succeeded\",\"n\":405}]")]
    [InlineData("SELECT run, task, item_index, item, seconds FROM attempts ORDER BY ended LIMIT 1 -- the first", "[{\"run\":\"f-449\",\"task\":\"a\",\"item_index\":3,\"item\":\"it's\\n\\\"x\\\"\",\"seconds\":3600.0}]")]
    [InlineData("SELECT queued, scheduled, pulled, waited_seconds, storage_read_bytes, storage_written_bytes, network_received_bytes, network_sent_bytes FROM attempts WHERE run = 'g-1'", "[{\"queued\":\"2026-01-01 06:59:30\",\"scheduled\":\"2026-01-01 06:59:36\",\"pulled\":\"2026-01-01 06:59:45\",\"waited_seconds\":30.0,\"storage_read_bytes\":0,\"storage_written_bytes\":2199023255552,\"network_received_bytes\":7,\"network_sent_bytes\":null}]")]
    [InlineData("SELECT count(queued) AS queued, count(storage_read_bytes) AS counted FROM attempts WHERE flow = 'f'", "[{\"queued\":0,\"counted\":0}]")]
    [InlineData("SELECT NULL AS r, 1 AS n FROM runs LIMIT 1", "[{\"r\":null,\"n\":1}]")]
    [InlineData("SELECT direction, name, sha256, size, file_count, value FROM artifacts ORDER BY name", "[{\"direction\":\"in\",\"name\":\"/in/raw\",\"sha256\":\"aa\",\"size\":null,\"file_count\":null,\"value\":null},{\"direction\":\"out\",\"name\":\"clean\",\"sha256\":\"bb\",\"size\":7,\"file_count\":null,\"value\":null},{\"direction\":\"out\",\"name\":\"dir\",\"sha256\":\"dd\",\"size\":9,\"file_count\":3,\"value\":null},{\"direction\":\"out\",\"name\":\"rows\",\"sha256\":\"cc\",\"size\":null,\"file_count\":null,\"value\":[1,2]}]")]
    [InlineData("SELECT cpu_requested_seconds, cpu_unused_percent, memory_requested_gib_hours, memory_unused_percent FROM costs WHERE flow = 'g'", "[{\"cpu_requested_seconds\":1800.0,\"cpu_unused_percent\":50.0,\"memory_requested_gib_hours\":4.0,\"memory_unused_percent\":75.0}]")]
    public async Task Records_are_queried_by_sql(string sql, string rows)
    {
        var result = await RunAsync(["query", sql, "-o", "json"]);
        Assert.Equal("", result.Error);
        Assert.Equal(JsonNode.Parse(rows)!.ToJsonString(), JsonNode.Parse(result.Out)!["items"]!.ToJsonString());
    }

    [Fact]
    public async Task Rows_are_printed_as_a_table_and_written_as_files()
    {
        Assert.Equal("name   phase\nf-000  Failed\n", (await RunAsync(["query", "SELECT name, phase FROM runs", "--flow", "f", "--since", "2026-01-01"])).Out);
        var file = Path.Combine(Files, "runs.parquet");
        var written = await RunAsync(["query", "FROM runs", "--to", file]);
        Assert.Equal((0, file + "\n"), (written.ExitCode, written.Out));
        Assert.Equal("  n\n452\n", (await RunAsync(["query", $"SELECT count(*) AS n FROM '{file}'"])).Out);
        var refused = await RunAsync(["query", "FROM runs", "--to", file + ".xls"]);
        Assert.Equal((2, $"error: --to {file}.xls must end with .parquet, .csv or .json.\n"), (refused.ExitCode, refused.Error));
    }

    [Fact]
    public async Task What_duckdb_refuses_is_said()
    {
        var result = await RunAsync(["query", "SELECT nme FROM runs"]);
        Assert.Equal(1, result.ExitCode);
        Assert.Contains("\"nme\" not found", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("runs --flow f --phase Failed --limit 2", "f-000 f-010")]
    [InlineData("runs f --since 2025-12-30T12:00", "f-000 f-001")]
    [InlineData("runs --limit 1", "g-1")]
    public async Task Runs_are_listed_by_what_they_are(string command, string names)
    {
        var result = await RunAsync(command);
        Assert.Equal(names, string.Join(' ', result.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries)[1..].Select(line => line.Split(' ')[0])));
    }
}
