using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public class OutcomeTests
{
    private const string Header = """
        defaults: { image: 'x@sha256:00' }
        onFailure: [{ name: tell, command: [tell, "${{ outcome.message }}"] }]
        onSuccess: [{ name: publish, command: [publish, "${{ tasks.a.values.v }}"] }]
        always: [{ name: clean, command: [clean, "${{ outcome.phase }}", "${{ tasks.a.phase }}", "${{ tasks.tell.phase }}"] }, { name: last, command: [last], needs: [clean] }]
        """;

    private const string Tasks = """
        - { name: a, command: [a], outputs: { values: { v: /out/v } } }
        - { name: b, command: [b], needs: [a] }
        """;

    [Fact]
    public void Tasks_for_failure_and_for_the_end_run_after_a_failure()
    {
        var run = new RunSimulation(Tasks, Header);
        Assert.Equal(["a"], run.Start());
        run.End("a", exitCode: 1, reason: "Error");
        Assert.Equal(["tell"], run.Start());
        Assert.Equal(["tell", "a ended with exit code 1; see slipway logs f-1 a"], RunSimulation.Command(run.Pod("tell")));
        Assert.Equal(FlowPhase.Running, run.Plan().Status.Phase);
        run.End("tell");
        Assert.Equal(["clean"], run.Start());
        Assert.Equal(["clean", "Failed", "Failed", "Succeeded"], RunSimulation.Command(run.Pod("clean")));
        run.End("clean");
        Assert.Equal(["last"], run.Start());
        run.End("last");
        var status = run.Plan().Status;
        Assert.Equal((FlowPhase.Failed, "a ended with exit code 1; see slipway logs f-1 a"), (status.Phase, status.Message));
        Assert.Equal("publish was skipped because a task failed", status.Tasks!.Single(t => t.Name == "publish").Message);
    }

    [Fact]
    public void Tasks_for_success_run_when_nothing_has_failed()
    {
        var run = new RunSimulation(Tasks, Header);
        run.Start();
        run.End("a", values: new() { ["v"] = "5" });
        Assert.Equal(["b"], run.Start());
        run.End("b");
        Assert.Equal(["publish"], run.Start());
        Assert.Equal(["publish", "5"], RunSimulation.Command(run.Pod("publish")));
        run.End("publish", exitCode: 2, reason: "Error");
        Assert.Equal(["clean"], run.Start());
        Assert.Equal(["clean", "Succeeded", "Succeeded", "Skipped"], RunSimulation.Command(run.Pod("clean")));
        run.End("clean");
        run.Start();
        run.End("last");
        Assert.Equal((FlowPhase.Failed, "publish ended with exit code 2; see slipway logs f-1 publish"), (run.Plan().Status.Phase, run.Plan().Status.Message));
    }

    [Fact]
    public void Each_call_has_an_end_of_its_own()
    {
        var run = new RunSimulation("- { name: c, template: t, forEach: [1, 2] }\n- { name: after, command: [x], needs: [c] }", """
            defaults: { image: 'x@sha256:00' }
            templates:
              - name: t
                tasks: [{ name: x, command: [x] }]
                onFailure: [{ name: bad, command: [bad] }]
                always: [{ name: end, command: [end] }]
            """);
        run.Start();
        run.End("c[0].x", exitCode: 1, reason: "Error");
        run.End("c[1].x");
        Assert.Equal(["c[0].bad", "c[1].end"], run.Start());
        run.End("c[0].bad");
        run.End("c[1].end");
        Assert.Equal(["c[0].end"], run.Start());
        run.End("c[0].end");
        Assert.Equal((FlowPhase.Failed, FlowPhase.Skipped), (run.Plan().Status.Phase, run.Plan().Status.Tasks!.Single(t => t.Name == "after").Phase));
    }

    [Theory]
    [InlineData("full", "j", "all", null)]
    [InlineData("full", "j", "any", "7")]
    [InlineData("quick", "j", "any", "7")]
    [InlineData("none", "j", "any", null)]
    public void Branches_meet_again(string mode, string task, string join, string? given)
    {
        var run = new RunSimulation($$$"""
            - { name: full, when: "params.mode == 'full'", command: [f], outputs: { values: { n: /out/n } } }
            - { name: quick, when: "params.mode == 'quick'", command: [q], outputs: { values: { n: /out/n } } }
            - { name: j, join: {{{join}}}, command: [j, "${{ tasks.full.phase == 'Succeeded' ? tasks.full.values.n : tasks.quick.values.n }}"] }
            """, "defaults: { image: 'x@sha256:00' }\nparams: [{ name: mode }]");
        run.Params["mode"] = mode;
        foreach (var item in run.Start())
            run.End(item, values: new() { ["n"] = "7" });
        Assert.Equal(given is null ? [] : [task], run.Start());
        if (given is not null)
            Assert.Equal(given, RunSimulation.Command(run.Pod(task))[1]);
        else
            Assert.Equal(FlowPhase.Skipped, run.Plan().Status.Tasks![2].Phase);
    }

    [Fact]
    public void A_join_of_any_does_not_run_after_a_failure()
    {
        var run = new RunSimulation("""
            - { name: a, command: [a] }
            - { name: b, command: [b] }
            - { name: j, join: any, needs: [a, b], command: [j] }
            """, "defaults: { image: 'x@sha256:00' }");
        run.Start();
        run.End("a");
        run.End("b", exitCode: 1, reason: "Error");
        Assert.Equal("j was skipped because b failed", run.Plan().Status.Tasks![2].Message);
    }
}
