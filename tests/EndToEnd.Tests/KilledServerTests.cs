using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>The server is killed while a run is under way.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class KilledServerTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task The_containers_go_on_and_the_run_ends_after_the_next_up()
    {
        var file = await slipway.WriteFlowAsync("killed", """
            - name: long
              forEach: [0, 1]
              command: [sh, -c, "sleep 6; echo 42 > /out/answer.json"]
              outputs: { values: { answer: /out/answer.json } }
            - name: after
              command: [test, "${{ tasks.long.values.answer[1] }}", "=", "42"]
            """);
        (await slipway.RunAsync("run", file, "--detach")).Expect();
        await slipway.WaitForRunAsync("killed", run => (int?)run["status"]?["counts"]?["running"] == 2);

        slipway.KillServer();
        (await slipway.RunAsync("up")).Expect();

        var ended = await slipway.WaitForRunAsync("killed", run => run.Phase() is "Succeeded" or "Failed");
        Assert.True(ended.Phase() == "Succeeded", ended.ToJsonString());
        Assert.All(await slipway.AttemptsAsync("killed"), attempt => Assert.Equal(1, (int)attempt["attempt"]!));
    }

    [Fact]
    public async Task What_ended_meanwhile_is_recorded_after_the_next_up()
    {
        var file = await slipway.WriteFlowAsync("meanwhile", """
            - name: short
              command: [sh, -c, "sleep 2; echo done"]
            - { name: after, command: ["true"], needs: [short] }
            """);
        (await slipway.RunAsync("run", file, "--detach")).Expect();
        await slipway.WaitForRunAsync("meanwhile", run => (int?)run["status"]?["counts"]?["running"] == 1);

        slipway.KillServer();
        await Task.Delay(TimeSpan.FromSeconds(4), TimeProvider.System, TestContext.Current.CancellationToken);
        (await slipway.RunAsync("up")).Expect();

        var ended = await slipway.WaitForRunAsync("meanwhile", run => run.Phase() is "Succeeded" or "Failed");
        Assert.True(ended.Phase() == "Succeeded", ended.ToJsonString());
        Assert.Equal(["Succeeded", "Succeeded"], (await slipway.AttemptsAsync("meanwhile")).Select(attempt => (string)attempt["reason"]!));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(200)]
    [InlineData(300)]
    [InlineData(400)]
    public async Task A_kill_while_the_first_container_is_being_started_costs_nothing(int milliseconds)
    {
        var flow = $"early-{milliseconds}";
        var file = await slipway.WriteFlowAsync(flow, """- { name: short, command: [sleep, "1"] }""");
        (await slipway.RunAsync("run", file, "--detach")).Expect();
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, TestContext.Current.CancellationToken);

        slipway.KillServer();
        (await slipway.RunAsync("up")).Expect();

        var ended = await slipway.WaitForRunAsync(flow, run => run.Phase() is "Succeeded" or "Failed");
        Assert.True(ended.Phase() == "Succeeded", ended.ToJsonString());
    }
}
