using System.Globalization;
using System.Text.Json.Nodes;

namespace EndToEnd.Tests;

/// <summary>The example in real containers: its figures against DuckDB directly over the file, and its record.</summary>
public sealed class ExampleTests(ClusterFixture cluster, ExampleRun example) : IClassFixture<ExampleRun>
{
    private const long MiB = 1 << 20;

    [Fact]
    public void It_succeeds_and_prints_the_worst_routes()
    {
        example.Result.Expect();

        foreach (var route in Worst())
            Assert.Contains((string)route["route"]!, example.Result.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_table_of_routes_is_what_DuckDB_computes_from_the_file()
    {
        var routes = await FileAsync("routes");
        using var reference = new Reference();
        reference.CreateExpected(ExampleRun.Source);

        Assert.Equal(reference.Number("SELECT count(*) FROM expected"), reference.Number($"SELECT count(*) FROM read_parquet('{routes}')"));
        Assert.Empty(reference.Rows($"""
            SELECT * FROM expected e LEFT JOIN read_parquet('{routes}') r USING (origin, destination)
            WHERE r.flights IS DISTINCT FROM e.flights OR r.distance_miles IS DISTINCT FROM e.distance_miles
               OR NOT coalesce(abs(r.mean_delay - e.mean_delay) < 1e-9 AND abs(r.late_share - e.late_share) < 1e-9
                           AND abs(r.median_delay - e.median_delay) < 1e-9 AND abs(r.p90_delay - e.p90_delay) < 1e-9, false)
            """));
    }

    [Fact]
    public void The_worst_routes_are_what_DuckDB_computes_from_the_file()
    {
        using var reference = new Reference();
        reference.CreateExpected(ExampleRun.Source);
        var expected = reference.Rows("SELECT origin || '-' || destination, flights, round(mean_delay, 2) FROM expected WHERE flights >= 180 ORDER BY mean_delay DESC LIMIT 10");

        Assert.Equal(expected.Select(row => ((string)row[0], Convert.ToInt64(row[1], CultureInfo.InvariantCulture))),
            Worst().Select(route => ((string)route["route"]!, (long)route["flights"]!)));
        Assert.All(expected.Zip(Worst()), pair => Assert.Equal((double)pair.First[2], (double)pair.Second["meanDelayMinutes"]!, tolerance: 0.0051));
    }

    [Fact]
    public async Task The_report_shows_the_figures_and_needs_nothing_else()
    {
        var report = await File.ReadAllTextAsync(await FileAsync("report"), TestContext.Current.CancellationToken);
        using var reference = new Reference();
        reference.CreateExpected(ExampleRun.Source);
        var total = reference.Rows("SELECT sum(flights)::DOUBLE, count(*)::DOUBLE, sum(flights * mean_delay) / sum(flights) FROM expected")[0];

        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"<b>{total[0]:N0}</b>"), report, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"<b>{total[1]:N0}</b>"), report, StringComparison.Ordinal);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"<b>{total[2]:0.0} min</b>"), report, StringComparison.Ordinal);
        Assert.Equal(6, report.Split("<svg ").Length - 1);
        Assert.DoesNotContain("src=", report, StringComparison.Ordinal);
        Assert.DoesNotContain("href=", report, StringComparison.Ordinal);
    }

    [Fact]
    public void The_stormy_month_is_killed_for_its_memory_and_runs_again_with_twice_as_much()
    {
        var june = example.Attempts.Where(attempt => (string?)attempt["task"] == "clean" && attempt["item"]!.ToJsonString().Contains("2001-06", StringComparison.Ordinal)).ToList();

        Assert.Equal(["OutOfMemory", "Succeeded"], june.Select(attempt => (string)attempt["reason"]!));
        Assert.Equal([240 * MiB, 480 * MiB], june.Select(attempt => (long)attempt["memoryLimitBytes"]!));
        Assert.InRange((long)june[0]["peakMemoryBytes"]!, 200 * MiB, 240 * MiB);
        Assert.InRange((long)june[1]["peakMemoryBytes"]!, 240 * MiB, 480 * MiB);
        Assert.Contains("240Mi", (string)june[0]["message"]!, StringComparison.Ordinal);
    }

    [Fact]
    public void The_other_months_need_one_attempt()
    {
        var others = example.Attempts.Where(attempt => (string?)attempt["task"] == "clean" && !attempt["item"]!.ToJsonString().Contains("2001-06", StringComparison.Ordinal)).ToList();

        Assert.Equal(5, others.Count);
        Assert.All(others, attempt => Assert.Equal("Succeeded", (string)attempt["reason"]!));
    }

    [Fact]
    public void Each_attempt_says_what_ran_where_with_which_resources()
    {
        Assert.All(example.Attempts, attempt =>
        {
            foreach (var text in new[] { "pod", "node", "image", "startTime", "completionTime", "peakMemorySource" })
                Assert.False(string.IsNullOrEmpty((string?)attempt[text]), $"{text} is missing: {attempt.ToJsonString()}");
            Assert.Contains("sha256:", (string)attempt["imageDigest"]!, StringComparison.Ordinal);
            Assert.Equal("flights", (string)attempt["command"]![0]!);
            Assert.True((double)attempt["cpuSeconds"]! > 0);
            Assert.True((long)attempt["peakMemoryBytes"]! > 0);
        });
        Assert.Single(example.Attempts.Select(attempt => (string)attempt["imageDigest"]!).Distinct());
    }

    [Fact]
    public void What_a_task_read_is_what_another_wrote()
    {
        var written = (string)example.Last("ingest")["files"]!["raw"]!["sha256"]!;

        Assert.All(example.Attempts.Where(attempt => (string?)attempt["task"] == "clean"),
            attempt => Assert.Contains(attempt["inputs"]!.AsArray(), input => (string?)input!["sha256"] == written));
    }

    private List<JsonNode> Worst() => [.. example.Last("report")["values"]!["worst"]!["value"]!.AsArray().Select(route => route!)];

    /// <summary>Gets a file that the report task left, by the name of the output; its path.</summary>
    private async Task<string> FileAsync(string output)
    {
        var slipway = cluster.Slipway;
        var got = (await slipway.RunAsync("runs", "get", (string)example.Run["metadata"]!["name"]!, $"report/{output}")).Expect();
        var path = got.Out.Trim();
        Assert.Equal(slipway.Home, Path.GetDirectoryName(path));
        return path;
    }
}
