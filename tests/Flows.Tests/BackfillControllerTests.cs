using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests;

public sealed class BackfillControllerTests : IAsyncLifetime
{
    private const string Flow = """
        apiVersion: slipway.dev/v1alpha1
        kind: Flow
        metadata: { name: f, namespace: default }
        spec:
          schedule: { cron: "0 0 * * *", suspend: true }
          defaults: { image: "x:1" }
          tasks: [{ name: a, command: [a, "${{ run.start }}"] }]
        """;

    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => flows = await FlowCluster.StartAsync();

    public ValueTask DisposeAsync() => flows.DisposeAsync();

    [Fact]
    public async Task A_run_that_was_deleted_under_way_is_run_again_by_the_same_backfill()
    {
        await flows.ApplyAsync(Flow);
        await flows.ApplyAsync(Backfill("b", "parallel: 1"));
        var first = await RunningAsync("f-202512110000");
        await flows.StopControllersAsync(); // who sees the run go before its backfill makes it anew
        await flows.Api.DeleteAsync(FlowKinds.Backfills, "default", "b", cancellation: Cancellation);
        await flows.Api.DeleteAsync(FlowKinds.Runs, "default", "f-202512110000", cancellation: Cancellation); // as the garbage collector does
        flows.StartControllers();
        // Only then the pod: whoever saw that go first would record a task that has failed.
        for (var i = 0; i < 1000 && flows.Ledger.Read.NewestRun("default", "f-202512110000")!.End is null; i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, Cancellation);
        await flows.Api.DeleteAsync(FlowKinds.Pods, "default", first.Metadata.Name, cancellation: Cancellation);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Count == 0);

        await flows.ApplyAsync(Backfill("b", "parallel: 1"));
        await RunningAsync("f-202512110000");
    }

    [Fact]
    public async Task A_backfill_goes_on_after_a_crash_and_another_one_runs_only_what_failed()
    {
        await flows.ApplyAsync(Flow);
        await flows.ApplyAsync(Backfill("b", "parallel: 2"));
        var first = await RunningAsync("f-202512110000");
        await RunningAsync("f-202512120000");
        Assert.Equal(["a", "2025-12-10T00:00:00Z"], RunSimulation.Command(first));
        await flows.EndAsync(first, exitCode: 1, reason: "Error");
        var third = await RunningAsync("f-202512130000");

        await flows.StopControllersAsync();
        await flows.EndAsync(third);
        await flows.EndAsync(await RunningAsync("f-202512120000"));
        flows.StartControllers();
        var ended = await StatusAsync("b", b => FlowPhase.IsFinal(b.Status?.Phase));
        Assert.Equal((FlowPhase.Failed, "3/3", 1, 2), (ended.Status!.Phase, ended.Status.Progress, ended.Status.Failed, ended.Status.Succeeded));
        Assert.Equal("failed: f-202512110000; slipway runs show says why, and slipway backfill --failed runs them again", ended.Status.Message);
        var before = await flows.Api.GetAsync(FlowKinds.Runs, "default", "f-202512110000", Cancellation);

        await flows.ApplyAsync(Backfill("again", "retryFailed: true"));
        await flows.RunAsync("f-202512110000", r => r.Metadata.Uid != before!.Metadata.Uid);
        await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.Exists(p => p.Metadata.OwnerReferences[0].Uid != before!.Metadata.Uid && p.Metadata.Labels[FlowNames.RunLabel] == "f-202512110000"));
        await flows.EndAsync(await RunningAsync("f-202512110000"));
        ended = await StatusAsync("again", b => FlowPhase.IsFinal(b.Status?.Phase));
        Assert.Equal((FlowPhase.Succeeded, "3/3"), (ended.Status!.Phase, ended.Status.Progress));
        Assert.Equal(4, flows.Ledger.Read.Runs("default", new RunFilter { Flow = "f", Limit = 10 }).Count);
    }

    [Fact]
    public async Task A_backfill_waits_for_its_flow_and_is_not_changed()
    {
        await flows.ApplyAsync(Backfill("b", "parallel: 2"));
        var waits = await StatusAsync("b", b => b.Status?.Message is not null);
        Assert.Equal("waits for flow f, which is not in namespace default", waits.Status!.Message);
        var refusal = await Assert.ThrowsAsync<ApiException>(() => flows.Cluster.PatchAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flowbackfills/b", """{"spec":{"parallel":3}}"""));
        Assert.Contains("a backfill cannot be changed", refusal.Message, StringComparison.Ordinal);
        refusal = await Assert.ThrowsAsync<ApiException>(() => flows.ApplyAsync(Backfill("c", "parallel: 2").Replace("2025-12-13", "2025-12-10", StringComparison.Ordinal)));
        Assert.Contains("spec.to: Invalid value: \"2025-12-10T00:00:00Z\": must be later than from", refusal.Message, StringComparison.Ordinal);
        await flows.ApplyAsync(Flow);
        await RunningAsync("f-202512110000");
    }

    private static string Backfill(string name, string fields) =>
        $"{{ apiVersion: slipway.dev/v1alpha1, kind: FlowBackfill, metadata: {{ name: {name}, namespace: default }}, spec: {{ flow: f, from: '2025-12-10T00:00:00Z', to: '2025-12-13T00:00:00Z', {fields} }} }}";

    private Task<FlowBackfill> StatusAsync(string name, Func<FlowBackfill, bool> condition) => flows.Cluster.WaitAsync(FlowKinds.Backfills, "default", name, b => b is not null && condition(b))!;

    /// <summary>The pod of a run's task that has not ended.</summary>
    private async Task<k8s.Models.V1Pod> RunningAsync(string run)
    {
        var pods = await flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", all => all.Exists(IsIt));
        return pods.First(IsIt);

        bool IsIt(k8s.Models.V1Pod pod) => pod.Metadata.Labels[FlowNames.RunLabel] == run && pod.Status?.Phase is not ("Succeeded" or "Failed");
    }
}
