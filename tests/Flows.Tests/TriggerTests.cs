using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class TriggerTests : IAsyncLifetime
{
    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => flows = await FlowCluster.StartAsync();

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task The_success_of_a_flow_starts_another_with_what_it_left()
    {
        await flows.ApplyAsync(Upstream);
        await flows.ApplyAsync(Downstream("flow: { name: up }, params: { rows: '${{ event.values.rows }}', text: '${{ event.flow }} of ${{ event.params.day }}' }"));
        await StartedAsync("up-1");
        await flows.EndAsync((await flows.PodsAsync("count"))[0], values: new() { ["rows"] = "7" });
        var run = await TriggeredAsync();
        Assert.Equal(("Trigger", "after", "run up-1 of flow up has succeeded"), (run.Spec.Cause!.Type, run.Spec.Cause.By, run.Spec.Cause.Message));
        Assert.Equal(["show", "7", "up of monday"], RunSimulation.Command((await flows.PodsAsync("show"))[0]));
        var flow = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "down", f => f?.Status?.Triggers is [{ LastRun: not null }]);
        Assert.Equal(run.Metadata.Name, flow!.Status!.Triggers![0].LastRun);
    }

    [Fact]
    public async Task Each_end_starts_one_run_across_restarts_and_when_the_run_is_gone()
    {
        await flows.ApplyAsync(Upstream);
        await flows.ApplyAsync(Downstream("flow: { name: up }"));
        await StartedAsync("up-1");
        await flows.StopControllersAsync();
        flows.StartControllers();
        await flows.EndAsync((await flows.PodsAsync("count"))[0], values: new() { ["rows"] = "7" });
        var first = await TriggeredAsync();
        await flows.EndAsync((await flows.PodsAsync("show"))[0]);
        await flows.RunAsync(first.Metadata.Name, r => r.Status?.Phase == FlowPhase.Succeeded);
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", first.Metadata.Name, cancellation: Cancellation);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.TrueForAll(r => r.Metadata.Name != first.Metadata.Name));
        await flows.StopControllersAsync();
        flows.StartControllers();

        // The end of a second run is dealt with after that of the first was looked at again.
        await StartedAsync("up-2");
        await flows.EndAsync((await flows.PodsAsync("count"))[0], values: new() { ["rows"] = "8" });
        var second = await TriggeredAsync();
        Assert.Equal("run up-2 of flow up has succeeded", second.Spec.Cause!.Message);
        Assert.Equal(2, flows.Ledger.Read.Runs("default", new RunFilter { Flow = "down", Limit = 9 }).Select(r => r.Uid).Append(second.Metadata.Uid).Distinct().Count());
    }

    [Fact]
    public async Task A_failure_counts_where_it_is_asked_for_and_a_condition_decides()
    {
        await flows.ApplyAsync(Upstream);
        await flows.ApplyAsync(Downstream("flow: { name: up, phases: [Failed] }, when: \"event.params.day == 'tuesday'\", params: { text: '${{ event.message }}' }"));
        foreach (var (name, day, code) in new[] { ("up-1", "monday", 1), ("up-2", "tuesday", 0), ("up-3", "tuesday", 1) })
        {
            await StartedAsync(name, day);
            await flows.EndAsync((await flows.PodsAsync("count"))[0], exitCode: code, values: new() { ["rows"] = "7" });
            await flows.RunAsync(name, r => FlowPhase.IsFinal(r.Status?.Phase));
        }

        var run = await TriggeredAsync();
        Assert.Equal("run up-3 of flow up has failed", run.Spec.Cause!.Message);
        Assert.Contains("exit code 1", RunSimulation.Command((await flows.PodsAsync("show"))[0])[2], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_ended_before_the_trigger_was_there_starts_nothing()
    {
        await flows.ApplyAsync(Upstream);
        await StartedAsync("up-1");
        await flows.EndAsync((await flows.PodsAsync("count"))[0], values: new() { ["rows"] = "7" });
        await flows.RunAsync("up-1", r => r.Status?.Phase == FlowPhase.Succeeded);
        flows.Cluster.Clock.Advance(TimeSpan.FromMinutes(1));
        await flows.ApplyAsync(Downstream("flow: { name: up }"));
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "down", f => f?.Status?.Triggers is [{ Since: not null }]);
        await StartedAsync("up-2");
        await flows.EndAsync((await flows.PodsAsync("count"))[0], values: new() { ["rows"] = "7" });
        Assert.Equal("run up-2 of flow up has succeeded", (await TriggeredAsync()).Spec.Cause!.Message);
        Assert.Single((await flows.Api.ListAsync(FlowKinds.Runs, "default", cancellation: Cancellation)).Items, r => r.Spec.Flow == "down");
    }

    [Theory]
    [InlineData("flow: { name: up }, when: 'false'")]
    [InlineData("flow: { name: up }, suspend: true")]
    public async Task What_ended_before_the_trigger_was_changed_starts_nothing(string before)
    {
        await flows.ApplyAsync(Upstream);
        await flows.ApplyAsync(Downstream(before));
        var old = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "down", f => f?.Status?.Triggers is [{ Since: not null }]);
        await StartedAsync("up-1");
        await flows.EndAsync((await flows.PodsAsync("count"))[0], values: new() { ["rows"] = "7" });
        await flows.RunAsync("up-1", r => r.Status?.Phase == FlowPhase.Succeeded);
        flows.Cluster.Clock.Advance(TimeSpan.FromMinutes(1));
        await flows.Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flows/down", """{"spec":{"triggers":[{"name":"after","flow":{"name":"up"}}]}}""");
        await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "down", f => f?.Status?.Triggers is [{ Since: { } since }] && since > old!.Status!.Triggers![0].Since);
        await StartedAsync("up-2");
        await flows.EndAsync((await flows.PodsAsync("count"))[0], values: new() { ["rows"] = "7" });
        Assert.Equal("run up-2 of flow up has succeeded", (await TriggeredAsync()).Spec.Cause!.Message);
        Assert.Single((await flows.Api.ListAsync(FlowKinds.Runs, "default", cancellation: Cancellation)).Items, r => r.Spec.Flow == "down");
    }

    [Fact]
    public async Task What_has_no_value_is_told_and_recorded_as_skipped()
    {
        await flows.ApplyAsync(Upstream);
        await flows.ApplyAsync(Downstream("flow: { name: up }, params: { text: '${{ event.values.lines }}' }"));
        await StartedAsync("up-1");
        await flows.EndAsync((await flows.PodsAsync("count"))[0], values: new() { ["rows"] = "7" });
        var flow = await flows.Cluster.WaitAsync(FlowKinds.Flows, "default", "down", f => f?.Status?.Triggers is [{ Problem: not null }]);
        Assert.StartsWith("run up-1 of flow up has succeeded, but no run was started: params.text of trigger after has no value:", flow!.Status!.Triggers![0].Problem, StringComparison.Ordinal);
        var skipped = Assert.Single(flows.Ledger.Read.Runs("default", new RunFilter { Flow = "down", Limit = 9 }));
        Assert.Equal((FlowPhase.Skipped, "down"), (skipped.Phase, skipped.Flow));
    }

    private Task<FlowRun> TriggeredAsync() => FindAsync(r => r.Spec.Flow == "down" && r.Status?.Phase == FlowPhase.Running);

    private async Task<FlowRun> FindAsync(Func<FlowRun, bool> condition) =>
        (await flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", all => all.Exists(r => condition(r)))).First(condition);

    private Task StartedAsync(string name, string day = "monday") =>
        flows.ApplyAsync($"{{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: {{ name: {name}, namespace: default }}, spec: {{ flow: up, params: {{ day: {day} }} }} }}");

    private const string Upstream = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: up, namespace: default }
        spec:
          params: [{ name: day }]
          defaults: { image: "x:1" }
          tasks:
            - { name: count, command: [count], outputs: { values: { rows: /out/rows } } }
        """;

    private static string Downstream(string trigger) => $$$"""
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: down, namespace: default }
        spec:
          params: [{ name: rows, default: 0 }, { name: text, default: "" }]
          triggers: [{ name: after, {{{trigger}}} }]
          defaults: { image: "x:1" }
          tasks:
            - { name: show, command: [show, "${{ params.rows }}", "${{ params.text }}"] }
        """;
}
