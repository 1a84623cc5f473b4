using Microsoft.Extensions.Time.Testing;
using Slipway.Api;
using Slipway.Api.Nodes;
using Slipway.Client;
using Slipway.Controllers.Tests.Workloads;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.Nodes;

public sealed class NodeLifecycleTests : ControllersTest
{
    private protected override void Register(ControllerHost host)
    {
        NodeLifecycleController.Register(host);
        TaintEviction.Register(host);
    }

    [Theory]
    // conditions; unschedulable; taints before; taints after, same for no change
    [InlineData("", false, "", "same")]
    [InlineData("", false, "not-ready:NoSchedule", "same")]
    [InlineData("", false, "not-ready:NoSchedule unreachable:NoExecute gpu:NoSchedule", "not-ready:NoSchedule gpu:NoSchedule")]
    [InlineData("MemoryPressure=False", false, "not-ready:NoSchedule", "same")]
    [InlineData("Ready=False", false, "not-ready:NoSchedule", "not-ready:NoSchedule not-ready:NoExecute")]
    [InlineData("Ready=True", false, "not-ready:NoSchedule", "")]
    [InlineData("Ready=True", false, "", "same")]
    [InlineData("Ready=False", false, "", "not-ready:NoSchedule not-ready:NoExecute")]
    [InlineData("Ready=Unknown", false, "not-ready:NoSchedule not-ready:NoExecute", "unreachable:NoSchedule unreachable:NoExecute")]
    [InlineData("Ready=True", false, "gpu:NoSchedule unreachable:NoSchedule unreachable:NoExecute", "gpu:NoSchedule")]
    [InlineData("Ready=True MemoryPressure=True", true, "", "memory-pressure:NoSchedule unschedulable:NoSchedule")]
    [InlineData("Ready=True", false, "unschedulable:NoSchedule", "")]
    public void A_node_is_tainted_by_its_state(string conditions, bool unschedulable, string before, string after)
    {
        var node = new NodeView
        {
            Spec = new() { Unschedulable = unschedulable, Taints = [.. Words(before).Select(Taint)] },
            Status = new() { Conditions = [.. Words(conditions).Select(word => new NodeCondition { Type = word.Split('=')[0], Status = word.Split('=')[1] })] },
        };
        var taints = NodeTaints.For(node, Make.Now);
        Assert.Equal(after, taints is null ? "same" : string.Join(' ', taints.Select(taint => $"{taint.Key.Replace("node.kubernetes.io/", "")}:{taint.Effect}")));
        Assert.All(taints ?? [], taint => Assert.Equal(taint.Effect == "NoExecute", taint.TimeAdded is not null));
    }

    [Theory]
    // tolerations as key:effect:seconds; taints; seconds left, none for ever
    [InlineData("", "", null)]
    [InlineData("", "gpu:NoSchedule", null)]
    [InlineData("", "gpu:NoExecute", 0)]
    [InlineData("gpu:NoExecute:", "gpu:NoExecute", null)]
    [InlineData("gpu:NoExecute:300", "gpu:NoExecute", 200)] // added 100 s ago
    [InlineData("gpu:NoExecute:60", "gpu:NoExecute", 0)]
    [InlineData("gpu::300 gpu:NoExecute:150", "gpu:NoExecute", 50)]
    [InlineData("gpu::", "gpu:NoExecute x:NoExecute", 0)]
    public void A_pod_stays_as_long_as_it_bears_the_taints(string tolerations, string taints, int? left)
    {
        var node = new NodeView { Spec = new() { Taints = [.. Words(taints).Select(Taint)] } };
        var borne = Words(tolerations).Select(word => word.Split(':')).Select(parts => new Toleration
        {
            Key = $"node.kubernetes.io/{parts[0]}", Operator = "Exists", Effect = parts[1], TolerationSeconds = parts[2].Length > 0 ? int.Parse(parts[2]) : null,
        }).ToList();
        Assert.Equal(left is { } seconds ? TimeSpan.FromSeconds(seconds) : null, TaintEviction.TimeLeft(borne, node, taint => taint.TimeAdded ?? Make.Now, Make.Now));
    }

    [Fact]
    public void Silence_is_measured_from_the_last_new_sign()
    {
        var clock = new FakeTimeProvider();
        var health = new NodeHealth(clock);
        Assert.Equal(TimeSpan.Zero, health.SilentFor("n", "old"));
        clock.Advance(TimeSpan.FromSeconds(51));
        Assert.Equal(TimeSpan.FromSeconds(51), health.SilentFor("n", "old"));
        Assert.Equal(TimeSpan.Zero, health.SilentFor("n", "new"));
        var node = new NodeView { Status = new() { Conditions = [new() { Type = "Ready", Status = "True" }] } };
        Assert.Empty(NodeSilence.Conditions(node, TimeSpan.FromSeconds(50), Make.Now));
        Assert.Equal(["Ready NodeStatusUnknown", "MemoryPressure NodeStatusNeverUpdated", "DiskPressure NodeStatusNeverUpdated", "PIDPressure NodeStatusNeverUpdated"],
            NodeSilence.Conditions(node, TimeSpan.FromSeconds(51), Make.Now).Select(condition => $"{condition.Type} {condition.Reason}"));
    }

    [Fact]
    public async Task A_node_that_falls_silent_loses_its_pods_after_a_while_and_gets_none_until_it_is_back()
    {
        await Cluster.CreateAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"}}""");
        await Cluster.PatchAsync("/api/v1/nodes/n/status", """{"status":{"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady","lastHeartbeatTime":"2026-01-01T00:00:00Z"},{"type":"Odd","status":"True"}]}}""");
        await Cluster.CreateAsync("/api/v1/namespaces/default/pods", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]}}""");
        var node = await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.Nodes, null, "n", node => node?.ConditionOf("Ready")?.Status == "Unknown" && node.Taints.Count == 2), TimeSpan.FromSeconds(1));
        Assert.Equal(("NodeStatusUnknown", "True"), (node!.ConditionOf("Ready")!.Reason, node.ConditionOf("Odd")!.Status));
        var pod = await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.Pods, "default", "p", pod => pod is null or { IsBeingDeleted: true }), TimeSpan.FromSeconds(5));
        Assert.Equal("True", pod!.ConditionOf("DisruptionTarget")!.Status);

        await Cluster.PatchAsync("/api/v1/nodes/n/status", """{"status":{"conditions":[{"type":"Ready","status":"True","lastHeartbeatTime":"2026-01-01T01:00:00Z"}]}}""");
        await Cluster.WaitAsync(Kinds.Nodes, null, "n", node => node!.Taints.Count == 0);
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Nodes));
    }

    [Fact]
    public async Task A_node_that_renews_its_lease_is_not_silent_although_the_cache_does_not_show_it()
    {
        const string Leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
        foreach (var name in new[] { "speaks", "silent" })
        {
            await Cluster.CreateAsync(Leases, $$$"""{"apiVersion":"coordination.k8s.io/v1","kind":"Lease","metadata":{"name":"{{{name}}}"},"spec":{} }""");
            await Cluster.CreateAsync("/api/v1/nodes", $$$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{{name}}}"} }""");
            await Cluster.PatchAsync($"/api/v1/nodes/{name}/status", """{"status":{"conditions":[{"type":"Ready","status":"True","reason":"KubeletReady"}]}}""");
        }
        await WaitForCacheAsync(Host.Informer(Kinds.Leases, new() { Namespace = "kube-node-lease" }), new("kube-node-lease", "silent"));
        Watches.Hold("leases");
        var renewals = 0;
        var silent = Cluster.WaitAsync(Kinds.Nodes, null, "silent", node => node?.ConditionOf("Ready")?.Status == "Unknown");
        while (!silent.IsCompleted)
        {
            // Far more often than a node does, so that both are looked at in between.
            await Cluster.PatchAsync($"{Leases}/speaks", $$$"""{"spec":{"renewTime":"2026-01-01T00:{{{renewals / 60 % 60:00}}}:{{{renewals++ % 60:00}}}.000000Z"} }""");
            Cluster.Clock.Advance(TimeSpan.FromMilliseconds(500));
        }
        await silent;
        Assert.Equal("True", (await Cluster.Admin.GetAsync(Kinds.Nodes, null, "speaks"))!.ConditionOf("Ready")!.Status);
    }

    [Fact]
    public async Task A_pod_stays_when_its_node_has_lost_the_taint_although_the_cache_still_shows_it()
    {
        await Cluster.CreateAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},"spec":{"taints":[{"key":"gone","effect":"NoExecute"}]}}""");
        await Cluster.CreateAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"tainted"},"spec":{"taints":[{"key":"gone","effect":"NoExecute"}]}}""");
        foreach (var (pod, node) in new[] { ("stays", "n"), ("goes", "tainted") })
            await Cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{pod}}}"},"spec":{"nodeName":"{{{node}}}","containers":[{"name":"c","image":"i"}],"tolerations":[{"key":"gone","operator":"Exists","effect":"NoExecute","tolerationSeconds":30}]} }
                """);
        await WaitForCacheAsync(Host.Informer(Kinds.Nodes), ObjectKey.ClusterScoped("tainted"));
        Watches.Hold("nodes");
        await Cluster.PatchAsync("/api/v1/nodes/n", """{"spec":{"taints":null}}""");
        await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.Pods, "default", "goes", pod => pod is null or { IsBeingDeleted: true }), TimeSpan.FromMilliseconds(200));
        Cluster.Clock.Advance(TimeSpan.FromSeconds(5));
        var stays = await Cluster.Admin.GetAsync(Kinds.Pods, "default", "stays");
        Assert.True(stays is { IsBeingDeleted: false } && stays.ConditionOf("DisruptionTarget") is null);
    }

    [Fact]
    public async Task A_pod_that_comes_to_an_old_taint_bears_it_from_then_on()
    {
        await Cluster.CreateAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n"},"spec":{"taints":[{"key":"old","effect":"NoExecute","timeAdded":"2025-01-01T00:00:00Z"}]}}""");
        await Cluster.CreateAsync("/api/v1/namespaces/default/pods", """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}],"tolerations":[{"key":"old","operator":"Exists","effect":"NoExecute","tolerationSeconds":300}]} }
            """);
        var began = Cluster.Clock.GetUtcNow();
        await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.Pods, "default", "p", pod => pod is null or { IsBeingDeleted: true }), TimeSpan.FromSeconds(1));
        Assert.True(Cluster.Clock.GetUtcNow() - began >= TimeSpan.FromSeconds(299));
    }

    [Fact]
    public async Task Nodes_that_come_and_go_are_told_of()
    {
        await Cluster.CreateAsync("/api/v1/nodes", """{"metadata":{"name":"n"}}""");
        await Cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e is { Reason: "RegisteredNode", Message: "Node n event: Registered Node n in Controller" }));
        await Cluster.Admin.DeleteAsync(Kinds.Nodes, null, "n");
        await Cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e is { Reason: "RemovingNode", Message: "Node n event: Removing Node n from Controller" }));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static Taint Taint(string text) => new()
    {
        Key = $"node.kubernetes.io/{text.Split(':')[0]}", Effect = text.Split(':')[1], TimeAdded = text.EndsWith("NoExecute") ? Make.Now.AddSeconds(-100) : null,
    };
}
