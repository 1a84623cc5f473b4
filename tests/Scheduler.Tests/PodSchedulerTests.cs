using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Scheduler.Tests;

public sealed class PodSchedulerTests : IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Nodes = "/api/v1/nodes";
    private TestCluster _cluster = null!;
    private IAsyncDisposable _scheduler = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        _scheduler = StartScheduler(_cluster.As("system:kube-scheduler"));
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_pod_is_bound_and_the_event_says_where()
    {
        await AddNodeAsync("n1");
        await AddPodAsync("p", "500m");
        var pod = await WaitForNodeAsync("p");
        Assert.Equal("n1", pod.Spec.NodeName);
        Assert.Contains(pod.Status!.Conditions!, condition => condition is { Type: "PodScheduled", Status: "True" });
        await WaitForEventAsync("Scheduled", "Successfully assigned default/p to n1");
    }

    [Fact]
    public async Task A_pod_that_fits_nowhere_says_why_and_is_bound_when_a_node_comes()
    {
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("p", "2");
        const string why = "0/1 nodes are available: 1 Insufficient cpu. It requests 2 of cpu but no node has more than 1: request less or add a larger node.";
        var refused = await _cluster.WaitAsync(Kinds.Pods, "default", "p", pod => pod?.Status?.Conditions?.Exists(c => c is { Type: "PodScheduled", Status: "False", Reason: "Unschedulable" } && c.Message == why) == true);
        await WaitForEventAsync("FailedScheduling", why);
        Assert.Null(refused!.Spec.NodeName);

        await AddNodeAsync("n2", cpu: "4");
        Assert.Equal("n2", (await WaitForNodeAsync("p")).Spec.NodeName);
    }

    [Fact]
    public async Task A_pod_waits_until_another_ends()
    {
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("first", "800m");
        await WaitForNodeAsync("first");
        await AddPodAsync("second", "800m");
        await WaitForRefusalAsync("second");
        await _cluster.PatchAsync($"{Pods}/first/status", """{"status":{"phase":"Succeeded"}}""");
        Assert.Equal("n1", (await WaitForNodeAsync("second")).Spec.NodeName);

        await AddPodAsync("third", "800m");
        await WaitForRefusalAsync("third");
        await _cluster.Admin.DeleteAsync(Kinds.Pods, "default", "second", new() { GracePeriodSeconds = 0 });
        await WaitForNodeAsync("third");
    }

    [Fact]
    public async Task No_node_is_filled_beyond_what_it_has_however_quickly_pods_come()
    {
        for (var i = 0; i < 4; i++)
            await AddNodeAsync($"n{i}", cpu: "1");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => AddPodAsync($"p{i}", "250m")));
        var pods = await _cluster.WaitForAllAsync(Kinds.Pods, "default", pods =>
            pods.Count == 50 && pods.Count(pod => pod.Spec.NodeName is not null) == 16
            && pods.Count(pod => pod.Status?.Conditions?.Exists(c => c.Reason == "Unschedulable") == true) == 34);
        Assert.All(pods.Where(pod => pod.Spec.NodeName is not null).GroupBy(pod => pod.Spec.NodeName), group => Assert.Equal(4, group.Count()));
    }

    [Fact]
    public async Task A_new_scheduler_counts_with_what_the_last_one_bound()
    {
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("first", "800m");
        await WaitForNodeAsync("first");
        await _scheduler.DisposeAsync();
        await AddPodAsync("second", "800m");
        StartScheduler(_cluster.As("system:kube-scheduler"));
        await WaitForRefusalAsync("second");
    }

    [Fact]
    public async Task It_is_told_when_a_scheduler_has_heard_of_all_that_exists()
    {
        var scheduler = new PodScheduler(_cluster.As("system:kube-scheduler"), _cluster.Clock, _cluster.Logs);
        Assert.False(scheduler.Synced.IsCompleted);
        _cluster.Run(scheduler.RunAsync);
        await scheduler.Synced.WaitAsync(TestCluster.Patience);
    }

    [Fact]
    public async Task A_binding_that_fails_is_tried_again()
    {
        await _scheduler.DisposeAsync();
        var flaky = new RefusingBindings(_cluster.As("system:kube-scheduler"), failures: 2);
        StartScheduler(flaky);
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("p", "800m");
        var bound = await _cluster.WhileTimePassesAsync(WaitForNodeAsync("p"), TimeSpan.FromSeconds(1));
        Assert.Equal("n1", bound.Spec.NodeName);
        Assert.Equal(3, flaky.Attempts);
    }

    [Fact]
    public async Task A_victim_that_changes_while_it_is_asked_to_go_is_asked_again()
    {
        await AddPriorityAsync("high", 1000);
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("low", "800m");
        await WaitForNodeAsync("low");
        await _scheduler.DisposeAsync();
        StartScheduler(new ConflictingStatuses(_cluster.As("system:kube-scheduler"), "low", failures: 2));
        await AddPodAsync("important", "800m", "high");
        var gone = _cluster.WaitAsync(Kinds.Pods, "default", "low", pod => pod?.Metadata.DeletionTimestamp is not null);
        await _cluster.WhileTimePassesAsync(gone, TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_pod_of_higher_priority_takes_the_place_of_another_and_none_below_it_gets_in_between()
    {
        await AddPriorityAsync("high", 1000);
        await AddPriorityAsync("middle", 500);
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("low", "800m");
        await WaitForNodeAsync("low");
        await AddPodAsync("important", "800m", "high");
        var nominated = await _cluster.WaitAsync(Kinds.Pods, "default", "important", pod => pod?.Status?.NominatedNodeName is not null);
        Assert.Equal("n1", nominated!.Status!.NominatedNodeName);
        var victim = await _cluster.WaitAsync(Kinds.Pods, "default", "low", pod => pod?.Metadata.DeletionTimestamp is not null);
        Assert.Contains(victim!.Status!.Conditions!, condition => condition is { Type: "DisruptionTarget", Status: "True", Reason: "PreemptionByScheduler" });
        await WaitForEventAsync("Preempted", $"Preempted by pod {nominated.Metadata.Uid} on node n1");

        await AddPodAsync("between", "800m", "middle");
        await WaitForRefusalAsync("between");
        await _cluster.Admin.DeleteAsync(Kinds.Pods, "default", "low", new() { GracePeriodSeconds = 0 });
        Assert.Equal("n1", (await WaitForNodeAsync("important")).Spec.NodeName);
        Assert.Null((await _cluster.WaitAsync(Kinds.Pods, "default", "between", _ => true))!.Spec.NodeName);
    }

    [Fact]
    public async Task While_some_are_being_asked_to_make_room_nobody_else_is()
    {
        await _scheduler.DisposeAsync();
        var slow = new SlowDeletions(_cluster.As("system:kube-scheduler"));
        StartScheduler(slow);
        await AddPriorityAsync("high", 1000);
        await AddPriorityAsync("lowest", -10);
        await AddNodeAsync("n2", cpu: "1");
        await _cluster.PatchAsync($"{Nodes}/n2", """{"spec":{"unschedulable":true}}""");
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("low", "800m");
        Assert.Equal("n1", (await WaitForNodeAsync("low")).Spec.NodeName); // who knows n1 knows that n2 takes no pods
        await AddPodAsync("lowest", "800m", "lowest", node: "n2");
        await AddPodAsync("important", "800m", "high");
        await _cluster.WaitAsync(Kinds.Pods, "default", "important", pod => pod?.Status?.NominatedNodeName == "n1");

        // Now one who is worth less could go instead.
        await _cluster.PatchAsync($"{Nodes}/n2", """{"spec":{"unschedulable":false}}""");
        await _cluster.WaitAsync(Kinds.Pods, "default", "important", pod => pod?.Status?.Conditions?.Exists(c => c.Message?.StartsWith("0/2 nodes are available: 2 Insufficient cpu.", StringComparison.Ordinal) == true) == true);
        slow.Go.SetResult();
        await _cluster.WaitAsync(Kinds.Pods, "default", "low", pod => pod?.Metadata.DeletionTimestamp is not null);
        await _cluster.Admin.DeleteAsync(Kinds.Pods, "default", "low", new() { GracePeriodSeconds = 0 });
        Assert.Equal("n1", (await WaitForNodeAsync("important")).Spec.NodeName);
        Assert.Equal([$"{Pods}/low"], slow.Deleted);
    }

    [Fact]
    public async Task Room_that_could_not_be_made_is_tried_for_again()
    {
        await _scheduler.DisposeAsync();
        var slow = new SlowDeletions(_cluster.As("system:kube-scheduler"));
        StartScheduler(slow);
        await AddPriorityAsync("high", 1000);
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("low", "800m");
        await WaitForNodeAsync("low");
        await AddPodAsync("important", "800m", "high");
        await _cluster.WaitAsync(Kinds.Pods, "default", "important", pod => pod?.Status?.NominatedNodeName == "n1");
        slow.Go.SetException(new IOException("no connection"));
        await _cluster.WhileTimePassesAsync(_cluster.WaitAsync(Kinds.Pods, "default", "low", pod => pod?.Metadata.DeletionTimestamp is not null), TimeSpan.FromSeconds(1));
        Assert.Equal([$"{Pods}/low", $"{Pods}/low"], slow.Deleted);
    }

    [Theory]
    [InlineData("cleared")]
    [InlineData("moved")]
    [InlineData("bound elsewhere")]
    [InlineData("deleted")]
    public async Task A_place_that_is_no_longer_kept_is_given_to_a_pod_that_waits(string how)
    {
        // Of one that may ask others to go, the scheduler itself gives the place up.
        await _cluster.CreateAsync("/apis/scheduling.k8s.io/v1/priorityclasses", """{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"polite"},"value":0,"preemptionPolicy":"Never"}""");
        await AddNodeAsync("n1", cpu: "1");
        await AddPodAsync("large", "2", "polite");
        await _cluster.PatchAsync($"{Pods}/large/status", """{"status":{"nominatedNodeName":"n1"}}""");
        await AddPodAsync("small", "500m");
        await WaitForRefusalAsync("small");
        await (how switch
        {
            "cleared" => _cluster.PatchAsync($"{Pods}/large/status", """{"status":{"nominatedNodeName":null}}"""),
            "moved" => _cluster.PatchAsync($"{Pods}/large/status", """{"status":{"nominatedNodeName":"n2"}}"""),
            "bound elsewhere" => _cluster.CreateAsync($"{Pods}/large/binding", """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"large"},"target":{"apiVersion":"v1","kind":"Node","name":"n2"}}"""),
            _ => _cluster.Admin.DeleteAsync(Kinds.Pods, "default", "large").AsTask(),
        });
        await WaitForNodeAsync("small");
    }

    [Fact]
    public async Task A_pod_waits_for_the_company_that_it_requires()
    {
        await AddNodeAsync("n1");
        await _cluster.CreateAsync(Pods, """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"seeker"},"spec":{"containers":[{"name":"c","image":"i"}],
             "affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"kubernetes.io/hostname","labelSelector":{"matchLabels":{"app":"web"}}}]}}}}
            """);
        await WaitForRefusalAsync("seeker");
        await _cluster.PatchAsync($"{Nodes}/n1", """{"metadata":{"labels":{"kubernetes.io/hostname":"n1"}}}""");
        await _cluster.CreateAsync(Pods, """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","labels":{"app":"web"}},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await WaitForNodeAsync("seeker");
    }

    [Theory]
    [InlineData("/api/v1/nodes?")]
    [InlineData("/api/v1/persistentvolumes?")]
    public async Task A_loop_that_fails_ends_the_scheduler_which_tells_why(string path)
    {
        var scheduler = new PodScheduler(new Broken(_cluster.As("system:kube-scheduler"), path), _cluster.Clock, _cluster.Logs);
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => scheduler.RunAsync(CancellationToken.None).WaitAsync(TestCluster.Patience));
        Assert.Equal("a defect", failure.Message);
    }

    private Task AddPriorityAsync(string name, int value) => _cluster.CreateAsync("/apis/scheduling.k8s.io/v1/priorityclasses",
        $$"""{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"{{name}}"},"value":{{value}} }""");

    private IAsyncDisposable StartScheduler(IApi api)
    {
        var scheduler = new PodScheduler(api, _cluster.Clock, _cluster.Logs);
        return _cluster.Run(scheduler.RunAsync);
    }

    private async Task AddNodeAsync(string name, string cpu = "2")
    {
        await _cluster.CreateAsync(Nodes, $$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{name}}"} }""");
        await _cluster.PatchAsync($"{Nodes}/{name}/status", $$$"""{"status":{"allocatable":{"cpu":"{{{cpu}}}","memory":"4Gi","pods":"110"} } }""");
    }

    private Task AddPodAsync(string name, string cpu, string priorityClass = "", string? node = null) => _cluster.CreateAsync(Pods,
        $$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{name}}"},"spec":{"priorityClassName":"{{priorityClass}}","nodeName":{{(node is null ? "null" : $"\"{node}\"")}},"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"{{cpu}}"} } }]} }""");

    private async Task<PodView> WaitForNodeAsync(string name) =>
        (await _cluster.WaitAsync(Kinds.Pods, "default", name, pod => pod?.Spec.NodeName is not null))!;

    private Task WaitForRefusalAsync(string name) =>
        _cluster.WaitAsync(Kinds.Pods, "default", name, pod => pod?.Status?.Conditions?.Exists(c => c.Reason == "Unschedulable") == true);

    private Task WaitForEventAsync(string reason, string message) =>
        _cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e.Reason == reason && e.Message == message));

    /// <summary>The first writes on the status of a pod meet a change at the same time.</summary>
    private sealed class ConflictingStatuses(IApi api, string pod, int failures) : IApi
    {
        private int _attempts;

        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation) =>
            request.Method == "PATCH" && request.PathAndQuery.Contains($"/pods/{pod}/status", StringComparison.Ordinal) && Interlocked.Increment(ref _attempts) <= failures
                ? throw new ApiException(409, "Conflict", "the object has been modified; please apply your changes to the latest version and try again")
                : api.SendAsync(request, cancellation);
    }

    private sealed class RefusingBindings(IApi api, int failures) : IApi
    {
        public int Attempts { get; private set; }

        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            if (request.PathAndQuery.EndsWith("/binding", StringComparison.Ordinal) && ++Attempts <= failures)
                throw new IOException("no connection");
            return api.SendAsync(request, cancellation);
        }
    }

    private sealed class Broken(IApi api, string path) : IApi
    {
        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation) =>
            request.PathAndQuery.StartsWith(path, StringComparison.Ordinal) ? throw new InvalidOperationException("a defect") : api.SendAsync(request, cancellation);
    }

    /// <summary>The first deletion waits for <see cref="Go"/>.</summary>
    private sealed class SlowDeletions(IApi api) : IApi
    {
        private readonly List<string> _deleted = [];

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<string> Deleted
        {
            get
            {
                lock (_deleted)
                    return [.. _deleted];
            }
        }

        public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            if (request.Method == "DELETE")
            {
                bool isFirst;
                lock (_deleted)
                {
                    _deleted.Add(request.PathAndQuery.Split('?')[0]);
                    isFirst = _deleted.Count == 1;
                }
                if (isFirst)
                    await Go.Task.WaitAsync(cancellation);
            }
            return await api.SendAsync(request, cancellation);
        }
    }
}
