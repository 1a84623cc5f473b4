using System.Text;
using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Scheduler.Tests;

/// <summary>Pods for which a place is kept on one node, and another one suits them meanwhile.</summary>
public sealed class NominationTests : IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods", Nodes = "/api/v1/nodes";
    private TestCluster _cluster = null!;
    private SlowNominations _api = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _api = new(_cluster.As("system:kube-scheduler"), "n2");
        _cluster.Run(new PodScheduler(_api, _cluster.Clock, _cluster.Logs).RunAsync);
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

        _api.Go.SetResult();
        await RemoveAsync("low1");
        await WaitAsync("important", pod => pod.NominatedNode == "n2");
        await WaitAsync("low2", pod => pod.Metadata.DeletionTimestamp is not null);
        await RemoveAsync("low2");
        await WaitAsync("important", pod => pod.Spec.NodeName == "n2");
    }

    [Fact]
    public async Task A_place_that_is_told_of_once_more_does_not_take_the_place_of_one_decided_on_since()
    {
        await AddNodeAsync("n1", "1");
        await AddPodAsync("low1");
        await WaitAsync("low1", pod => pod.Spec.NodeName == "n1");
        await AddPodAsync("important", "high");
        await WaitAsync("important", pod => pod.NominatedNode == "n1");
        await _cluster.PatchAsync($"{Nodes}/n1", """{"spec":{"unschedulable":true}}""");
        await AddNodeAsync("n2", "1");
        // Nodes and pods are heard of in no order: it must know of both nodes before it hears that there is room on the first.
        await WaitForRefusalAsync("important", "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.");
        await RemoveAsync("low1");

        // Room is made on n2, which is not written down yet when another change of the pod tells of n1.
        await _api.Asked.Task.WaitAsync(TestCluster.Patience);
        await _cluster.PatchAsync($"{Pods}/important", """{"metadata":{"labels":{"late":"yes"}}}""");
        // When a later pod has been decided on, that has been heard.
        await AddPodAsync("last");
        await WaitForRefusalAsync("last", "0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.");
        _api.Go.SetResult();
        await WaitAsync("low2", pod => pod.Metadata.DeletionTimestamp is not null);
        await RemoveAsync("low2");
        await WaitAsync("important", pod => pod.Spec.NodeName == "n2");
        Assert.Equal(1, _api.Count);
    }

    [Fact]
    public async Task A_place_that_helps_a_pod_no_longer_is_left_to_others()
    {
        await AddNodeAsync("n1", "500m");
        await AddPodAsync("important", "high");
        await WaitForRefusalAsync("important", "0/1 nodes are available: 1 Insufficient cpu.");
        await _cluster.PatchAsync($"{Pods}/important/status", """{"status":{"nominatedNodeName":"n1"}}""");
        await WaitAsync("important", pod => pod.NominatedNode is null);
        await AddPodAsync("small", cpu: "400m");
        await WaitAsync("small", pod => pod.Spec.NodeName == "n1");
    }

    [Fact]
    public async Task Who_preempts_nobody_keeps_the_place_that_was_written_down()
    {
        await _cluster.CreateAsync("/apis/scheduling.k8s.io/v1/priorityclasses", """{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"polite"},"value":1000,"preemptionPolicy":"Never"}""");
        await AddNodeAsync("n1", "500m");
        await AddPodAsync("polite", "polite");
        await WaitForRefusalAsync("polite", "0/1 nodes are available: 1 Insufficient cpu.");
        await _cluster.PatchAsync($"{Pods}/polite/status", """{"status":{"nominatedNodeName":"n1"}}""");
        await AddPodAsync("small", cpu: "400m");
        await WaitForRefusalAsync("small", "0/1 nodes are available: 1 Insufficient cpu.");
        await WaitAsync("polite", pod => pod.NominatedNode == "n1");
    }

    private async Task AddNodeAsync(string name, string cpu)
    {
        await _cluster.CreateAsync(Nodes, $$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{name}}"} }""");
        await _cluster.PatchAsync($"{Nodes}/{name}/status", $$$"""{"status":{"allocatable":{"cpu":"{{{cpu}}}","memory":"4Gi","pods":"110"} } }""");
    }

    private Task AddPodAsync(string name, string priority = "", string cpu = "800m") => _cluster.CreateAsync(Pods,
        $$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{name}}"},"spec":{"priorityClassName":"{{priority}}","containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"{{cpu}}"} } }]} }""");

    private Task RemoveAsync(string name) => _cluster.Admin.DeleteAsync(Kinds.Pods, "default", name, new() { GracePeriodSeconds = 0 }).AsTask();

    private Task WaitAsync(string name, Func<PodView, bool> condition) => _cluster.WaitAsync(Kinds.Pods, "default", name, pod => pod is not null && condition(pod));

    private Task WaitForRefusalAsync(string name, string why) =>
        WaitAsync(name, pod => pod.Status?.Conditions?.Exists(c => c.Reason == "Unschedulable" && c.Message!.StartsWith(why, StringComparison.Ordinal)) == true);

    /// <summary>What nominates pods to one node is counted, and waits for <see cref="Go"/>.</summary>
    private sealed class SlowNominations(IApi api, string node) : IApi
    {
        private int _count;

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Asked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Count => Volatile.Read(ref _count);

        public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            if (request.Method == "PATCH" && Encoding.UTF8.GetString(request.Body.Span).Contains($"\"nominatedNodeName\":\"{node}\"", StringComparison.Ordinal))
            {
                Interlocked.Increment(ref _count);
                Asked.TrySetResult();
                await Go.Task.WaitAsync(cancellation);
            }
            return await api.SendAsync(request, cancellation);
        }
    }
}
