using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Scheduler.Tests;

public sealed class GangTests : IAsyncLifetime
{
    private const string Pods = "/api/v1/namespaces/default/pods";
    private const string Groups = "/apis/scheduling.k8s.io/v1beta1/namespaces/default/podgroups";
    private TestCluster _cluster = null!;
    private IAsyncDisposable _scheduler = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        StartScheduler();
        await AddNodeAsync("n1");
        await AddNodeAsync("n2");
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_gang_waits_for_its_group_its_pods_and_room_and_is_then_bound_as_a_whole()
    {
        await AddPodAsync("a", "g");
        await WaitForMessageAsync("a", "waiting for PodGroup \"g\", which does not exist");
        await AddGroupAsync("g", """{"gang":{"minCount":3}}""");
        await WaitForMessageAsync("a", "gang \"g\" has 1 of the 3 pods that it needs");
        await AddPodAsync("b", "g");
        await AddPodAsync("c", "g");
        await WaitForMessageAsync("b", "gang \"g\" needs 3 pods at once, and only 2 of the 3 that wait fit.");
        await WaitForConditionAsync("g", "False", "Unschedulable");
        Assert.All(await PodsAsync(pods => pods.Count == 3), pod => Assert.Null(pod.Spec.NodeName));

        await AddNodeAsync("n3");
        await PodsAsync(pods => pods.TrueForAll(pod => pod.Spec.NodeName is not null));
        await WaitForConditionAsync("g", "True", "Scheduled");
    }

    [Fact]
    public async Task Pods_of_a_basic_group_are_scheduled_one_by_one()
    {
        await AddGroupAsync("g", """{"basic":{}}""");
        await AddPodAsync("a", "g");
        await PodsAsync(pods => pods.TrueForAll(pod => pod.Spec.NodeName is not null));
    }

    [Fact]
    public async Task Two_gangs_do_not_block_each_other_with_halves()
    {
        await AddGroupAsync("g", """{"gang":{"minCount":2}}""");
        await AddGroupAsync("h", """{"gang":{"minCount":2}}""");
        foreach (var i in new[] { 1, 2 })
            foreach (var group in new[] { "g", "h" })
                await AddPodAsync($"{group}{i}", group);
        var pods = await PodsAsync(pods => pods.Count(pod => pod.Spec.NodeName is not null) == 2
            && pods.Count(pod => pod.Status?.Conditions?.Exists(c => c.Reason == "Unschedulable" && c.Message!.Contains("at once")) == true) == 2);
        Assert.Single(pods.Where(pod => pod.Spec.NodeName is not null).Select(pod => pod.Metadata.Name[0]).Distinct());
    }

    [Fact]
    public async Task Places_written_down_before_a_crash_are_kept_for_the_rest_of_the_gang()
    {
        // As a scheduler leaves it that is killed between the first binding and the second.
        await _scheduler.DisposeAsync();
        await AddGroupAsync("g", """{"gang":{"minCount":2}}""");
        await AddPodAsync("a", "g");
        await AddPodAsync("b", "g");
        await _cluster.PatchAsync($"{Pods}/b/status", """{"status":{"nominatedNodeName":"n2"}}""");
        await _cluster.CreateAsync($"{Pods}/a/binding", """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"a"},"target":{"apiVersion":"v1","kind":"Node","name":"n1"}}""");
        await AddPodAsync("other", null);
        await _cluster.PatchAsync($"{Pods}/b", """{"metadata":{"labels":{"late":"yes"}}}""");
        StartScheduler();
        var pods = await PodsAsync(pods => pods.Exists(pod => pod.Metadata.Name == "b" && pod.Spec.NodeName == "n2"));
        Assert.Null(pods.Find(pod => pod.Metadata.Name == "other")!.Spec.NodeName);
    }

    [Fact]
    public async Task A_gang_that_fits_no_longer_gives_up_the_places_that_were_written_down()
    {
        await AddGroupAsync("g", """{"gang":{"minCount":3}}""");
        foreach (var name in new[] { "a", "b", "c" })
            await AddPodAsync(name, "g");
        await WaitForMessageAsync("a", "gang \"g\" needs 3 pods at once");
        await _cluster.PatchAsync($"{Pods}/a/status", """{"status":{"nominatedNodeName":"n1"}}""");
        await _cluster.WaitAsync(Kinds.Pods, "default", "a", pod => pod?.Status?.NominatedNodeName is null);
        await AddPodAsync("other", null);
        await _cluster.WaitAsync(Kinds.Pods, "default", "other", pod => pod?.Spec.NodeName is not null);
    }

    [Fact]
    public async Task A_waiting_gang_is_bound_when_others_leave_it_room()
    {
        await AddPodAsync("other", null);
        await PodsAsync(pods => pods.TrueForAll(pod => pod.Spec.NodeName is not null));
        await AddGroupAsync("g", """{"gang":{"minCount":2}}""");
        await AddPodAsync("a", "g");
        await AddPodAsync("b", "g");
        await WaitForMessageAsync("b", "gang \"g\" needs 2 pods at once, and only 1 of the 2 that wait fits.");
        await _cluster.Admin.DeleteAsync(Kinds.Pods, "default", "other", new() { GracePeriodSeconds = 0 });
        await PodsAsync(pods => pods.Count == 2 && pods.TrueForAll(pod => pod.Spec.NodeName is not null));
    }

    [Fact]
    public async Task A_waiting_gang_needs_fewer_places_when_somebody_else_binds_one_of_its_pods()
    {
        await AddGroupAsync("g", """{"gang":{"minCount":3}}""");
        foreach (var name in new[] { "a", "b", "c" })
            await AddPodAsync(name, "g");
        await WaitForMessageAsync("a", "gang \"g\" needs 3 pods at once");
        await _cluster.CreateAsync($"{Pods}/c/binding", """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"c"},"target":{"apiVersion":"v1","kind":"Node","name":"elsewhere"}}""");
        await PodsAsync(pods => pods.TrueForAll(pod => pod.Spec.NodeName is not null));
    }

    [Fact]
    public async Task A_gang_of_higher_priority_takes_the_places_of_others_as_a_whole()
    {
        await _cluster.CreateAsync("/apis/scheduling.k8s.io/v1/priorityclasses", """{"apiVersion":"scheduling.k8s.io/v1","kind":"PriorityClass","metadata":{"name":"high"},"value":1000}""");
        await AddPodAsync("low1", null);
        await AddPodAsync("low2", null);
        await PodsAsync(pods => pods.TrueForAll(pod => pod.Spec.NodeName is not null));
        await AddGroupAsync("g", """{"gang":{"minCount":2}}""");
        await AddPodAsync("a", "g", "high");
        await AddPodAsync("b", "g", "high");
        foreach (var victim in new[] { "low1", "low2" })
        {
            await _cluster.WaitAsync(Kinds.Pods, "default", victim, pod => pod?.Metadata.DeletionTimestamp is not null);
            await _cluster.Admin.DeleteAsync(Kinds.Pods, "default", victim, new() { GracePeriodSeconds = 0 });
        }
        await PodsAsync(pods => pods.Count == 2 && pods.TrueForAll(pod => pod.Spec.NodeName is not null));
    }

    [Theory]
    [InlineData("{}", "exactly one of")]
    [InlineData("""{"basic":{},"gang":{"minCount":1}}""", "exactly one of")]
    [InlineData("""{"gang":{"minCount":0}}""", "minCount")]
    public async Task A_group_that_makes_no_sense_is_refused(string policy, string told)
    {
        var refusal = await Assert.ThrowsAsync<Slipway.Api.ApiException>(() => AddGroupAsync("g", policy));
        Assert.Contains(told, refusal.Message, StringComparison.Ordinal);
    }

    private void StartScheduler() =>
        _scheduler = _cluster.Run(new PodScheduler(_cluster.As("system:kube-scheduler"), _cluster.Clock, _cluster.Logs).RunAsync);

    private Task AddGroupAsync(string name, string policy) => _cluster.CreateAsync(Groups,
        $$$"""{"apiVersion":"scheduling.k8s.io/v1beta1","kind":"PodGroup","metadata":{"name":"{{{name}}}"},"spec":{"schedulingPolicy":{{{policy}}} } }""");

    private async Task AddNodeAsync(string name)
    {
        await _cluster.CreateAsync("/api/v1/nodes", $$"""{"apiVersion":"v1","kind":"Node","metadata":{"name":"{{name}}"} }""");
        await _cluster.PatchAsync($"/api/v1/nodes/{name}/status", """{"status":{"allocatable":{"cpu":"1","memory":"4Gi","pods":"110"} } }""");
    }

    private Task AddPodAsync(string name, string? group, string priority = "") => _cluster.CreateAsync(Pods,
        $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{name}}}"},"spec":{ {{{(group is null ? "" : $"\"schedulingGroup\":{{\"podGroupName\":\"{group}\"}},")}}}"priorityClassName":"{{{priority}}}","containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"800m"} } }]} }""");

    private Task<List<PodView>> PodsAsync(Func<List<PodView>, bool> condition) => _cluster.WaitForAllAsync(Kinds.Pods, "default", condition);

    private Task WaitForMessageAsync(string name, string message) => _cluster.WaitAsync(Kinds.Pods, "default", name,
        pod => pod?.Status?.Conditions?.Exists(c => c.Reason == "Unschedulable" && c.Message!.StartsWith(message, StringComparison.Ordinal)) == true);

    private Task WaitForConditionAsync(string group, string status, string reason) => _cluster.WaitAsync(Kinds.PodGroups, "default", group,
        found => found?.Status?.Conditions?.Exists(c => c.Type == "PodGroupInitiallyScheduled" && c.Status == status && c.Reason == reason) == true);
}
