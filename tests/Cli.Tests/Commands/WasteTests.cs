namespace Cli.Tests.Commands;

public sealed class WasteTests : LedgerFixture
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_was_set_aside_and_never_used_is_shown_the_most_first()
    {
        await RecordAsync(
            Run("f-1", "f", Start),
            Attempt("small", Start) with { MemoryLimitBytes = 100 << 20, PeakMemoryBytes = 90 << 20, CpuRequestMilli = 1000, CpuSeconds = 1800 },
            Attempt("large", Start) with { MemoryLimitBytes = 1L << 30, PeakMemoryBytes = 256 << 20 },
            Attempt("faked", Start) with { Pod = "", MemoryLimitBytes = 1L << 40, PeakMemoryBytes = 1 });
        var result = await RunAsync("runs waste");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.Equal("""
            FLOW   TASK    ATTEMPTS   TIME    MEMORY           UNUSED   ENOUGH   CPU               UNUSED
            f      large   1          1h00m   256Mi of 1.0Gi   75 %     320Mi    - of -
            f      small   1          1h00m   90Mi of 100Mi    10 %              30m00s of 1h00m   50 %

            """.ReplaceLineEndings("\n"), result.Out);
        Assert.Contains("\"memory_unused_percent\": 75", (await RunAsync("runs waste f -o json")).Out);
        Assert.Equal("No attempt with a pod is recorded in namespace default of flow g.\n", (await RunAsync("runs waste g")).Error);
    }

    [Fact]
    public async Task Who_used_more_than_was_set_aside_left_nothing_unused()
    {
        await RecordAsync(Run("f-1", "f", Start), Attempt("busy", Start) with { MemoryLimitBytes = 100 << 20, PeakMemoryBytes = 90 << 20, CpuRequestMilli = 500, CpuSeconds = 3600 });
        Assert.Equal("""
            FLOW   TASK   ATTEMPTS   TIME    MEMORY          UNUSED   ENOUGH   CPU               UNUSED
            f      busy   1          1h00m   90Mi of 100Mi   10 %              1h00m of 30m00s   0 %

            """.ReplaceLineEndings("\n"), (await RunAsync("runs waste")).Out);
    }
}
