using Slipway.Client;
using Slipway.Controllers.Tests.Sequences;
using Slipway.Controllers.Tests.Workloads;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.Deployments;

public sealed class DeploymentControllerTests : ControllersTest
{
    private const string Deployments = "/apis/apps/v1/namespaces/default/deployments";

    private protected override void Register(ControllerHost host)
    {
        GarbageCollector.Register(host);
        ReplicaSetController.Register(host);
        DeploymentController.Register(host);
    }

    [Fact]
    public async Task It_rolls_out_rolls_back_and_keeps_history()
    {
        FakeNode.Run(Cluster);
        await CreateAsync(3);
        var first = await CompleteAsync(3);
        Assert.Equal("1", first.Metadata.Annotations[DeploymentSets.Revision]);
        await PatchTemplateAsync("i:2");
        await WaitForAsync(d => d.Metadata.Annotations[DeploymentSets.Revision] == "2" && IsComplete(d, 3));
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 3);
        var sets = (await Cluster.Admin.ListAsync(Kinds.ReplicaSets)).Items;
        Assert.Equal(["0 1", "3 2"], sets.Select(set => $"{set.Replicas} {set.Number(DeploymentSets.Revision)}").Order());

        // As kubectl rollout undo has it: the old template again.
        await PatchTemplateAsync("i:1");
        await WaitForAsync(d => d.Metadata.Annotations[DeploymentSets.Revision] == "3" && IsComplete(d, 3));
        sets = (await Cluster.Admin.ListAsync(Kinds.ReplicaSets)).Items;
        Assert.Equal(["0 2", "3 3"], sets.Select(set => $"{set.Replicas} {set.Number(DeploymentSets.Revision)}").Order());
        Assert.Equal("1", sets.Single(set => set.Replicas == 3).Metadata.Annotations["deployment.kubernetes.io/revision-history"]);

        await Cluster.PatchAsync($"{Deployments}/web", """{"spec":{"revisionHistoryLimit":0}}""");
        await Cluster.WaitForAllAsync(Kinds.ReplicaSets, "default", sets => sets.Count == 1);
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Deployments));
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.ReplicaSets));
    }

    [Fact]
    public async Task A_rollout_that_gets_nowhere_is_told_and_the_old_pods_stay()
    {
        var node = FakeNode.Run(Cluster);
        await CreateAsync(4, """ "progressDeadlineSeconds":60, """);
        await CompleteAsync(4);
        // Pods that are ready stay so.
        node.BecomesReady = pod => pod.IsReady;
        await PatchTemplateAsync("i:bad");
        var stuck = await Cluster.WhileTimePassesAsync(WaitForAsync(d => d.ConditionOf("Progressing")?.Reason == "ProgressDeadlineExceeded"), TimeSpan.FromSeconds(1));
        Assert.Equal((3, "True"), (stuck.Status!.AvailableReplicas, stuck.ConditionOf("Available")!.Status));
        node.BecomesReady = _ => true;
        await node.LookAgainAsync();
        await CompleteAsync(4);
    }

    [Fact]
    public async Task Recreate_ends_all_pods_first()
    {
        var node = FakeNode.Run(Cluster);
        await CreateAsync(2, """ "strategy":{"type":"Recreate"}, """);
        await CompleteAsync(2);
        node.LetsGo = false;
        await PatchTemplateAsync("i:2");
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 2 && pods.All(pod => pod.IsBeingDeleted));
        Assert.Single((await Cluster.Admin.ListAsync(Kinds.ReplicaSets)).Items);
        node.LetsGo = true;
        await node.LookAgainAsync();
        await WaitForAsync(d => d.Metadata.Annotations[DeploymentSets.Revision] == "2" && IsComplete(d, 2));
    }

    [Fact]
    public async Task Recreate_ends_pods_first_that_the_cache_does_not_show_yet()
    {
        var node = FakeNode.Run(Cluster);
        await Host.Informer(Kinds.Pods).Synced;
        Watches.Hold("pods");
        await CreateAsync(1, """ "strategy":{"type":"Recreate"}, """);
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods is [{ IsReady: true }]);
        var watch = new BoundsWatch(Cluster) { PodsBound = pods => pods.Count > 1 ? $"{pods.Count} pods are there" : null };
        watch.Start();
        node.LetsGo = false;
        await PatchTemplateAsync("i:2");
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods is [{ IsBeingDeleted: true }]);
        await Cluster.WaitForAllAsync(Kinds.ReplicaSets, "default", sets => sets.Exists(set => set.Status is { Replicas: 0, TerminatingReplicas: 1, ObservedGeneration: 2 }));
        // It has looked at that when it has looked at what comes later.
        await Cluster.PatchAsync($"{Deployments}/web", """{"spec":{"revisionHistoryLimit":5}}""");
        await WaitForAsync(d => d.Status?.ObservedGeneration == d.Metadata.Generation);
        Assert.Single((await Cluster.Admin.ListAsync(Kinds.ReplicaSets)).Items);
        node.LetsGo = true;
        await node.LookAgainAsync();
        Watches.Release("pods");
        await WaitForAsync(d => d.Metadata.Annotations[DeploymentSets.Revision] == "2" && IsComplete(d, 1));
        Assert.Empty(watch.Violations);
    }

    [Fact]
    public async Task A_paused_one_waits_and_another_template_of_the_same_hash_gets_another_name()
    {
        FakeNode.Run(Cluster);
        await StopControllersAsync();
        await CreateAsync(1);
        var live = (await Cluster.Admin.GetAsync(Kinds.Deployments, "default", "web"))!;
        var name = DeploymentReplicaSet.NameFor(live, out _);
        await Cluster.CreateAsync("/apis/apps/v1/namespaces/default/replicasets", $$$"""
            {"apiVersion":"apps/v1","kind":"ReplicaSet","metadata":{"name":"{{{name}}}"},"spec":{"replicas":0,"selector":{"matchLabels":{"app":"other"} },
             "template":{"metadata":{"labels":{"app":"other"} },"spec":{"containers":[{"name":"c","image":"i"}]} } } }
            """);
        StartControllers();
        Assert.Equal(1, (await Cluster.WhileTimePassesAsync(CompleteAsync(1), TimeSpan.FromMilliseconds(100))).Status!.CollisionCount);

        await Cluster.PatchAsync($"{Deployments}/web", """{"spec":{"paused":true}}""");
        await PatchTemplateAsync("i:2");
        await WaitForAsync(d => d.ConditionOf("Progressing")?.Reason == "DeploymentPaused" && d.Status!.ObservedGeneration == d.Metadata.Generation);
        Assert.Equal(2, (await Cluster.Admin.ListAsync(Kinds.ReplicaSets)).Items.Count);
        await Cluster.PatchAsync($"{Deployments}/web", """{"spec":{"paused":false}}""");
        await WaitForAsync(d => d.Metadata.Annotations[DeploymentSets.Revision] == "2" && IsComplete(d, 1));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Its_bounds_hold_although_controllers_are_stopped_again_and_again(int seed)
    {
        var random = new Random(seed);
        FakeNode.Run(Cluster);
        await CreateAsync(6, """ "strategy":{"type":"RollingUpdate","rollingUpdate":{"maxSurge":2,"maxUnavailable":1} }, """);
        await CompleteAsync(6);
        var (most, least) = (0, int.MaxValue);
        var watched = new Dictionary<string, PodView>();
        var told = new TaskCompletionSource();
        var watch = Cluster.Run(async stop =>
        {
            try
            {
                await foreach (var change in Cluster.Admin.WatchAsync(Kinds.Pods, "default", new() { InitialEvents = true }, cancellation: stop))
                {
                    if (change.Object is { } pod)
                    {
                        watched.Remove(pod.Uid);
                        if (change.Type != WatchEventType.Deleted)
                            watched[pod.Uid] = pod;
                    }
                    if (change.EndsInitialEvents)
                        told.TrySetResult();
                    if (!told.Task.IsCompleted)
                        continue;
                    most = Math.Max(most, watched.Values.Count(pod => pod.IsActive));
                    least = Math.Min(least, watched.Values.Count(pod => pod is { IsReady: true, IsActive: true }));
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // Seen enough.
            }
        });
        await told.Task.WaitAsync(TestCluster.Patience);
        var image = 1; // as created
        for (var i = 2; i < 12; i++)
        {
            // Always another template, so that pods change; stopped at the first of these changes, or at one that follows.
            image = (image + random.Next(1, 4)) % 4;
            await PatchTemplateAsync($"i:{image}");
            var left = random.Next(1, 4);
            // Time passes, since what was refused because of another's write is tried again after a moment.
            await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => --left <= 0), TimeSpan.FromMilliseconds(100));
            await StopControllersAsync();
            StartControllers();
        }
        await PatchTemplateAsync("i:last");
        await Cluster.WhileTimePassesAsync(CompleteAsync(6), TimeSpan.FromMilliseconds(100));
        await watch.DisposeAsync();
        Assert.InRange(most, 6, 8);
        Assert.InRange(least, 5, 6);
    }

    private Task CreateAsync(int replicas, string more = "") => Cluster.CreateAsync(Deployments, $$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{ {{{more}}} "replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"x"} },
         "template":{"metadata":{"labels":{"app":"x"} },"spec":{"containers":[{"name":"c","image":"i:1"}]} } } }
        """);

    private Task PatchTemplateAsync(string image) => Cluster.PatchAsync($"{Deployments}/web", $$$"""{"spec":{"template":{"spec":{"containers":[{"name":"c","image":"{{{image}}}"}]} } } }""");

    private Task<DeploymentView> CompleteAsync(int replicas) => WaitForAsync(d => IsComplete(d, replicas));

    private static bool IsComplete(DeploymentView deployment, int replicas) => deployment.Status is { } status && status.ObservedGeneration == deployment.Metadata.Generation
        && (status.Replicas, status.UpdatedReplicas, status.AvailableReplicas) == (replicas, replicas, replicas) && deployment.ConditionOf("Progressing")?.Reason == "NewReplicaSetAvailable";

    private async Task<DeploymentView> WaitForAsync(Func<DeploymentView, bool> condition) =>
        (await Cluster.WaitAsync(Kinds.Deployments, "default", "web", deployment => deployment is not null && condition(deployment)))!;
}
