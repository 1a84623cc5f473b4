using Slipway.Flows;

namespace Cli.Tests.Commands;

public sealed class SteeringTests : CommandFixture
{
    private const string Run = """{"apiVersion":"slipway.dev/v1alpha1","kind":"FlowRun","metadata":{"name":"f-1"},"spec":{"flow":"f"}}""";
    private const string Path = "/apis/slipway.dev/v1alpha1/namespaces/default/flowruns";

    [Fact]
    public async Task A_decision_says_who_when_and_why_and_cannot_be_taken_back()
    {
        await StartAsync();
        var result = await RunAsync("approve f-1 ask -m fine");
        Assert.Equal((0, "ask of run f-1 approved\n", ""), (result.ExitCode, result.Out, result.Error));
        Assert.Equal("c[1].ask of run f-1 denied\n", (await RunAsync("approve f-1 c[1].ask --deny")).Out);
        var run = await Cluster.WaitAsync(FlowKinds.Runs, "default", "f-1", r => r?.Spec.Approvals?.Count == 2);
        var approval = run!.Spec.Approvals![0];
        Assert.Equal(("ask", true, "fine"), (approval.Task, approval.Approved, approval.Message));
        Assert.NotEqual("unknown", approval.By);
        Assert.NotNull(approval.At);
        Assert.False(run.Spec.Approvals[1].Approved);
        Assert.Equal($"error: ask was approved by {approval.By} already.\n", (await RunAsync("approve f-1 ask --deny")).Error);
    }

    [Fact]
    public async Task A_run_is_suspended_resumed_and_stopped()
    {
        await StartAsync();
        await RunAsync("suspend f-1");
        await Cluster.WaitAsync(FlowKinds.Runs, "default", "f-1", r => r?.Spec.Suspend == true);
        await RunAsync("resume f-1");
        await Cluster.WaitAsync(FlowKinds.Runs, "default", "f-1", r => r?.Spec.Suspend is null);
        Assert.Equal("run f-1 stopped\n", (await RunAsync("stop f-1 -m wrong")).Out);
        var run = await Cluster.WaitAsync(FlowKinds.Runs, "default", "f-1", r => r?.Spec.Stop is not null);
        Assert.Equal("wrong", run!.Spec.Stop!.Message);
    }

    [Theory]
    [InlineData("approve f-1 askk", 1, "run f-1 has no task \"askk\"; \"slipway runs show f-1\" shows what waits.")]
    [InlineData("approve f-1 say", 1, "task \"say\" of run f-1 waits for no approval: it has no approve.")]
    [InlineData("approve f-1 ask[0]", 2, "task \"ask[0]\" of run f-1 has no forEach; leave the index out.")]
    [InlineData("approve f-1 a/b", 2, "\"a/b\" does not name a task; name one as TASK, TASK[INDEX] or CALL.TASK.")]
    [InlineData("stop f-9", 2, "there is no run \"f-9\" in namespace default, did you mean \"f-1\"?; \"slipway runs\" lists them.")]
    public async Task A_mistake_is_named_with_what_to_do(string commandLine, int exitCode, string said)
    {
        await StartAsync();
        var result = await RunAsync(commandLine);
        Assert.Equal((exitCode, $"error: {said}\n"), (result.ExitCode, result.Error));
    }

    [Fact]
    public async Task What_has_ended_cannot_be_steered()
    {
        await StartAsync();
        await Cluster.PatchAsync($"{Path}/f-1/status", """{"status":{"phase":"Succeeded"}}""");
        Assert.Equal("error: run f-1 has ended already: Succeeded.\n", (await RunAsync("suspend f-1")).Error);
    }

    /// <summary>A run that the controller has started.</summary>
    private async Task StartAsync()
    {
        await Cluster.CreateAsync(Path, Run);
        await Cluster.PatchAsync($"{Path}/f-1/status", """
            {"status":{"phase":"Running","flow":{
                "templates":[{"name":"t","tasks":[{"name":"ask","approve":{}}]}],
                "tasks":[{"name":"say","image":"i","command":["c"]},{"name":"ask","approve":{}},{"name":"c","template":"t","forEach":[1,2]}]}}}
            """);
    }
}
