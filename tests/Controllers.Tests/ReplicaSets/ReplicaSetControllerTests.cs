using Slipway.Client;
using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.ReplicaSets;

public sealed class ReplicaSetControllerTests : ControllersTest
{
    private const string Sets = "/apis/apps/v1/namespaces/default/replicasets";
    private const string Pods = "/api/v1/namespaces/default/pods";

    private protected override void Register(ControllerHost host)
    {
        GarbageCollector.Register(host);
        ReplicaSetController.Register(host);
    }

    [Fact]
    public async Task A_set_has_its_pods_replaces_those_that_go_and_scales()
    {
        FakeNode.Run(Cluster);
        await CreateSetAsync(3);
        await WaitForSetAsync(set => set.Status is { Replicas: 3, ReadyReplicas: 3, AvailableReplicas: 3, FullyLabeledReplicas: 3, ObservedGeneration: 1 });
        var pod = (await Cluster.Admin.ListAsync(Kinds.Pods)).Items[0];
        Assert.StartsWith("set-", pod.Metadata.Name);
        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", pod.Metadata.Name);
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 3 && pods.All(other => other.IsReady && other.Uid != pod.Uid));
        await Cluster.PatchAsync($"{Sets}/set", """{"spec":{"replicas":1}}""");
        await WaitForSetAsync(set => set.Status is { Replicas: 1, ReadyReplicas: 1, TerminatingReplicas: 0, ObservedGeneration: 2 });
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 1);
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.ReplicaSets));
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Pods));
    }

    [Fact]
    public async Task A_replication_controller_is_kept_as_a_set_is_and_scales_by_its_subresource()
    {
        FakeNode.Run(Cluster);
        const string Controllers = "/api/v1/namespaces/default/replicationcontrollers";
        await Cluster.CreateAsync(Controllers, """
            {"apiVersion":"v1","kind":"ReplicationController","metadata":{"name":"rc"},"spec":{"replicas":1,"selector":{"app":"y"},
             "template":{"metadata":{"labels":{"app":"y"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        await Cluster.WaitAsync(Kinds.ReplicationControllers, "default", "rc", rc => rc?.Status is { Replicas: 1, ReadyReplicas: 1, ObservedGeneration: 1 });
        await Cluster.PatchAsync($"{Controllers}/rc/scale", """{"spec":{"replicas":3}}""");
        await Cluster.WaitAsync(Kinds.ReplicationControllers, "default", "rc", rc => rc?.Status is { Replicas: 3, AvailableReplicas: 3, ObservedGeneration: 2 });
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 3 && pods.All(pod => pod.Controller is { ApiVersion: "v1", Kind: "ReplicationController", Name: "rc" }));
        await Cluster.Admin.DeleteAsync(Kinds.ReplicationControllers, "default", "rc", new() { PropagationPolicy = "Background" });
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 0);
    }

    [Fact]
    public async Task Pods_are_available_when_they_have_been_ready_for_a_while()
    {
        FakeNode.Run(Cluster);
        await CreateSetAsync(2, """ "minReadySeconds":300, """);
        Assert.Null((await WaitForSetAsync(set => set.Status?.ReadyReplicas == 2)).Status!.AvailableReplicas);
        await Cluster.WhileTimePassesAsync(WaitForSetAsync(set => set.Status?.AvailableReplicas == 2), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_free_pod_is_taken_and_one_that_is_no_longer_selected_let_go_and_replaced()
    {
        await Cluster.CreateAsync(Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"free","labels":{"app":"x"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        // The elder stays, should the set have made a pod before it heard of this one.
        Cluster.Clock.Advance(TimeSpan.FromSeconds(5));
        await CreateSetAsync(1);
        await Cluster.WaitAsync(Kinds.Pods, "default", "free", pod => pod?.Controller is { Name: "set", Kind: "ReplicaSet" });
        await WaitForSetAsync(set => set.Status?.Replicas == 1);
        await Cluster.PatchAsync($"{Pods}/free", """{"metadata":{"labels":{"app":"debug"}}}""");
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 2 && pods.Exists(pod => pod.Metadata.Name == "free" && pod.Controller is null));
    }

    [Fact]
    public async Task What_the_api_refuses_is_said_in_a_condition_and_tried_again()
    {
        await Cluster.CreateAsync("/api/v1/namespaces/default/resourcequotas", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"pods":"1"}}}""");
        await Cluster.PatchAsync("/api/v1/namespaces/default/resourcequotas/q/status", """{"status":{"hard":{"pods":"1"},"used":{"pods":"0"}}}""");
        await CreateSetAsync(3);
        var set = await WaitForSetAsync(set => set.Status?.Conditions is [{ Type: "ReplicaFailure", Status: "True" }] && set.Status.Replicas <= 1);
        Assert.Equal("FailedCreate", set.Status!.Conditions![0].Reason);
        Assert.Contains("exceeded quota", set.Status.Conditions[0].Message);
        await Cluster.Admin.DeleteAsync(Kinds.Quotas, "default", "q");
        await Cluster.WhileTimePassesAsync(WaitForSetAsync(set => set.Status is { Replicas: 3, Conditions: null }), TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("Background", 0)]
    [InlineData("Foreground", 0)]
    [InlineData("Orphan", 2)]
    public async Task A_deleted_set_takes_its_pods_along_unless_they_are_to_stay(string policy, int left)
    {
        FakeNode.Run(Cluster);
        await CreateSetAsync(2);
        await WaitForSetAsync(set => set.Status?.ReadyReplicas == 2);
        await Cluster.Admin.DeleteAsync(Kinds.ReplicaSets, "default", "set", new() { PropagationPolicy = policy });
        await Cluster.WaitAsync(Kinds.ReplicaSets, "default", "set", set => set is null);
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == left && pods.All(pod => pod.Controller is null));
    }

    [Fact]
    public async Task Never_too_many_pods_are_made_although_the_controller_is_stopped_again_and_again()
    {
        await CreateSetAsync(1);
        for (var replicas = 2; replicas <= 20; replicas++)
        {
            await Cluster.PatchAsync($"{Sets}/set", $$$"""{"spec":{"replicas":{{{replicas}}} } }""");
            await StopControllersAsync();
            StartControllers();
        }
        await WaitForSetAsync(set => set.Status?.Replicas == 20);
        Assert.Equal(20, (await Cluster.Admin.ListAsync(Kinds.Pods)).Items.Count);
    }

    [Fact]
    public async Task No_pod_is_made_twice_however_long_their_watch_hangs()
    {
        await CreateSetAsync(1);
        await WaitForSetAsync(set => set.Status?.Replicas == 1);
        Watches.Hold("pods");
        await Cluster.PatchAsync($"{Sets}/set", """{"spec":{"replicas":2}}""");
        await WaitForSetAsync(set => set.Status is { Replicas: 2, ObservedGeneration: 2 });
        Cluster.Clock.Advance(TimeSpan.FromMinutes(10));
        await Cluster.PatchAsync($"{Sets}/set", """{"spec":{"replicas":3}}""");
        await WaitForSetAsync(set => set.Status is { Replicas: 3, ObservedGeneration: 3 });
        var pods = (await Cluster.Admin.ListAsync(Kinds.Pods)).Items;
        Assert.Equal(3, pods.Count);

        // What is gone before the watch has told of it is replaced once it tells of what came after.
        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", pods[2].Metadata.Name);
        Watches.ReleaseAll();
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", now => now.Count == 3 && !now.Exists(pod => pod.Uid == pods[2].Uid));
    }

    [Fact]
    public async Task A_set_that_is_gone_although_the_cache_shows_it_takes_no_pod()
    {
        await CreateSetAsync(1);
        await WaitForSetAsync(set => set.Status?.Replicas == 1);
        Watches.Hold("replicasets");
        await Cluster.Admin.DeleteAsync(Kinds.ReplicaSets, "default", "set", new() { PropagationPolicy = "Orphan" });
        await Cluster.WaitAsync(Kinds.ReplicaSets, "default", "set", set => set is null);
        var pods = await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.TrueForAll(pod => pod.Controller is null));
        await Cluster.CreateAsync(Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"free","labels":{"app":"x"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        // Asked for a second time, the first is over and done.
        var asked = Watches.AskedForAsync($"{Sets}/set", times: 2).ContinueWith(_ => true, TaskScheduler.Default);
        await Cluster.WhileTimePassesAsync(asked, TimeSpan.FromMilliseconds(100));
        Assert.Equal(pods.Count + 1, (await Cluster.Admin.ListAsync(Kinds.Pods)).Items.Count(pod => pod.Controller is null));
        Watches.ReleaseAll();
    }

    private Task CreateSetAsync(int replicas, string more = "") => Cluster.CreateAsync(Sets, $$$"""
        {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"set"},"spec":{ {{{more}}} "replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"x"}},
         "template":{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"c","image":"i"}]} } } }
        """);

    private async Task<ReplicaSetView> WaitForSetAsync(Func<ReplicaSetView, bool> condition) =>
        (await Cluster.WaitAsync(Kinds.ReplicaSets, "default", "set", set => set is not null && condition(set)))!;
}
