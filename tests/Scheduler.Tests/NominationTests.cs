using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Scheduler.Tests;

/// <summary>Pods for which a place is kept on one node, and another one suits them meanwhile.</summary>
public sealed class NominationTests : IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods", Nodes = "/api/v1/nodes";
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _cluster.Run(new PodScheduler(_cluster.As("system:kube-scheduler"), _cluster.Clock, _cluster.Logs).RunAsync);
        await _cluster.CreateAsync("/apis/scheduling.k8s.io/v1/priorityclasses", """{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"high"},"value":1000}""");
        // Its node comes later.
        await AddPodAsync("low2");
        await _cluster.CreateAsync($"{Pods}/low2/binding", """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"low2"},"target":{"apiVersion":"v1","kind":"Node","name":"n2"}}""");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_pod_whose_place_suits_it_no_longer_asks_for_another_when_the_last_that_made_room_has_gone()
    {
        await AddNodeAsync("n1", "1");
        await AddPodAsync("low1");
        await WaitAsync("low1", pod => pod.Spec.NodeName == "n1");
        await AddPodAsync("important", "high");
        await WaitAsync("important", pod => pod.NominatedNode == "n1");
        await WaitAsync("low1", pod => pod.Metadata.DeletionTimestamp is not null);
        await _cluster.PatchAsync($"{Nodes}/n1", """{"spec":{"unschedulable":true}}""");
        await AddNodeAsync("n2", "1");
        await WaitForRefusalAsync("important", "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.");

        await RemoveAsync("low1");
        await WaitAsync("important", pod => pod.NominatedNode == "n2");
        await WaitAsync("low2", pod => pod.Metadata.DeletionTimestamp is not null);
        await RemoveAsync("low2");
        await WaitAsync("important", pod => pod.Spec.NodeName == "n2");
    }

    private async Task AddNodeAsync(string name, string cpu)
    {
        await _cluster.CreateAsync(Nodes, $$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{name}}"} }""");
        await _cluster.PatchAsync($"{Nodes}/{name}/status", $$$"""{"status":{"allocatable":{"cpu":"{{{cpu}}}","memory":"4Gi","pods":"110"} } }""");
    }

    private Task AddPodAsync(string name, string priority = "") => _cluster.CreateAsync(Pods,
        $$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{name}}"},"spec":{"priorityClassName":"{{priority}}","containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"800m"} } }]} }""");

    private Task RemoveAsync(string name) => _cluster.Admin.DeleteAsync(Kinds.Pods, "default", name, new() { GracePeriodSeconds = 0 }).AsTask();

    private Task WaitAsync(string name, Func<PodView, bool> condition) => _cluster.WaitAsync(Kinds.Pods, "default", name, pod => pod is not null && condition(pod));

    private Task WaitForRefusalAsync(string name, string why) =>
        WaitAsync(name, pod => pod.Status?.Conditions?.Exists(c => c.Reason == "Unschedulable" && c.Message!.StartsWith(why, StringComparison.Ordinal)) == true);
}
