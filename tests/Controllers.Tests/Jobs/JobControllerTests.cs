using Slipway.Client;
using Slipway.Controllers.Tests.Sequences;

namespace Slipway.Controllers.Tests.Jobs;

public sealed class JobControllerTests : ControllersTest
{
    private const string Jobs = "/apis/batch/v1/namespaces/default/jobs";
    private const string Pods = "/api/v1/namespaces/default/pods";

    private protected override void Register(ControllerHost host)
    {
        GarbageCollector.Register(host);
        LostPods.Register(host);
        JobController.Register(host);
    }

    [Fact]
    public async Task A_job_runs_its_pods_counts_them_and_completes()
    {
        await CreateJobAsync("""{"parallelism":2,"completions":3}""");
        for (var i = 0; i < 3; i++)
            await EndAsync((await ActivePodsAsync(i < 2 ? 2 : 1))[0], "Succeeded");
        var job = await WaitForJobAsync(job => job.ConditionOf(JobView.Complete) is not null);
        Assert.Equal((3, null, null), (job.Status!.Succeeded, job.Status.Failed, job.Status.Active));
        Assert.NotNull(job.Status.CompletionTime);
        Assert.All((await Cluster.Admin.ListAsync(Kinds.Pods)).Items, pod => Assert.False(pod.IsTracked));
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Jobs));
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Pods));
    }

    [Fact]
    public async Task A_pod_is_made_from_the_whole_template()
    {
        await CreateJobAsync("{}", """{"metadata":{"labels":{"app":"x"},"annotations":{"a":"b"}},"spec":{"restartPolicy":"Never","hostname":"h","containers":[{"name":"c","image":"i","env":[{"name":"E","value":"<&>"}]}]}}""");
        var pod = (await ActivePodsAsync(1))[0];
        Assert.StartsWith("job-", pod.Metadata.Name);
        Assert.Equal("x", pod.Metadata.Labels["app"]);
        Assert.Equal("job", pod.Metadata.Labels["batch.kubernetes.io/job-name"]);
        Assert.Equal("b", pod.Metadata.Annotations["a"]);
        Assert.True(pod.Controller!.BlockOwnerDeletion);
        Assert.True(pod.IsTracked);
    }

    [Fact]
    public async Task Failures_are_retried_after_a_while_up_to_the_limit()
    {
        await CreateJobAsync("""{"backoffLimit":1}""");
        await EndAsync((await ActivePodsAsync(1))[0], "Failed");
        await WaitForJobAsync(job => job.Status?.Failed == 1);
        Assert.DoesNotContain((await Cluster.Admin.ListAsync(Kinds.Pods)).Items, pod => pod.IsActive);
        await EndAsync((await WhileTimePassesAsync(ActivePodsAsync(1)))[0], "Failed");
        var job = await WaitForJobAsync(job => job.ConditionOf(JobView.Failed) is not null);
        Assert.Equal((2, "BackoffLimitExceeded"), (job.Status!.Failed, job.ConditionOf(JobView.Failed)!.Reason));
    }

    [Fact]
    public async Task A_job_out_of_time_ends_its_pods()
    {
        await CreateJobAsync("""{"activeDeadlineSeconds":30}""");
        await ActivePodsAsync(1);
        var job = await WhileTimePassesAsync(WaitForJobAsync(job => job.ConditionOf(JobView.Failed) is not null));
        Assert.Equal("DeadlineExceeded", job.ConditionOf(JobView.Failed)!.Reason);
        Assert.Empty((await Cluster.Admin.ListAsync(Kinds.Pods)).Items);
    }

    [Fact]
    public async Task A_suspended_job_has_no_pods()
    {
        await CreateJobAsync("{}");
        await ActivePodsAsync(1);
        await Cluster.PatchAsync($"{Jobs}/job", """{"spec":{"suspend":true}}""");
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 0);
        await Cluster.PatchAsync($"{Jobs}/job", """{"spec":{"suspend":false}}""");
        await EndAsync((await ActivePodsAsync(1))[0], "Succeeded");
        var job = await WaitForJobAsync(job => job.ConditionOf(JobView.Complete) is not null);
        Assert.Null(job.Status!.Failed);
    }

    [Fact]
    public async Task A_finished_job_goes_when_its_time_is_over_and_its_pods_with_it()
    {
        await CreateJobAsync("""{"ttlSecondsAfterFinished":60}""");
        await EndAsync((await ActivePodsAsync(1))[0], "Succeeded");
        await WaitForJobAsync(job => job.ConditionOf(JobView.Complete) is not null);
        await WhileTimePassesAsync(Cluster.WaitAsync(Kinds.Jobs, "default", "job", job => job is null));
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 0);
    }

    [Theory]
    [InlineData("Background", 0)]
    [InlineData("Foreground", 0)]
    [InlineData("Orphan", 2)]
    public async Task A_deleted_job_holds_no_pod(string policy, int left)
    {
        await CreateJobAsync("""{"parallelism":2}""");
        await ActivePodsAsync(2);
        await Cluster.Admin.DeleteAsync(Kinds.Jobs, "default", "job", new() { PropagationPolicy = policy });
        await Cluster.WaitAsync(Kinds.Jobs, "default", "job", job => job is null);
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == left && pods.All(pod => !pod.IsTracked && pod.Controller is null));
    }

    [Fact]
    public async Task A_job_of_whose_end_the_cache_has_not_heard_runs_nothing_in_place_of_the_pods_that_it_leaves()
    {
        await CreateJobAsync("""{"completionMode":"Indexed","completions":1}""");
        await ActivePodsAsync(1);
        Watches.Hold("jobs");
        var watch = new BoundsWatch(Cluster) { PodsBound = pods => pods.Count(pod => pod.Index == 0) > 1 ? "the index runs twice" : null };
        watch.Start();
        await Cluster.Admin.DeleteAsync(Kinds.Jobs, "default", "job", new() { PropagationPolicy = "Orphan" });
        await Cluster.WaitAsync(Kinds.Jobs, "default", "job", job => job is null);
        await ControllerHasLookedAsync();
        Watches.Release("jobs");
        await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.TrueForAll(pod => !pod.IsTracked));
        Assert.Empty(watch.Violations);
    }

    [Fact]
    public async Task A_controller_that_has_not_heard_what_another_has_counted_runs_nothing_again()
    {
        await CreateJobAsync("""{"completions":1}""");
        var pod = (await ActivePodsAsync(1))[0];
        await WaitForJobAsync(job => job.Status is { Active: 1 });
        // The other one is about to stop, and has counted the pod and freed it.
        var late = new LateApi(Cluster.As("system:kube-controller-manager"));
        var host = new ControllerHost(late, Cluster.Clock, Cluster.Logs);
        JobController.Register(host);
        Cluster.Run(host.RunAsync);
        await Task.WhenAll(host.Informer(Kinds.Jobs).Synced, host.Informer(Kinds.Pods).Synced);
        late.Hold("jobs");
        late.Hold("pods");
        await EndAsync(pod, "Succeeded");
        await WaitForJobAsync(job => job.HasEnded);
        await StopControllersAsync();
        late.Release("pods");
        await ControllerHasLookedAsync();
        Assert.Single((await Cluster.Admin.ListAsync(Kinds.Pods)).Items);
    }

    // The controller has come to what it knew before when it has freed pods that it heard of later.
    private async Task ControllerHasLookedAsync()
    {
        for (var round = 0; round < 3; round++)
        {
            await Cluster.CreateAsync(Pods, """
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"probe","labels":{"batch.kubernetes.io/job-name":"none"},"finalizers":["batch.kubernetes.io/job-tracking"]},"spec":{"containers":[{"name":"c","image":"i"}]}}
                """);
            await Cluster.WaitAsync(Kinds.Pods, "default", "probe", probe => probe is { IsTracked: false });
            await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", "probe", new() { GracePeriodSeconds = 0 });
            await Cluster.WaitAsync(Kinds.Pods, "default", "probe", probe => probe is null);
        }
    }

    [Fact]
    public async Task Every_pod_is_counted_once_although_the_controller_is_stopped_again_and_again()
    {
        await CreateJobAsync("""{"parallelism":5,"completions":20}""");
        for (var ended = 0; ended < 20; ended++)
        {
            var pods = await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Exists(pod => pod.IsActive));
            await EndAsync(pods.Find(pod => pod.IsActive)!, "Succeeded");
            // Wherever it is just now.
            await StopControllersAsync();
            StartControllers();
        }
        var job = await WaitForJobAsync(job => job.HasEnded);
        Assert.Equal((20, null), (job.Status!.Succeeded, job.Status.Failed));
        Assert.Equal(20, (await Cluster.Admin.ListAsync(Kinds.Pods)).Items.Count);
    }

    [Fact]
    public async Task A_pod_that_is_selected_and_free_is_taken_and_one_that_is_no_longer_selected_let_go()
    {
        await CreateJobAsync("{}");
        var pod = (await ActivePodsAsync(1))[0];
        await Cluster.PatchAsync($"{Pods}/{pod.Metadata.Name}", """{"metadata":{"labels":{"batch.kubernetes.io/controller-uid":"other","controller-uid":"other"}}}""");
        await Cluster.WaitAsync(Kinds.Pods, "default", pod.Metadata.Name, now => now is { Controller: null, IsTracked: false });
        var second = (await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Exists(other => other.Uid != pod.Uid && other.IsActive))).Find(other => other.Uid != pod.Uid)!;

        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", pod.Metadata.Name, new() { GracePeriodSeconds = 0 });
        await StopControllersAsync();
        await Cluster.PatchAsync($"{Pods}/{second.Metadata.Name}", """{"metadata":{"ownerReferences":null,"finalizers":null}}""");
        StartControllers();
        await Cluster.WaitAsync(Kinds.Pods, "default", second.Metadata.Name, now => now is { Controller: not null, IsTracked: true });
    }

    [Fact]
    public async Task Failures_of_each_index_are_counted_although_the_controller_is_stopped_again_and_again()
    {
        await CreateJobAsync("""{"completionMode":"Indexed","completions":3,"parallelism":3,"backoffLimitPerIndex":2}""");
        var active = await ActivePodsAsync(3);
        await EndAsync(active.Find(pod => pod.Index == 0)!, "Succeeded");
        await EndAsync(active.Find(pod => pod.Index == 2)!, "Succeeded");
        for (var failures = 0; failures < 3; failures++)
        {
            var pods = await WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Exists(pod => pod is { IsActive: true, Index: 1 })));
            var pod = pods.Find(pod => pod is { IsActive: true, Index: 1 })!;
            Assert.Equal($"{failures}", pod.Metadata.Annotations["batch.kubernetes.io/job-index-failure-count"]);
            await EndAsync(pod, "Failed");
            // Wherever it is just now.
            await StopControllersAsync();
            StartControllers();
        }
        var job = await WaitForJobAsync(job => job.HasEnded);
        Assert.Equal(("FailedIndexes", "0,2", "1"), (job.ConditionOf(JobView.Failed)?.Reason, job.Status!.CompletedIndexes, job.Status.FailedIndexes));
        Assert.Equal((2, 3), (job.Status.Succeeded, job.Status.Failed));
        Assert.All((await Cluster.Admin.ListAsync(Kinds.Pods)).Items, pod => Assert.False(pod.IsTracked));
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Jobs));
    }

    [Fact]
    public async Task A_job_fails_by_its_policy_with_the_first_pod_that_matches_it()
    {
        await CreateJobAsync("""{"parallelism":2,"completions":2,"podFailurePolicy":{"rules":[{"action":"FailJob","onExitCodes":{"operator":"In","values":[42]}}]}}""");
        var pod = (await ActivePodsAsync(2))[0];
        await Cluster.PatchAsync($"{Pods}/{pod.Metadata.Name}/status", """{"status":{"phase":"Failed","containerStatuses":[{"name":"c","image":"i","imageID":"","ready":false,"restartCount":0,"state":{"terminated":{"exitCode":42}}}]}}""");
        var job = await WaitForJobAsync(job => job.HasEnded);
        Assert.Equal(("PodFailurePolicy", $"Container c for pod default/{pod.Metadata.Name} failed with exit code 42 matching FailJob rule at index 0"),
            (job.ConditionOf(JobView.Failed)!.Reason, job.ConditionOf(JobView.Failed)!.Message));
        Assert.Equal(2, job.Status!.Failed);
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Jobs));
    }

    [Fact]
    public async Task A_job_has_succeeded_when_its_policy_is_met_and_its_other_pods_go()
    {
        await CreateJobAsync("""{"completionMode":"Indexed","completions":3,"parallelism":3,"successPolicy":{"rules":[{"succeededIndexes":"0"}]}}""");
        await EndAsync((await ActivePodsAsync(3)).Find(pod => pod.Index == 0)!, "Succeeded");
        var job = await WaitForJobAsync(job => job.HasEnded);
        Assert.Equal(("SuccessPolicy", 1, null), (job.ConditionOf(JobView.Complete)?.Reason, job.Status!.Succeeded, job.Status.Failed));
        Assert.Single((await Cluster.Admin.ListAsync(Kinds.Pods)).Items);
    }

    [Fact]
    public async Task A_pod_that_is_deleted_before_it_has_a_node_is_replaced_when_it_has_ended()
    {
        await CreateJobAsync("""{"podReplacementPolicy":"Failed"}""");
        var pod = (await ActivePodsAsync(1))[0];
        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", pod.Metadata.Name);
        await WhileTimePassesAsync(Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods is [{ IsActive: true } only] && only.Uid != pod.Uid));
        await WaitForJobAsync(job => job.Status?.Failed == 1);
    }

    private Task CreateJobAsync(string spec, string template = """{"spec":{"restartPolicy":"Never","containers":[{"name":"c","image":"i"}]}}""")
    {
        var separator = spec == "{}" ? "" : ",";
        return Cluster.CreateAsync(Jobs, $$"""{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"job"},"spec":{{spec[..^1]}}{{separator}}"template":{{template}} } }""");
    }

    private async Task<List<PodView>> ActivePodsAsync(int count) =>
        [.. (await Cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count(pod => pod.IsActive) == count)).Where(pod => pod.IsActive)];

    private async Task<JobView> WaitForJobAsync(Func<JobView, bool> condition) =>
        (await Cluster.WaitAsync(Kinds.Jobs, "default", "job", job => job is not null && condition(job)))!;

    private Task EndAsync(PodView pod, string phase) => Cluster.PatchAsync($"{Pods}/{pod.Metadata.Name}/status", $$"""{"status":{"phase":"{{phase}}"} }""");

    private Task<T> WhileTimePassesAsync<T>(Task<T> awaited) => Cluster.WhileTimePassesAsync(awaited, TimeSpan.FromSeconds(1));
}
