using Slipway.Flows;

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
    public async Task What_onOutOfMemory_has_raised_is_proposed_for_the_flow()
    {
        const string Spec = """
            {
              "defaults": { "image": "x:1", "onOutOfMemory": { "factor": 2, "limit": "1Gi" } },
              "tasks": [
                { "name": "big", "command": ["b"], "resources": { "memory": "20Mi" } },
                { "name": "cached", "command": ["c"], "resources": { "memory": "64Mi" } },
                { "name": "fits", "command": ["f"], "resources": { "memory": "64Mi" } },
                { "name": "lost", "command": ["l"], "resources": { "memory": "64Mi" } }
              ]
            }
            """;
        await RecordAsync(
            Run("f-1", "f", Start) with { Spec = Spec },
            Attempt("big", Start) with { MemoryLimitBytes = 20 << 20, PeakMemoryBytes = 20 << 20, Reason = AttemptReason.OutOfMemory, Message = "big was killed at its 20Mi limit; trying again with 40Mi" },
            Attempt("big", Start) with { Number = 2, MemoryLimitBytes = 80 << 20, PeakMemoryBytes = 58 << 20 },
            Attempt("cached", Start) with { MemoryLimitBytes = 128 << 20, PeakMemoryBytes = 128 << 20 },
            Attempt("fits", Start) with { MemoryLimitBytes = 64 << 20, PeakMemoryBytes = 60 << 20 },
            Attempt("lost", Start) with { MemoryLimitBytes = 256 << 20, Reason = AttemptReason.OutOfMemory });
        // A run that begins with what was learnt tells it too.
        await RecordAsync(Run("f-2", "f", Start) with { Spec = Spec }, Attempt("big", Start) with { MemoryLimitBytes = 80 << 20 });

        var shown = (await RunAsync("runs show f-1")).Out;
        Assert.Contains("""

            big declares 20Mi of memory and needed 80Mi, with a peak of 58Mi; set its resources.memory to 70Mi in the flow.

            cached declares 64Mi of memory and needed 128Mi, with a peak of 128Mi; set its resources.memory to 128Mi in the flow.

            """.ReplaceLineEndings("\n"), shown, StringComparison.Ordinal);
        Assert.DoesNotContain("fits declares", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("lost declares", shown, StringComparison.Ordinal);
        Assert.Contains("big declares 20Mi of memory and needed 80Mi; set its resources.memory to 80Mi in the flow.", (await RunAsync("runs show f-2")).Out, StringComparison.Ordinal);
        Assert.Contains(" 70Mi ", Assert.Single((await RunAsync("runs waste")).Out.Split('\n'), l => l.Contains(" big ", StringComparison.Ordinal)), StringComparison.Ordinal);
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
