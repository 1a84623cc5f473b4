using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Scheduler.Tests;

/// <summary>Pods with claims; what the controllers of volumes do is done here by hand.</summary>
public sealed class StorageSchedulingTests : IAsyncLifetime
{
    private const string Claims = "/api/v1/namespaces/default/persistentvolumeclaims", Volumes = "/api/v1/persistentvolumes";
    private TestCluster _cluster = null!;
    private IAsyncDisposable _scheduler = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        Start();
        await _cluster.CreateAsync("/api/v1/nodes", """{"metadata":{"name":"n1"}}""");
        await _cluster.PatchAsync("/api/v1/nodes/n1/status", """{"status":{"allocatable":{"cpu":"4","memory":"4Gi","pods":"110"}}}""");
        await _cluster.CreateAsync("/apis/storage.k8s.io/v1/storageclasses", """{"metadata":{"name":"late"},"provisioner":"example.com/x","volumeBindingMode":"WaitForFirstConsumer"}""");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_pod_waits_for_its_claim_chooses_its_node_and_is_bound_when_the_claim_is()
    {
        await AddPodAsync("p");
        await WaitForRefusalAsync("p", "persistentvolumeclaim \"data\" not found");
        await AddClaimAsync("late");
        await WaitForSelectedNodeAsync();
        await AddPodAsync("other"); // shares the claim

        // A new scheduler goes on where the last one was stopped.
        await _scheduler.DisposeAsync();
        Start();
        await AddPodAsync("third");
        Assert.All((await _cluster.Admin.ListAsync(Kinds.Pods)).Items, pod => Assert.Null(pod.Spec.NodeName));
        await BindClaimAsync();
        await _cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 3 && pods.TrueForAll(pod => pod.Spec.NodeName == "n1"));
    }

    [Fact]
    public async Task A_volume_that_is_there_is_bound_for_the_pod()
    {
        // Nothing is provided for the class: what is told of the volume after the pod must be waited for.
        await _cluster.CreateAsync("/apis/storage.k8s.io/v1/storageclasses", """{"metadata":{"name":"kept"},"provisioner":"kubernetes.io/no-provisioner","volumeBindingMode":"WaitForFirstConsumer"}""");
        await _cluster.CreateAsync(Volumes, """
            {"metadata":{"name":"pv"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"storageClassName":"kept","hostPath":{"path":"/x"}}}
            """);
        await _cluster.PatchAsync($"{Volumes}/pv/status", """{"status":{"phase":"Available"}}""");
        await AddClaimAsync("kept");
        await AddPodAsync("p");
        var volume = await _cluster.WaitAsync(Kinds.Volumes, null, "pv", v => v?.Spec.ClaimRef is not null);
        var claim = (await _cluster.Admin.GetAsync(Kinds.Claims, "default", "data"))!;
        Assert.Equal((claim.Metadata.Uid, null, "yes"), (volume!.Spec.ClaimRef!.Uid, claim.SelectedNode, volume.Metadata.Annotations["pv.kubernetes.io/bound-by-controller"]));
        await BindClaimAsync();
        await WaitForNodeAsync("p");
    }

    [Fact]
    public async Task A_claim_that_nobody_provides_for_gives_its_room_back_and_is_tried_again()
    {
        await AddClaimAsync("late");
        await AddPodAsync("p");
        await WaitForSelectedNodeAsync();
        var bound = WaitForNodeAsync("p");
        await _cluster.WhileTimePassesAsync(PassAsync(), TimeSpan.FromSeconds(30));
        await BindClaimAsync();
        await _cluster.WhileTimePassesAsync(bound, TimeSpan.FromMilliseconds(100));

        async Task<bool> PassAsync()
        {
            await Task.Delay(TimeSpan.FromMinutes(11), _cluster.Clock);
            return true;
        }
    }

    [Fact]
    public async Task A_pod_whose_claim_is_not_provided_for_says_so()
    {
        await AddClaimAsync("late");
        await AddPodAsync("p");
        await WaitForSelectedNodeAsync();
        const string Why = "running PreBind plugin \"VolumeBinding\": persistentvolumeclaim \"data\" is not bound to a volume for node \"n1\" yet. kubectl describe pvc data tells what it waits for.";
        var told = _cluster.WaitAsync(Kinds.Pods, "default", "p", pod => pod?.Status?.Conditions?.Exists(c => c is { Type: "PodScheduled", Status: "False", Message: Why }) == true);
        await _cluster.WhileTimePassesAsync(told, TimeSpan.FromSeconds(1));
        await _cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e is { Reason: "FailedScheduling", Message: Why }));
        // It waits for the same node still, and is bound without another decision.
        await BindClaimAsync();
        await WaitForNodeAsync("p");
    }

    [Fact]
    public async Task A_pod_that_goes_while_it_waits_is_forgotten()
    {
        await AddClaimAsync("late");
        await AddPodAsync("p");
        await WaitForSelectedNodeAsync();
        await _cluster.Admin.DeleteAsync(Kinds.Pods, "default", "p", new() { GracePeriodSeconds = 0 });
        await AddPodAsync("q");
        await BindClaimAsync();
        await WaitForNodeAsync("q");
    }

    [Fact]
    public async Task A_pod_waits_for_a_claim_that_another_uses_alone_until_that_is_gone()
    {
        await _cluster.CreateAsync("/api/v1/nodes", """{"metadata":{"name":"n2","labels":{"disk":"n2"}}}""");
        await _cluster.PatchAsync("/api/v1/nodes/n2/status", """{"status":{"allocatable":{"cpu":"4","memory":"4Gi","pods":"110"}}}""");
        await AddClaimAsync("late", "ReadWriteOncePod");
        await BindClaimAsync("ReadWriteOncePod");
        await AddPodAsync("user", "\"nodeName\":\"n1\",");
        await AddPodAsync("waits", "\"nodeSelector\":{\"disk\":\"n2\"},");
        await _cluster.WaitAsync(Kinds.Pods, "default", "waits", pod => pod?.Status?.Conditions?.Exists(c => c.Message?.Contains("ReadWriteOncePod", StringComparison.Ordinal) == true) == true);
        await _cluster.Admin.DeleteAsync(Kinds.Pods, "default", "user", new() { GracePeriodSeconds = 0 });
        await _cluster.WaitAsync(Kinds.Pods, "default", "waits", pod => pod?.Spec.NodeName == "n2");
    }

    private void Start() => _scheduler = _cluster.Run(new PodScheduler(_cluster.As("system:kube-scheduler"), _cluster.Clock, _cluster.Logs).RunAsync);

    private Task AddClaimAsync(string storageClass, string mode = "ReadWriteOnce") => _cluster.CreateAsync(Claims,
        $$$"""{"metadata":{"name":"data"},"spec":{"accessModes":["{{{mode}}}"],"storageClassName":"{{{storageClass}}}","resources":{"requests":{"storage":"1Gi"} } } }""");

    private Task AddPodAsync(string name, string spec = "") => _cluster.CreateAsync("/api/v1/namespaces/default/pods",
        $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{ {{{spec}}}"containers":[{"name":"c","image":"i"}],"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"} }] } }""");

    private async Task BindClaimAsync(string mode = "ReadWriteOnce")
    {
        if (await _cluster.Admin.GetAsync(Kinds.Volumes, null, "pv") is null)
            await _cluster.CreateAsync(Volumes,
                $$$"""{"metadata":{"name":"pv"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["{{{mode}}}"],"storageClassName":"late","hostPath":{"path":"/x"} } }""");
        await _cluster.PatchAsync($"{Claims}/data", """{"metadata":{"annotations":{"pv.kubernetes.io/bind-completed":"yes"}},"spec":{"volumeName":"pv"}}""");
    }

    private Task WaitForSelectedNodeAsync() => _cluster.WaitAsync(Kinds.Claims, "default", "data", claim => claim?.SelectedNode == "n1");

    private async Task<PodView> WaitForNodeAsync(string name) => (await _cluster.WaitAsync(Kinds.Pods, "default", name, pod => pod?.Spec.NodeName == "n1"))!;

    private Task WaitForRefusalAsync(string name, string reason) => _cluster.WaitAsync(Kinds.Pods, "default", name,
        pod => pod?.Status?.Conditions?.Exists(c => c.Reason == "Unschedulable" && c.Message!.StartsWith($"0/1 nodes are available: {reason}. ", StringComparison.Ordinal)) == true);
}
