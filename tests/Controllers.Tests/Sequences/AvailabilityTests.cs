using System.Text;
using Slipway.Client;
using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.Sequences;

/// <summary>Pods that must be available are, in each state that the API is in, although controllers are stopped again and again and their watches are late.</summary>
public sealed class AvailabilityTests : ControllersTest
{
    private const string Apps = "/apis/apps/v1/namespaces/default";
    private static readonly string[] Late = ["pods", "deployments", "replicasets", "statefulsets", "daemonsets", "controllerrevisions", "poddisruptionbudgets", "nodes"];

    // Without those that find nodes silent after a minute: these say nothing, and a busy machine makes minutes of the test's clock.
    private protected override void Register(ControllerHost host)
    {
        ReplicaSetController.Register(host);
        DeploymentController.Register(host);
        DaemonSetController.Register(host);
        StatefulSetController.Register(host);
        DisruptionController.Register(host);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 4)]
    public async Task Evictions_by_many_at_once_keep_to_the_budget(int seed, int least)
    {
        FakeNode.Run(Cluster);
        await CreateAsync("deployments", "Deployment", "\"replicas\":5,");
        await Cluster.CreateAsync("/apis/policy/v1/namespaces/default/poddisruptionbudgets", $$$"""
            {"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b"},"spec":{"minAvailable":{{{least}}},"selector":{"matchLabels":{"app":"x"} } } }
            """);
        var watch = await WatchAsync(5, pods => Available(pods) < least ? $"{Available(pods)} pods are available, of at least {least}" : null);
        await Cluster.WaitAsync(Kinds.Budgets, "default", "b", budget => budget?.Status is { DisruptionsAllowed: > 0 });

        var evicted = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(evictor => Task.Run(async () =>
        {
            var random = new Random(100 * seed + evictor);
            while (Volatile.Read(ref evicted) < 30)
            {
                IReadOnlyList<PodView> pods = (await Cluster.Admin.ListAsync(Kinds.Pods, "default")).Items;
                if (pods.Count > 0 && await EvictAsync(pods[random.Next(pods.Count)].Metadata.Name) == 201)
                    Interlocked.Increment(ref evicted);
            }
        })).Append(RestartAsync(() => Volatile.Read(ref evicted) < 30)));
        await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => Available(pods) == 5), TimeSpan.FromMilliseconds(100));
        Assert.Empty(watch.Violations);
    }

    [Theory]
    [InlineData(1, "statefulsets", "StatefulSet", "\"replicas\":4,\"serviceName\":\"x\",", 3)]
    [InlineData(2, "statefulsets", "StatefulSet", "\"replicas\":4,\"serviceName\":\"x\",\"podManagementPolicy\":\"Parallel\",", 3)]
    [InlineData(3, "daemonsets", "DaemonSet", "", 3)]
    [InlineData(4, "daemonsets", "DaemonSet", "\"updateStrategy\":{\"rollingUpdate\":{\"maxSurge\":1,\"maxUnavailable\":0} },", 4)]
    public async Task Rollouts_keep_pods_available(int seed, string plural, string kind, string fields, int least)
    {
        var random = new Random(seed);
        FakeNode.Run(Cluster);
        foreach (var node in new[] { "n1", "n2", "n3", "n4" })
            await Cluster.CreateAsync("/api/v1/nodes", $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{node}}}"} }""");
        await CreateAsync(plural, kind, fields);
        var watch = await WatchAsync(4, pods => Available(pods) < least ? $"{Available(pods)} pods are available, of at least {least}" : null);
        watch.DaemonsOfNode = least - 2; // as many as run beside each other
        var version = 1;
        for (var turn = 0; turn < 8; turn++)
        {
            // Always another one, sometimes one that was before.
            version = version % 4 + random.Next(1, 3);
            await Cluster.PatchAsync($"{Apps}/{plural}/w", $$$"""{"spec":{"template":{"metadata":{"labels":{"version":"{{{version}}}"} } } } }""");
            Watches.Hold(Late[random.Next(Late.Length)]);
            await LetThemWorkAsync();
            Watches.ReleaseAll();
            var left = random.Next(1, 12);
            await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => --left <= 0 || IsRolledOut(pods, version)), TimeSpan.FromMilliseconds(100));
            await StopControllersAsync();
            StartControllers();
        }
        await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => IsRolledOut(pods, version)), TimeSpan.FromMilliseconds(100));
        Assert.Empty(watch.Violations);
    }

    private async Task<BoundsWatch> WatchAsync(int replicas, Func<IReadOnlyCollection<PodView>, string?> bound)
    {
        await Cluster.WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => Available(pods) == replicas), TimeSpan.FromMilliseconds(100));
        var watch = new BoundsWatch(Cluster) { PodsBound = bound, DaemonsOfNode = 2 };
        watch.Start();
        return watch;
    }

    private async Task RestartAsync(Func<bool> goesOn)
    {
        for (var round = 0; goesOn(); round++)
        {
            await LetThemWorkAsync();
            Watches.Hold(Late[round % Late.Length]);
            await LetThemWorkAsync();
            Watches.ReleaseAll();
            await StopControllersAsync();
            StartControllers();
        }
    }

    // The controllers come to something in between.
    private async Task LetThemWorkAsync()
    {
        for (var i = 0; i < 50; i++)
            await Cluster.Admin.ListAsync(Kinds.Pods, "default");
    }

    private Task CreateAsync(string plural, string kind, string fields) => Cluster.CreateAsync($"{Apps}/{plural}", $$$"""
        {"apiVersion":"apps/v1","kind":"{{{kind}}}","metadata":{"name":"w"},"spec":{ {{{fields}}} "selector":{"matchLabels":{"app":"x"} },
         "template":{"metadata":{"labels":{"app":"x","version":"1"} },"spec":{"containers":[{"name":"c","image":"i:1"}]} } } }
        """);

    private async Task<int> EvictAsync(string pod)
    {
        var body = $$$"""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"{{{pod}}}"} }""";
        await using var response = await Cluster.Admin.SendAsync(new("POST", $"/api/v1/namespaces/default/pods/{pod}/eviction") { Body = Encoding.UTF8.GetBytes(body) }, CancellationToken.None);
        return response.StatusCode;
    }

    private static int Available(IReadOnlyCollection<PodView> pods) => pods.Count(pod => pod is { IsReady: true, IsActive: true });

    private static bool IsRolledOut(IReadOnlyCollection<PodView> pods, int version) =>
        pods.Count == 4 && Available(pods) == 4 && pods.All(pod => pod.Metadata.Labels["version"] == $"{version}");
}
