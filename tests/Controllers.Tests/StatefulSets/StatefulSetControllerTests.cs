using Slipway.Client;
using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.StatefulSets;

public sealed class StatefulSetControllerTests : ControllersTest
{
    private const string Sets = "/apis/apps/v1/namespaces/default/statefulsets";

    private protected override void Register(ControllerHost host)
    {
        GarbageCollector.Register(host);
        StatefulSetController.Register(host);
        ClaimProtection.Register(host);
    }

    [Theory]
    [InlineData("OrderedReady")]
    [InlineData("Parallel")]
    public async Task It_has_its_pods_with_storage_rolls_over_them_and_goes_with_what_it_is_to_take_along(string policy)
    {
        FakeNode.Run(Cluster);
        await CreateAsync(policy);
        await WaitForAsync(3);
        Assert.Equal(["data-db-0", "data-db-1", "data-db-2"], await ClaimsAsync());
        Assert.Equal(["db-0", "db-1", "db-2"], (await Cluster.Admin.ListAsync(Kinds.Pods)).Items.Select(pod => pod.Metadata.Name).Order());

        await Cluster.PatchAsync($"{Sets}/db", """{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}""");
        await WaitForAsync(3);
        Assert.Equal([1L, 2L], (await Cluster.Admin.ListAsync(Kinds.ControllerRevisions)).Items.Select(revision => revision.Revision).Order());

        // Stopped wherever it is.
        await Cluster.PatchAsync($"{Sets}/db", """{"spec":{"replicas":6}}""");
        for (var i = 0; i < 5; i++)
        {
            await StopControllersAsync();
            StartControllers();
        }
        await WaitForAsync(6);
        await Cluster.PatchAsync($"{Sets}/db", """{"spec":{"replicas":1}}""");
        await WaitForAsync(1);
        await Cluster.WaitForAllAsync(Kinds.Claims, "default", claims => claims.Count == 1); // whenScaled: Delete
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.StatefulSets));

        await Cluster.Admin.DeleteAsync(Kinds.StatefulSets, "default", "db");
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 0);
        await Cluster.WaitForAllAsync(Kinds.Claims, "default", claims => claims.Count == 0); // whenDeleted: Delete
    }

    [Fact]
    public async Task An_ordered_one_waits_for_each_pod_and_a_partition_stays()
    {
        var node = FakeNode.Run(Cluster);
        node.BecomesReady = pod => pod.Metadata.Name != "db-1";
        await CreateAsync("OrderedReady");
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 2);
        node.BecomesReady = _ => true;
        await node.LookAgainAsync();
        await WaitForAsync(3);
        await Cluster.PatchAsync($"{Sets}/db", """{"spec":{"updateStrategy":{"rollingUpdate":{"partition":2}},"template":{"spec":{"containers":[{"name":"c","image":"i:2"}]}}}}""");
        await Cluster.WaitAsync(Kinds.StatefulSets, "default", "db", set => set?.Status is { UpdatedReplicas: 1, CurrentReplicas: 2, ReadyReplicas: 3 } status && status.CurrentRevision != status.UpdateRevision);
    }

    [Fact]
    public async Task A_claim_that_goes_away_under_a_pod_that_has_no_node_yet_is_made_anew()
    {
        await CreateAsync("Parallel");
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 3);
        var gone = (await Cluster.Admin.GetAsync(Kinds.Claims, "default", "data-db-1"))!;
        await Cluster.Admin.DeleteAsync(Kinds.Claims, "default", "data-db-1");
        await Cluster.WaitAsync(Kinds.Claims, "default", "data-db-1", claim => claim is not null && claim.Uid != gone.Uid);
    }

    [Fact]
    public async Task A_pod_that_comes_again_does_not_take_the_claim_that_goes_with_the_former_one()
    {
        FakeNode.Run(Cluster);
        await CreateAsync("Parallel");
        await WaitForAsync(3);
        var former = (await Cluster.Admin.GetAsync(Kinds.Claims, "default", "data-db-2"))!;
        await Cluster.PatchAsync("/api/v1/namespaces/default/persistentvolumeclaims/data-db-2", """{"metadata":{"finalizers":["example.com/hold"]}}""");
        await Cluster.PatchAsync($"{Sets}/db", """{"spec":{"replicas":2}}""");
        Watches.Hold("persistentvolumeclaims", metadataOnly: true); // the collector comes late
        await WaitForAsync(2);
        await Cluster.PatchAsync($"{Sets}/db", """{"spec":{"replicas":3}}""");
        await Cluster.WaitAsync(Kinds.StatefulSets, "default", "db", set => set?.Status?.ObservedGeneration == set!.Metadata.Generation);
        Cluster.Clock.Advance(TimeSpan.FromSeconds(5));
        var since = Cluster.Clock.GetUtcNow().UtcDateTime;
        Watches.Release("persistentvolumeclaims", metadataOnly: true);
        await Cluster.WaitAsync(Kinds.Claims, "default", "data-db-2", claim => claim is { IsBeingDeleted: true });
        await Cluster.PatchAsync("/api/v1/namespaces/default/persistentvolumeclaims/data-db-2", """{"metadata":{"finalizers":null}}""");
        await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 3), TimeSpan.FromMilliseconds(100));
        Assert.NotEqual(former.Uid, (await Cluster.Admin.GetAsync(Kinds.Claims, "default", "data-db-2"))!.Uid);
        Assert.True((await Cluster.Admin.GetAsync(Kinds.Pods, "default", "db-2"))!.Metadata.CreationTimestamp >= since.AddSeconds(-1));
    }

    private Task CreateAsync(string policy) => Cluster.CreateAsync(Sets, $$$"""
        {"apiVersion":"apps/v1","kind":"StatefulSet","metadata":{"name":"db"},"spec":{"replicas":3,"serviceName":"db","podManagementPolicy":"{{{policy}}}","selector":{"matchLabels":{"app":"x"} },
         "persistentVolumeClaimRetentionPolicy":{"whenDeleted":"Delete","whenScaled":"Delete"},
         "volumeClaimTemplates":[{"metadata":{"name":"data"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }],
         "template":{"metadata":{"labels":{"app":"x"} },"spec":{"containers":[{"name":"c","image":"i:1"}]} } } }
        """);

    private async Task<IEnumerable<string>> ClaimsAsync() => (await Cluster.Admin.ListAsync(Kinds.Claims)).Items.Select(claim => claim.Metadata.Name).Order();

    private Task WaitForAsync(int replicas) => Cluster.WaitAsync(Kinds.StatefulSets, "default", "db", set => set?.Status is { } status && status.ObservedGeneration == set.Metadata.Generation
        && (status.Replicas, status.ReadyReplicas, status.UpdatedReplicas, status.AvailableReplicas) == (replicas, replicas, replicas, replicas) && status.CurrentRevision == status.UpdateRevision);
}
