using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class HistoryKeeperTests : IAsyncLifetime
{
    private FlowCluster flows = null!;

    public async ValueTask InitializeAsync() => flows = await FlowCluster.StartAsync();

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task Runs_by_hand_go_beyond_the_limit_of_their_flow_and_with_it_and_stay_in_the_ledger()
    {
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: Flow, metadata: { name: f, namespace: default }, spec: { historyLimit: 1, tasks: [{ name: ask, approve: {} }] } }");
        foreach (var name in new[] { "a", "b", "c", "open" })
        {
            await flows.ApplyAsync($"{{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: {{ name: {name}, namespace: default }}, spec: {{ flow: f }} }}");
            await flows.RunAsync(name, r => r.Status?.Phase == FlowPhase.Running);
            if (name == "open")
                continue;
            await flows.Cluster.PatchAsync($"/apis/slipway.dev/v1alpha1/namespaces/default/flowruns/{name}", """{"spec":{"stop":{"by":"anna","at":"2026-01-01T00:00:00Z"}}}""");
            await flows.RunAsync(name, r => FlowPhase.IsFinal(r.Status?.Phase));
            flows.Cluster.Clock.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(4, (await flows.Api.ListAsync(FlowKinds.Runs)).Items.Count);
        await KeptAsync("c", "open");
        await flows.Api.DeleteAsync(FlowKinds.Flows, "default", "f", cancellation: TestContext.Current.CancellationToken);
        await KeptAsync("open");
        Assert.Equal(["a", "b", "c", "open"], flows.Ledger.Read.Runs("default", new RunFilter { Flow = "f", Limit = 10 }).Select(r => r.Name).Order());
    }

    [Fact]
    public async Task A_flow_that_is_deleted_and_applied_anew_keeps_its_runs()
    {
        foreach (var flow in new[] { "kept", "gone" })
        {
            await flows.ApplyAsync(Flow(flow));
            await flows.ApplyAsync($"{{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: {{ name: of-{flow}, namespace: default }}, spec: {{ flow: {flow}, stop: {{ by: anna, at: '2026-01-01T00:00:00Z' }} }} }}");
            await flows.RunAsync($"of-{flow}", r => FlowPhase.IsFinal(r.Status?.Phase));
        }

        flows.Cluster.Clock.Advance(TimeSpan.FromHours(3));
        foreach (var flow in new[] { "kept", "gone" })
            await flows.Api.DeleteAsync(FlowKinds.Flows, "default", flow, cancellation: TestContext.Current.CancellationToken);
        await flows.ApplyAsync(Flow("kept"));
        await KeptAsync("of-kept");

        static string Flow(string name) => $"{{ apiVersion: slipway.dev/v1alpha1, kind: Flow, metadata: {{ name: {name}, namespace: default }}, spec: {{ tasks: [{{ name: ask, approve: {{}} }}] }} }}";
    }

    [Theory]
    [InlineData(FlowPhase.Running, false, false)]
    [InlineData(FlowPhase.Succeeded, false, true)]
    [InlineData(FlowPhase.Failed, true, true)]
    [InlineData(FlowPhase.Running, true, true)]
    public void A_flow_is_looked_at_when_a_run_ends_or_goes(string phase, bool isGone, bool isLookedAt)
    {
        var run = new FlowRun { Metadata = new() { Name = "f-1", NamespaceProperty = "default" }, Spec = new() { Flow = "f" }, Status = new() { Phase = phase } };
        var found = HistoryKeeper.FlowOf(new ObjectChange<FlowRun>(new("default", "f-1"), run, isGone ? null : run));
        Assert.Equal(isLookedAt ? [new("default", "f")] : Array.Empty<ObjectKey>(), found);
    }

    private Task KeptAsync(params string[] names) => flows.Cluster.WhileTimePassesAsync(
        flows.Cluster.WaitForAllAsync(FlowKinds.Runs, "default", runs => runs.Select(r => r.Metadata.Name).Order().SequenceEqual(names)), TimeSpan.FromMinutes(5));
}
