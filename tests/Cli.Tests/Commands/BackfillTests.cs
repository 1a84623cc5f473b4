using Slipway.Api.Kinds;
using Slipway.Flows;

namespace Cli.Tests.Commands;

public sealed class BackfillTests : CommandFixture
{
    private const string Month = "backfill f --from 2026-01-01 --to 2026-02-01T06:00:00+01:00";

    [Fact]
    public async Task A_backfill_is_made_and_followed_to_its_end()
    {
        var command = RunAsync($"{Month} --parallel 4 --schedule daily --failed");
        var backfill = await MadeAsync();
        Assert.Equal(("f", "daily", 4, true), (backfill.Spec.Flow, backfill.Spec.Schedule, backfill.Spec.Parallel, backfill.Spec.RetryFailed));
        Assert.Equal((new DateTime(2026, 1, 1), new DateTime(2026, 2, 1, 5, 0, 0)), (backfill.Spec.From, backfill.Spec.To));
        await StatusAsync(backfill, """{"phase":"Running","progress":"1/3","running":2,"failed":0}""");
        await StatusAsync(backfill, """{"phase":"Succeeded","progress":"3/3","running":0}""");
        var result = await command;
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        Assert.StartsWith($"Backfill {backfill.Metadata.Name}\n", result.Out);
        Assert.EndsWith("3/3 done\n", result.Out);
    }

    [Fact]
    public async Task One_that_fails_says_what_failed()
    {
        var command = RunAsync(Month);
        var backfill = await MadeAsync();
        await StatusAsync(backfill, """{"phase":"Failed","progress":"3/3","failed":1,"message":"failed: f-1"}""");
        var result = await command;
        Assert.Equal((1, $"error: backfill {backfill.Metadata.Name} failed: failed: f-1.\n"), (result.ExitCode, result.Error));
        Assert.EndsWith("3/3 done, 1 failed\n", result.Out);
    }

    [Fact]
    public async Task An_interrupted_command_leaves_the_backfill_alone()
    {
        using var interrupt = new CancellationTokenSource();
        var command = RunAsync(Month, cancellation: interrupt.Token);
        await MadeAsync();
        await interrupt.CancelAsync();
        var result = await command;
        Assert.Equal(130, result.ExitCode);
        Assert.Contains("the backfill goes on", result.Error);
    }

    [Theory]
    [InlineData("backfill f --from yesterday --to 2026-01-01", 2, "error: --from yesterday is no time; write it as 2026-01-31, 2026-01-31T06:00:00Z or 2026-01-31T06:00:00+01:00.")]
    [InlineData("backfill f --from 2026-01-01 --to 2026-01-01", 1, "spec.to: Invalid value: \"2026-01-01T00:00:00.000Z\": must be later than from")]
    [InlineData("run f --start 2026-01-01", 2, "error: --start and --end belong together; give both or neither.")]
    [InlineData("run f --start 2026-01-02 --end 2026-01-01", 2, "error: --start 2026-01-02 must be earlier than --end 2026-01-01.")]
    public async Task What_is_wrong_is_told(string command, int exitCode, string error)
    {
        var result = await RunAsync(command);
        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(error, result.Error, StringComparison.Ordinal);
    }

    private async Task<FlowBackfill> MadeAsync() => (await Cluster.WaitForAllAsync(FlowKinds.Backfills, "default", all => all.Count == 1))[0];

    private Task StatusAsync(FlowBackfill backfill, string status) =>
        Cluster.PatchAsync($"/apis/slipway.dev/v1alpha1/namespaces/default/flowbackfills/{backfill.Metadata.Name}/status", $$"""{"status":{{status}}}""");
}
