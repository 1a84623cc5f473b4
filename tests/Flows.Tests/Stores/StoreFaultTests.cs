using System.Text.Json.Nodes;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests.Stores;

/// <summary>A store that fails at any of its operations, and controllers that are stopped then and started again: nothing is lost, and nothing left behind unknown.</summary>
public sealed class StoreFaultTests : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-faults-").FullName;
    private DirectoryPlace place = null!;
    private FlowCluster flows = null!;

    public async ValueTask InitializeAsync()
    {
        place = new DirectoryPlace(directory);
        flows = await FlowCluster.StartAsync(places: _ => place);
        await flows.Cluster.CreateAsync("/api/v1/namespaces/default/secrets", """{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s3"},"stringData":{"accessKey":"me","secretKey":"mine"}}""");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: ArtifactStore, metadata: { name: team, namespace: default }, spec: { default: true, s3: { endpoint: https://s3.example.com, bucket: bucket, secretName: s3 } } }");
        await flows.Cluster.WaitAsync(FlowKinds.ArtifactStores, "default", "team", s => s?.Status?.Conditions?[0].Status == "True");
    }

    public async ValueTask DisposeAsync()
    {
        await flows.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task What_is_recorded_is_there_and_what_is_there_is_known(int artifacts)
    {
        await flows.ApplyAsync("""{ apiVersion: slipway.dev/v1alpha1, kind: Flow, metadata: { name: f, namespace: default }, spec: { tasks: [{ name: a, image: "x:1", command: [a], outputs: { files: { f: /out/f, d: /out/d } } }] } }""");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        var pod = (await flows.PodsAsync("a"))[0];
        place.FailAfter(artifacts, new ArtifactPlaceException(ArtifactPlaceFault.Unreachable, "away"));
        await flows.EndAsync(pod, files: ["f"], directories: ["d"]);
        await flows.RunAsync("f-1", r => r.Status?.Tasks?[0].Message?.Contains("away", StringComparison.Ordinal) == true);
        Known();

        await flows.StopControllersAsync();
        Known();
        place.Fault = null;
        flows.StartControllers();
        var run = await flows.Cluster.WhileTimePassesAsync(flows.RunAsync("f-1", r => r.Status?.Phase == FlowPhase.Succeeded), TimeSpan.FromSeconds(1));
        var attempt = flows.Ledger.Read.Attempts(run.Metadata.Uid).Single();
        Assert.All(attempt.OutputHashes, sha256 => Assert.True(File.Exists(place.PathOf(sha256))));
        Assert.Equal((4, attempt.Number), (flows.Ledger.Placements.TotalOf("default", "team").Count, 1));
        Known();
    }

    [Fact]
    public async Task What_was_left_by_a_command_that_was_killed_after_its_report_is_in_the_store_before_it_is_recorded()
    {
        await flows.ApplyAsync("""{ apiVersion: slipway.dev/v1alpha1, kind: Flow, metadata: { name: f, namespace: default }, spec: { tasks: [{ name: a, image: "x:1", command: [a], outputs: { files: { f: /out/f } } }] } }""");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        await flows.EndAsync((await flows.PodsAsync("a"))[0], files: ["f"], isKilled: true);
        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        var attempt = Assert.Single(flows.Ledger.Read.Attempts(run.Metadata.Uid));
        Assert.True(attempt.Succeeded);
        Assert.True(File.Exists(place.PathOf(attempt.Files["f"].Sha256)));
    }

    [Fact]
    public async Task A_run_that_is_stopped_does_not_wait_for_a_store_that_is_away_and_its_record_says_what_is_lost()
    {
        await flows.ApplyAsync("""{ apiVersion: slipway.dev/v1alpha1, kind: Flow, metadata: { name: f, namespace: default }, spec: { tasks: [{ name: a, image: "x:1", command: [a], outputs: { files: { f: /out/f } } }] } }""");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        var pod = (await flows.PodsAsync("a"))[0];
        place.FailAfter(0, new ArtifactPlaceException(ArtifactPlaceFault.Unreachable, "away"));
        await flows.EndAsync(pod, files: ["f"]);
        await flows.RunAsync("f-1", r => r.Status?.Tasks?[0].Message?.Contains("away", StringComparison.Ordinal) == true);

        await flows.Cluster.As("anna", ApiServer.UserInfo.Masters).SendPatchAsync(FlowKinds.Runs, "default", "f-1", new JsonObject { ["spec"] = new JsonObject { ["stop"] = new JsonObject { ["by"] = "anna", ["at"] = "2026-01-01T00:00:00Z" } } }, cancellation: TestContext.Current.CancellationToken);

        var run = await flows.RunAsync("f-1", r => FlowPhase.IsFinal(r.Status?.Phase));
        Assert.Equal("the run was stopped by anna", run.Status!.Message);
        var attempt = Assert.Single(flows.Ledger.Read.Attempts(run.Metadata.Uid));
        Assert.False(attempt.Succeeded);
        Assert.Equal("a: f could not be kept in artifact store team before the run was stopped: away", attempt.Message);
        await flows.Cluster.WaitAsync(FlowKinds.Pods, "default", pod.Metadata.Name, p => p?.Metadata.Finalizers?.Contains(FlowNames.RecordedFinalizer) != true);
    }

    /// <summary>Nothing lies in the store that the ledger has no row for.</summary>
    private void Known()
    {
        foreach (var file in Directory.EnumerateFiles(directory).Select(Path.GetFileName).Where(f => f!.Length == 64))
            Assert.True(flows.Ledger.Placements.IsKnown("default", "team", file!), file);
    }
}
