using System.Text;
using Slipway.Client;
using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.Disruptions;

public sealed class DisruptionControllerTests : ControllersTest
{
    private const string Budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";

    private protected override void Register(ControllerHost host)
    {
        ReplicaSetController.Register(host);
        DeploymentController.Register(host);
        DisruptionController.Register(host);
        StaleDisruptions.Register(host);
    }

    [Fact]
    public async Task Evictions_go_one_by_one_and_wait_for_the_next_pod()
    {
        var node = FakeNode.Run(Cluster);
        await Cluster.CreateAsync("/apis/apps/v1/namespaces/default/deployments", """
            {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":3,"selector":{"matchLabels":{"app":"x"}},
             "template":{"metadata":{"labels":{"app":"x"}},"spec":{"containers":[{"name":"c","image":"i"}]}}}}
            """);
        await Cluster.CreateAsync(Budgets, """{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b"},"spec":{"maxUnavailable":1,"selector":{"matchLabels":{"app":"x"}}}}""");
        await WaitForAsync(status => status is { ExpectedPods: 3, CurrentHealthy: 3, DesiredHealthy: 2, DisruptionsAllowed: 1 });
        node.BecomesReady = pod => pod.IsReady;
        var pods = (await Cluster.Admin.ListAsync(Kinds.Pods)).Items;
        Assert.Equal(201, await EvictAsync(pods[0].Metadata.Name));
        Assert.Equal(429, await EvictAsync(pods[1].Metadata.Name));
        await WaitForAsync(status => status is { CurrentHealthy: 2, DisruptionsAllowed: 0, DisruptedPods: null });
        node.BecomesReady = _ => true;
        await node.LookAgainAsync();
        await WaitForAsync(status => status is { CurrentHealthy: 3, DisruptionsAllowed: 1 });
        Assert.Equal(201, await EvictAsync(pods[1].Metadata.Name));
    }

    [Fact]
    public async Task A_pod_that_nobody_disrupts_after_all_says_so_no_longer()
    {
        foreach (var (name, reason) in new[] { ("a", "EvictionByEvictionAPI"), ("b", "TerminationByKubelet") })
        {
            await Cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"},"spec":{"containers":[{"name":"c","image":"i"}]} }""");
            await Cluster.PatchAsync($"/api/v1/namespaces/default/pods/{name}/status", $$$"""
                {"status":{"conditions":[{"type":"DisruptionTarget","status":"True","reason":"{{{reason}}}","lastTransitionTime":"{{{Cluster.Clock.GetUtcNow():yyyy-MM-dd'T'HH:mm:ss'Z'}}}"}]} }
                """);
        }
        var began = Cluster.Clock.GetUtcNow();
        var taken = Cluster.WaitAsync(Kinds.Pods, "default", "a", pod => pod?.ConditionOf("DisruptionTarget")?.Status == "False");
        await Cluster.WhileTimePassesAsync(taken, TimeSpan.FromSeconds(1));
        Assert.True(Cluster.Clock.GetUtcNow() - began > TimeSpan.FromSeconds(118));
        Assert.Equal("True", (await Cluster.Admin.GetAsync(Kinds.Pods, "default", "b"))!.ConditionOf("DisruptionTarget")!.Status);
    }

    [Fact]
    public async Task A_pod_that_has_gone_counts_as_gone_however_long_the_cache_shows_it()
    {
        foreach (var name in new[] { "a", "b", "c" })
        {
            await Cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}","labels":{"app":"x"} },"spec":{"containers":[{"name":"c","image":"i"}]} }""");
            await Cluster.PatchAsync($"/api/v1/namespaces/default/pods/{name}/status", """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""");
        }
        await Cluster.CreateAsync(Budgets, """{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b"},"spec":{"minAvailable":2,"selector":{"matchLabels":{"app":"x"}}}}""");
        await WaitForAsync(status => status is { CurrentHealthy: 3, DisruptionsAllowed: 1 });
        Watches.Hold("pods");
        Assert.Equal(201, await EvictAsync("a"));
        await Cluster.WaitAsync(Kinds.Pods, "default", "a", pod => pod is null);
        Cluster.Clock.Advance(TimeSpan.FromMinutes(3));
        await Cluster.CreateAsync(Budgets, """{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"later"},"spec":{"minAvailable":2,"selector":{"matchLabels":{"app":"x"}}}}""");
        await Cluster.WaitAsync(Kinds.Budgets, "default", "later", budget => budget?.Status is { CurrentHealthy: 3 }); // it knows of no eviction
        await Cluster.Admin.DeleteAsync(Kinds.Budgets, "default", "later");
        await WaitForAsync(status => status is { CurrentHealthy: 2, DisruptionsAllowed: 0, DisruptedPods.Count: 1 });
        Assert.Equal(429, await EvictAsync("b"));
    }

    [Fact]
    public async Task Controllers_that_do_not_say_their_size_are_named()
    {
        await Cluster.CreateAsync("/api/v1/namespaces/default/pods", """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p","labels":{"app":"x"},"ownerReferences":[{"apiVersion":"batch/v1","kind":"Job","name":"j","uid":"u","controller":true}]},"spec":{"containers":[{"name":"c","image":"i"}]}}
            """);
        await Cluster.CreateAsync(Budgets, """{"apiVersion":"policy/v1","kind":"PodDisruptionBudget","metadata":{"name":"b"},"spec":{"minAvailable":"50%","selector":{"matchLabels":{"app":"x"}}}}""");
        await WaitForAsync(status => status.Conditions is [{ Reason: "SyncFailed" } failed] && failed.Message.Contains("jobs.batch does not implement the scale subresource"));
    }

    private Task WaitForAsync(Func<BudgetStatusView, bool> condition) => Cluster.WaitAsync(Kinds.Budgets, "default", "b", budget => budget?.Status is { } status && condition(status));

    private async Task<int> EvictAsync(string pod)
    {
        var body = Encoding.UTF8.GetBytes($$$"""{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"{{{pod}}}","namespace":"default"} }""");
        await using var response = await Cluster.Admin.SendAsync(new("POST", $"/api/v1/namespaces/default/pods/{pod}/eviction") { Body = body }, CancellationToken.None);
        return response.StatusCode;
    }
}
