using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows.Tests.Stores;

/// <summary>Flows that keep what they leave in the volume of a claim, which a directory stands for; the program in the pod is the real one.</summary>
public sealed class ClaimStoreTests : IAsyncLifetime
{
    private const string Pod = "artifact-store-team";
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Stores = "/apis/slipway.dev/v1alpha1/namespaces/default/artifactstores";
    private const string Store = "{ apiVersion: slipway.dev/v1alpha1, kind: ArtifactStore, metadata: { name: team, namespace: default }, spec: { default: true, claim: { name: disk, path: flows/ } } }";

    private readonly string volume = Directory.CreateTempSubdirectory("slipway-volume-").FullName;
    private ExecNode node = null!;
    private FlowCluster flows = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        node = new ExecNode(volume);
        FlowCluster? started = null;
        started = flows = await FlowCluster.StartAsync(options: new() { Nodes = node }, claims: options =>
            StorePod.Reach(() => started!.Cluster.As("system:serviceaccount:slipway-system:flows", "system:serviceaccounts"), new("pause:1", "/slipway-task"), started!.Cluster.Clock)(options));
    }

    public async ValueTask DisposeAsync()
    {
        await flows.DisposeAsync();
        Directory.Delete(volume, recursive: true);
    }

    [Fact]
    public async Task What_tasks_leave_is_in_the_volume_and_comes_back_from_there_whatever_becomes_of_the_pod()
    {
        await ClaimAsync();
        await flows.ApplyAsync(Store);
        await StartPodAsync();
        await ReadyAsync(c => c.Status == "True");

        await flows.ApplyAsync("""{ apiVersion: slipway.dev/v1alpha1, kind: Flow, metadata: { name: f, namespace: default }, spec: { tasks: [{ name: a, image: "x:1", command: [a], outputs: { files: { f: /out/f, d: /out/d } } }] } }""");
        await flows.ApplyAsync("{ apiVersion: slipway.dev/v1alpha1, kind: FlowRun, metadata: { name: f-1, namespace: default }, spec: { flow: f } }");
        var task = (await flows.PodsAsync("a"))[0];

        // The pod is lost before the task ends; it comes again, and all arrives.
        node.IsAway = true;
        await flows.EndAsync(task, files: ["f"], directories: ["d"]);
        var first = await flows.Api.GetAsync(FlowKinds.Pods, "default", Pod, Cancellation);
        await flows.Api.DeleteAsync(FlowKinds.Pods, "default", Pod, new DeleteOptions { GracePeriodSeconds = 0 }, Cancellation);
        node.IsAway = false;
        var again = await flows.Cluster.WhileTimePassesAsync(StartPodAsync(after: first!.Metadata.Uid), TimeSpan.FromMilliseconds(100));
        var run = await flows.Cluster.WhileTimePassesAsync(flows.RunAsync("f-1", r => r.Status?.Phase == FlowPhase.Succeeded), TimeSpan.FromMilliseconds(100));
        Assert.NotEqual(first.Metadata.Uid, again.Metadata.Uid);
        var attempt = Assert.Single(flows.Ledger.Read.Attempts(run.Metadata.Uid));
        Assert.Equal((1, AttemptReason.Succeeded), (attempt.Number, attempt.Reason));
        var sha256 = attempt.Files["f"].Sha256;
        Assert.Equal("content of f", await File.ReadAllTextAsync(Path.Combine(volume, "flows", "default", "team", sha256[..2], sha256), Cancellation));
        File.Delete(flows.Store.PathOf(sha256));
        Assert.Equal("content of f", System.Text.Encoding.UTF8.GetString((await flows.Store.ReadAsync(sha256, Cancellation))!));
    }

    [Fact]
    public async Task What_is_in_the_way_stands_in_the_condition()
    {
        await flows.ApplyAsync(Store);
        Assert.Equal(("NoClaim", "artifact store team: claim disk: there is no such PersistentVolumeClaim in namespace default; make it"), await ReadyAsync(_ => true));
        await ClaimAsync();
        Assert.Equal(("Pending", "artifact store team: claim disk: the claim has no volume yet; \"slipway why persistentvolumeclaim/disk\" says why"), await ReadyAsync(c => c.Reason != "NoClaim"));
        node.IsAway = true;
        await StartPodAsync();
        Assert.Contains("commands in pod artifact-store-team cannot be run", (await ReadyAsync(c => c.Reason == "Unreachable")).Message, StringComparison.Ordinal);
        node.IsAway = false;
        Assert.Equal("Available", (await ReadyAsync(c => c.Status == "True")).Reason);
    }

    [Fact]
    public async Task A_store_that_nobody_uses_has_no_pod()
    {
        await ClaimAsync();
        await flows.ApplyAsync(Store);
        await StartPodAsync();
        await ReadyAsync(c => c.Status == "True");
        await flows.Cluster.WhileTimePassesAsync(flows.Cluster.WaitForAllAsync(FlowKinds.Pods, "default", pods => pods.TrueForAll(p => p.Metadata.DeletionTimestamp is not null)), TimeSpan.FromSeconds(1));
        Assert.Equal("Available", (await ReadyAsync(_ => true)).Reason);
    }

    [Theory]
    [InlineData("spec: { default: true }", "spec: Invalid value: neither: must have exactly one of s3, a bucket, and claim, a PersistentVolumeClaim")]
    [InlineData("spec: { claim: { name: disk }, s3: { endpoint: https://s3.example.com, bucket: bucket, secretName: s3 } }", "spec: Invalid value: both: must have exactly one")]
    [InlineData("spec: { claim: { path: a/ } }", "spec.claim.name")]
    [InlineData("spec: { claim: { name: disk, path: ../ } }", "spec.claim.path")]
    public async Task What_is_wrong_with_a_store_is_said_when_it_is_declared(string spec, string says)
    {
        var refusal = await Assert.ThrowsAsync<ApiException>(() => flows.ApplyAsync($"{{ apiVersion: slipway.dev/v1alpha1, kind: ArtifactStore, metadata: {{ name: team, namespace: default }}, {spec} }}"));
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"spec":{"claim":{"name":"other"}}}""", "spec.claim.name")]
    [InlineData("""{"spec":{"claim":{"path":"other/"}}}""", "spec.claim.path")]
    [InlineData("""{"spec":{"claim":null,"s3":{"endpoint":"https://s3.example.com","bucket":"bucket","secretName":"s3"}}}""", "spec.s3.bucket")]
    public async Task Where_a_store_keeps_things_cannot_be_changed(string patch, string field)
    {
        await flows.ApplyAsync(Store);
        var refusal = await Assert.ThrowsAsync<ApiException>(() => flows.Cluster.PatchAsync($"{Stores}/team", patch));
        Assert.Contains($"{field}: Forbidden: it cannot be changed", refusal.Message, StringComparison.Ordinal);
    }

    private Task ClaimAsync() => flows.Cluster.CreateAsync(
        "/api/v1/namespaces/default/persistentvolumeclaims", """{"metadata":{"name":"disk"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");

    /// <summary>The scheduler and the node do their part for the pod, once it is there.</summary>
    private async Task<V1Pod> StartPodAsync(string? after = null)
    {
        var pod = (await flows.Cluster.WaitAsync(FlowKinds.Pods, "default", Pod, p => p is not null && p.Metadata.Uid != after))!;
        await flows.Cluster.CreateAsync($"{Pods}/{Pod}/binding", """{"metadata":{"name":"artifact-store-team"},"target":{"kind":"Node","name":"node"}}""");
        await flows.Cluster.PatchAsync($"{Pods}/{Pod}/status", """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""");
        return pod;
    }

    private async Task<(string Reason, string Message)> ReadyAsync(Func<V1Condition, bool> condition)
    {
        var waiting = flows.Cluster.WaitAsync(FlowKinds.ArtifactStores, "default", "team", s => s?.Status?.Conditions?[0] is { } c && condition(c));
        var found = (await flows.Cluster.WhileTimePassesAsync(waiting, TimeSpan.FromMilliseconds(200)))!.Status!.Conditions![0];
        return (found.Reason, found.Message);
    }
}
