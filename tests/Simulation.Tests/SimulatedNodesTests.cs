using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.Client;
using Slipway.Scheduler;
using Slipway.Testing;

namespace Slipway.Simulation.Tests;

public sealed class SimulatedNodesTests : IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task Pods_run_on_nodes_end_and_go_without_containers()
    {
        var (nodes, _) = await StartAsync(3);
        await AddPodAsync("lasting", "Always");
        await AddPodAsync("short", "Never", ""","labels":{"life":"short"}""");
        var pod = await WaitAsync("lasting", pod => pod?.Condition("Ready")?.Status == "True");
        Assert.StartsWith("100.64.", pod!.Status.PodIP, StringComparison.Ordinal);
        var ended = await _cluster.WhileTimePassesAsync(WaitAsync("short", pod => pod?.HasEnded == true), TimeSpan.FromMilliseconds(100));
        Assert.Equal("Failed", ended!.Status.Phase);

        var summary = JsonNode.Parse((await nodes.HandleAsync(pod.Spec.NodeName!, new("GET", "/stats/summary"), default)).Body.Span)!;
        var used = summary["pods"]!.AsArray().Single(p => (string?)p!["podRef"]!["name"] == "lasting")!;
        Assert.Equal(250_000_000, (long)used["cpu"]!["usageNanoCores"]!);
        Assert.Equal(501, (await nodes.HandleAsync(pod.Spec.NodeName!, new("GET", "/containerLogs/default/lasting/c"), default)).StatusCode);

        await _cluster.Admin.DeleteAsync(Kinds.Pods, "default", "lasting");
        await WaitAsync("lasting", pod => pod is null);
    }

    [Fact]
    public async Task A_new_run_goes_on_where_the_last_one_ended_and_removes_nodes_that_are_too_many()
    {
        var (_, first) = await StartAsync(4);
        await AddPodAsync("p", "Always");
        await WaitAsync("p", pod => pod?.Status.Phase == "Running");
        await first.DisposeAsync();
        await _cluster.Admin.DeleteAsync(Kinds.Pods, "default", "p");
        await StartAsync(2);
        await WaitAsync("p", pod => pod is null);
        await _cluster.WaitForAllAsync(Kinds.Nodes, null, nodes => nodes.Select(node => node.Metadata.Name).Order().SequenceEqual(["simulated-0", "simulated-1"]));
    }

    [Fact]
    public async Task A_node_that_was_given_up_tells_anew_that_it_is_ready()
    {
        await StartAsync(2);
        await _cluster.PatchAsync("/api/v1/nodes/simulated-1/status", """{"status":{"conditions":[{"type":"Ready","status":"Unknown"}]}}""");
        await _cluster.WhileTimePassesAsync(
            _cluster.WaitAsync(Kinds.Nodes, null, "simulated-1", node => node?.Status?.Conditions?.Find(c => c.Type == "Ready")?.Status == "True"), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_thousand_nodes_take_three_thousand_pods()
    {
        await StartAsync(1000);
        const int pods = 3000;
        var informer = new Informer<SimulatedPod>(_cluster.Admin, Kinds.Pods, new(), _cluster.Clock, NullLogger.Instance);
        var (running, all) = (new HashSet<string>(), new TaskCompletionSource());
        informer.OnChange(change =>
        {
            if (change.New?.Condition("Ready")?.Status == "True" && running.Add(change.Key.Name) && running.Count == pods)
                all.TrySetResult();
        });
        _cluster.Run(informer.RunAsync);
        await Parallel.ForAsync(0, pods, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) => await AddPodAsync($"p{i}", "Always"));
        await all.Task.WaitAsync(TestCluster.Patience);
        Assert.Equal(pods, informer.List().Select(pod => pod.Status.PodIP).Distinct().Count());
        Assert.InRange(informer.List().GroupBy(pod => pod.Spec.NodeName).Max(group => group.Count()), 3, 12);
    }

    [Fact]
    public async Task Claims_of_pods_on_simulated_nodes_have_volumes_until_they_go()
    {
        await StartAsync(2);
        const string Claims = "/api/v1/namespaces/default/persistentvolumeclaims";
        await _cluster.CreateAsync("/apis/storage.k8s.io/v1/storageclasses", """{"apiVersion":"storage.k8s.io/v1","kind":"StorageClass","metadata":{"name":"local-path"},"provisioner":"slipway.dev/local-path","volumeBindingMode":"WaitForFirstConsumer"}""");
        foreach (var (name, node) in ((string, string)[])[("data", "simulated-1"), ("other", "real")])
            await _cluster.CreateAsync(Claims, $$$"""{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"{{{name}}}","annotations":{"volume.kubernetes.io/storage-provisioner":"slipway.dev/local-path","volume.kubernetes.io/selected-node":"{{{node}}}"} },"spec":{"storageClassName":"local-path","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }""");
        var volumes = await _cluster.WaitForAllAsync(Kinds.Volumes, null, volumes => volumes.Count > 0);
        var volume = JsonNode.Parse((await _cluster.Admin.SendForBodyAsync(new("GET", $"/api/v1/persistentvolumes/{volumes[0].Metadata.Name}"))).Span)!;
        Assert.Equal(("data", "1Gi", "Delete", "local-path"), ((string?)volume["spec"]!["claimRef"]!["name"], (string?)volume["spec"]!["capacity"]!["storage"],
            (string?)volume["spec"]!["persistentVolumeReclaimPolicy"], (string?)volume["spec"]!["storageClassName"]));
        Assert.Equal("simulated-1", (string?)volume["spec"]!["nodeAffinity"]!["required"]!["nodeSelectorTerms"]![0]!["matchExpressions"]![0]!["values"]![0]);
        await _cluster.Admin.DeleteAsync(Kinds.Claims, "default", "data");
        await _cluster.PatchAsync($"{Claims}/data", """{"metadata":{"finalizers":null}}""");
        await _cluster.PatchAsync($"/api/v1/persistentvolumes/{volumes[0].Metadata.Name}", """{"metadata":{"finalizers":null}}""");
        await _cluster.PatchAsync($"/api/v1/persistentvolumes/{volumes[0].Metadata.Name}/status", """{"status":{"phase":"Released"}}""");
        await _cluster.WaitForAllAsync(Kinds.Volumes, null, volumes => volumes.Count == 0);
    }

    [Fact]
    public async Task Claims_that_a_real_node_refuses_are_refused()
    {
        await StartAsync(2);
        await _cluster.CreateAsync("/apis/storage.k8s.io/v1/storageclasses", """{"apiVersion":"storage.k8s.io/v1","kind":"StorageClass","metadata":{"name":"local-path"},"provisioner":"slipway.dev/local-path","volumeBindingMode":"WaitForFirstConsumer"}""");
        await _cluster.CreateAsync("/api/v1/namespaces/default/persistentvolumeclaims", """{"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"raw","annotations":{"volume.kubernetes.io/storage-provisioner":"slipway.dev/local-path","volume.kubernetes.io/selected-node":"simulated-1"} },"spec":{"volumeMode":"Block","storageClassName":"local-path","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }""");
        var events = await _cluster.WaitForAllAsync(EventView.Resource, "default", all => all.Exists(e => e.Reason == "ProvisioningFailed"));
        Assert.Equal("failed to provision volume with StorageClass \"local-path\": volumeMode Block is not supported: use Filesystem", events.Find(e => e.Reason == "ProvisioningFailed")!.Message);
        Assert.Empty((await _cluster.Admin.ListAsync(Kinds.Volumes)).Items);
    }

    [Theory]
    [InlineData("/api/v1/pods?")]
    [InlineData("/api/v1/nodes?")]
    public async Task A_loop_that_fails_ends_the_simulation_which_tells_why(string path)
    {
        var nodes = new SimulatedNodes(new Broken(_cluster.Admin, path), name => _cluster.As($"system:node:{name}", "system:nodes"), new(), 1, "v1.37.0", _cluster.Clock, _cluster.Logs);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => nodes.RunAsync(CancellationToken.None).WaitAsync(TestCluster.Patience));
        Assert.Equal("a defect", failure.Message);
    }

    private async Task<(SimulatedNodes Nodes, IAsyncDisposable Running)> StartAsync(int count)
    {
        var plan = new SimulationPlan { Pods = [new() { Selector = Slipway.Api.Selectors.LabelSelector.Parse("life=short"), RunFor = new(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(4)), FailureProbability = 1 }] };
        var nodes = new SimulatedNodes(_cluster.Admin, name => _cluster.As($"system:node:{name}", "system:nodes"), plan, count, "v1.37.0", _cluster.Clock, _cluster.Logs);
        var running = _cluster.Run(nodes.RunAsync);
        if (!_scheduling)
            _cluster.Run(new PodScheduler(_cluster.As("system:kube-scheduler"), _cluster.Clock, _cluster.Logs).RunAsync);
        _scheduling = true;
        await nodes.Ready.WaitAsync(TestCluster.Patience);
        return (nodes, running);
    }

    private bool _scheduling;

    private Task AddPodAsync(string name, string restartPolicy, string metadata = "") => _cluster.CreateAsync(Pods,
        $$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{name}}"{{metadata}} },"spec":{"restartPolicy":"{{restartPolicy}}","containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"250m"} } }]} }""");

    private Task<SimulatedPod?> WaitAsync(string name, Func<SimulatedPod?, bool> condition) => _cluster.WaitAsync(Kinds.Pods, "default", name, condition);

    private sealed class Broken(IApi api, string path) : IApi
    {
        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation) =>
            request.PathAndQuery.StartsWith(path, StringComparison.Ordinal) ? throw new InvalidOperationException("a defect") : api.SendAsync(request, cancellation);
    }
}
