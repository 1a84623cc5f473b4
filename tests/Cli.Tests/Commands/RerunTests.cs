using Slipway.Flows;

namespace Cli.Tests.Commands;

public sealed class RerunTests : LedgerFixture
{
    private static readonly DateTimeOffset Start = new(2026, 1, 1, 6, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_run_is_made_with_the_parameters_of_the_earlier_one()
    {
        await RecordAsync(Run("f-1", "f", Start) with { Params = """{"since":"2001","n":3}""" });
        var result = await RunAsync("rerun f-1 --from clean --detach");
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var run = (await Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs.Count == 1))[0];
        Assert.Equal(("f", "f-1", "clean"), (run.Spec.Flow, run.Spec.Rerun!.Run, run.Spec.Rerun.From));
        Assert.Equal("\"2001\" 3", $"{run.Spec.Params!["since"]!.ToJsonString()} {run.Spec.Params["n"]!.ToJsonString()}");
        Assert.Contains($"Run {run.Metadata.Name} is started", result.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rerun f-2", 2, "error: there is no run \"f-2\" in namespace default; \"slipway runs\" lists them.\n")]
    [InlineData("cache invalidate f", 0, "There are no results of flow f.\n")]
    [InlineData("cache invalidate f etl.clean", 0, "There are no results of task etl.clean of flow f.\n")]
    public async Task What_is_not_there_is_told(string command, int exitCode, string text)
    {
        var result = await RunAsync(command);
        Assert.Equal((exitCode, text), (result.ExitCode, result.Out + result.Error));
    }
}
