using System.Text;

namespace Slipway.Controllers.Tests.Jobs;

public sealed class JobPlanTests
{
    private static readonly DateTime Now = new(2026, 1, 1, 12, 0, 0, DateTimeKind.Utc);

    [Theory]
    // spec, pods as "phase" with - for untracked and x for being deleted; active wanted, created
    [InlineData("{}", "", 1)]
    [InlineData("""{"parallelism":3}""", "", 3)]
    [InlineData("""{"parallelism":3,"completions":2}""", "", 2)]
    [InlineData("""{"parallelism":3,"completions":5}""", "Running Succeeded-", 2)]
    [InlineData("""{"parallelism":0,"completions":5}""", "", 0)]
    [InlineData("""{"parallelism":2}""", "Running Succeeded", 0)]
    [InlineData("""{"parallelism":2,"completions":9}""", "Pendingx", 2)]
    [InlineData("""{"parallelism":2,"suspend":true}""", "", 0)]
    public void As_many_pods_run_as_are_wanted(string spec, string pods, int created) =>
        Assert.Equal(created, JobPlan.For(Job(spec), Pods(pods), Now).Create.Count);

    [Fact]
    public void A_pod_that_ends_is_listed_then_freed_then_counted()
    {
        var job = Job("""{"completions":2}""");
        var pods = Pods("Succeeded");
        var plan = JobPlan.For(job, pods, Now);
        Assert.Equal(["u0"], plan.Status.UncountedTerminatedPods!.Succeeded);
        Assert.Null(plan.Status.Succeeded);
        Assert.Null(plan.Status.Conditions);
        Assert.Equal(["u0"], plan.Untrack.Select(pod => pod.Uid));

        // Stopped before the finalizer was removed: again.
        job = job with { Status = plan.Status };
        plan = JobPlan.For(job, pods, Now);
        Assert.Equal(["u0"], plan.Status.UncountedTerminatedPods!.Succeeded);
        Assert.Null(plan.Status.Succeeded);
        Assert.Equal(["u0"], plan.Untrack.Select(pod => pod.Uid));

        plan = JobPlan.For(job, Pods("Succeeded-"), Now);
        Assert.Equal(1, plan.Status.Succeeded);
        Assert.Null(plan.Status.UncountedTerminatedPods!.Succeeded);

        // Counted once, also when the pod is still there, or gone.
        job = job with { Status = plan.Status };
        Assert.Equal(1, JobPlan.For(job, Pods("Succeeded-"), Now).Status.Succeeded);
        Assert.Equal(1, JobPlan.For(job, [], Now).Status.Succeeded);
    }

    [Fact]
    public void A_listed_pod_that_is_gone_is_counted()
    {
        var job = Job("{}", """{"startTime":"2026-01-01T11:00:00Z","uncountedTerminatedPods":{"failed":["a"],"succeeded":["b","c"]},"failed":1}""");
        var status = JobPlan.For(job, [], Now).Status;
        Assert.Equal((2, 2), (status.Succeeded, status.Failed));
    }

    [Fact]
    public void A_pod_that_is_deleted_while_it_runs_has_failed()
    {
        var plan = JobPlan.For(Job("""{"completions":1}"""), Pods("Runningx"), Now);
        Assert.Equal(["u0"], plan.Status.UncountedTerminatedPods!.Failed);
        Assert.Equal(1, plan.Status.Terminating);
    }

    [Fact]
    public void A_job_completes_when_its_pods_are_counted()
    {
        var job = Job("""{"completions":1}""", """{"startTime":"2026-01-01T11:00:00Z"}""");
        var plan = JobPlan.For(job, Pods("Succeeded"), Now);
        Assert.Equal("SuccessCriteriaMet/CompletionsReached", Conditions(plan));
        Assert.Null(plan.Status.CompletionTime);

        plan = JobPlan.For(job with { Status = plan.Status }, Pods("Succeeded-"), Now.AddSeconds(1));
        Assert.Equal("SuccessCriteriaMet/CompletionsReached Complete/CompletionsReached", Conditions(plan));
        Assert.Equal(Now.AddSeconds(1), plan.Status.CompletionTime);
        Assert.Equal("Reached expected number of succeeded pods", plan.Status.Conditions![1].Message);
    }

    [Theory]
    [InlineData("""{"backoffLimit":1}""", "Failed Failed", "FailureTarget/BackoffLimitExceeded")]
    [InlineData("""{"backoffLimit":1}""", "Failed", "")]
    [InlineData("""{"backoffLimit":0}""", "Failed-", "")] // counted before, and the status says none
    [InlineData("""{"activeDeadlineSeconds":3600}""", "Running", "FailureTarget/DeadlineExceeded")]
    [InlineData("""{"activeDeadlineSeconds":3601}""", "Running", "")]
    [InlineData("""{"activeDeadlineSeconds":3600,"suspend":true}""", "", "Suspended/JobSuspended")]
    [InlineData("""{"completions":0}""", "", "SuccessCriteriaMet/CompletionsReached Complete/CompletionsReached")]
    [InlineData("""{"parallelism":2}""", "Succeeded Running", "")] // a work queue ends with its last worker
    [InlineData("""{"parallelism":2}""", "Succeeded Failed", "SuccessCriteriaMet/CompletionsReached")]
    public void A_job_ends_with_upstreams_reasons(string spec, string pods, string conditions) =>
        Assert.Equal(conditions, Conditions(JobPlan.For(Job(spec, """{"startTime":"2026-01-01T11:00:00Z"}"""), Pods(pods), Now)));

    [Fact]
    public void A_failed_job_ends_its_pods_and_fails_when_they_are_gone()
    {
        var job = Job("""{"activeDeadlineSeconds":1,"parallelism":2}""", """{"startTime":"2026-01-01T11:00:00Z"}""");
        var plan = JobPlan.For(job, Pods("Running Pending"), Now);
        Assert.Equal(["u0", "u1"], plan.Delete.Select(pod => pod.Uid));
        Assert.False(plan.Uncount);
        Assert.Equal(["u0", "u1"], plan.Status.UncountedTerminatedPods!.Failed);
        Assert.Equal((null, 2), (plan.Status.Active, plan.Status.Terminating));

        job = job with { Status = plan.Status };
        plan = JobPlan.For(job, Pods("Runningx- Pendingx-"), Now);
        Assert.Equal("FailureTarget/DeadlineExceeded", Conditions(plan));
        Assert.Equal(2, plan.Status.Failed);
        Assert.Empty(plan.Delete);

        plan = JobPlan.For(job with { Status = plan.Status }, [], Now);
        Assert.Equal("FailureTarget/DeadlineExceeded Failed/DeadlineExceeded", Conditions(plan));
        Assert.Null(plan.Status.CompletionTime);
        Assert.Equal(0, plan.Status.Terminating);
    }

    [Fact]
    public void A_job_that_is_decided_stays_so_although_its_spec_is_changed()
    {
        var job = Job("""{"backoffLimit":9,"parallelism":3}""", """{"startTime":"2026-01-01T11:00:00Z","conditions":[{"type":"FailureTarget","status":"True","reason":"BackoffLimitExceeded"}]}""");
        Assert.Empty(JobPlan.For(job, [], Now).Create);
    }

    [Fact]
    public void Restarts_count_as_retries_when_containers_are_restarted()
    {
        var pod = Pod("""{"metadata":{"uid":"u","finalizers":["batch.kubernetes.io/job-tracking"]},"spec":{"restartPolicy":"OnFailure"},"status":{"phase":"Running","containerStatuses":[{"restartCount":2},{"restartCount":1}]}}""");
        Assert.Equal("FailureTarget/BackoffLimitExceeded", Conditions(JobPlan.For(Job("""{"backoffLimit":3}"""), [pod], Now)));
        Assert.Equal("", Conditions(JobPlan.For(Job("""{"backoffLimit":4}"""), [pod], Now)));
    }

    [Fact]
    public void A_suspended_job_gives_up_its_pods_without_counting_them_and_starts_anew()
    {
        var job = Job("""{"suspend":true,"activeDeadlineSeconds":10}""", """{"startTime":"2026-01-01T11:00:00Z"}""");
        var plan = JobPlan.For(job, Pods("Running"), Now);
        Assert.Equal("Suspended/JobSuspended", Conditions(plan));
        Assert.Single(plan.Delete);
        Assert.True(plan.Uncount);
        Assert.Null(plan.Status.UncountedTerminatedPods!.Failed);

        job = job with { Status = plan.Status, Spec = Job("""{"activeDeadlineSeconds":10}""").Spec };
        plan = JobPlan.For(job, [], Now);
        Assert.Equal("Suspended/JobResumed", Conditions(plan));
        Assert.Equal(Now, plan.Status.StartTime);
        Assert.Single(plan.Create);
        Assert.Equal(TimeSpan.FromSeconds(10), plan.Again);
    }

    [Fact]
    public void Fewer_pods_are_wanted_the_youngest_that_are_not_ready_go()
    {
        var pods = new[] { Running("old", 1, ready: false), Running("ready", 3, ready: true), Running("young", 2, ready: false) };
        var plan = JobPlan.For(Job("""{"parallelism":1}"""), pods, Now);
        Assert.Equal(["young", "old"], plan.Delete.Select(pod => pod.Uid));
        Assert.True(plan.Uncount);
        Assert.Equal((1, 1), (plan.Status.Active, plan.Status.Ready));
    }

    [Fact]
    public void A_pod_whose_deletion_was_begun_is_deleted_and_replaced()
    {
        var plan = JobPlan.For(Job("""{"completions":1}"""), Pods("Running-"), Now);
        Assert.Equal(["u0"], plan.Delete.Select(pod => pod.Uid));
        Assert.Single(plan.Create);
    }

    [Theory]
    [InlineData("F10", 0.0)] // it failed 10 s ago
    [InlineData("F4", 6.0)]
    [InlineData("F4 F9", 16.0)]
    [InlineData("F1 F2 F3", 39.0)]
    [InlineData("F1 F2 F3 S2", 9.0)] // a success in between
    [InlineData("F1 S0", 0.0)]
    [InlineData("F0 F0 F0 F0 F0 F0 F0 F0", 600.0)]
    [InlineData("", 0.0)]
    public void Failures_delay_the_next_pod_ever_longer(string ends, double seconds)
    {
        var pods = ends.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(end => Ended(end[0] == 'F' ? "Failed" : "Succeeded", Now.AddSeconds(-int.Parse(end[1..]))));
        Assert.Equal(seconds, JobBackoff.Left(pods, Now)?.TotalSeconds ?? 0);
    }

    [Fact]
    public void During_backoff_nothing_is_created_and_the_job_looks_again()
    {
        var plan = JobPlan.For(Job("{}"), [Ended("Failed", Now.AddSeconds(-4))], Now);
        Assert.Empty(plan.Create);
        Assert.Equal(TimeSpan.FromSeconds(6), plan.Again);
    }

    [Fact]
    public void An_indexed_job_runs_each_index_until_it_succeeds()
    {
        var job = Job("""{"completions":5,"parallelism":3,"completionMode":"Indexed"}""", """{"completedIndexes":"0"}""");
        var pods = new[] { Indexed("a", 1, "Running"), Indexed("b", 2, "Succeeded"), Indexed("c", 9, "Succeeded") };
        var plan = JobPlan.For(job, pods, Now);
        Assert.Equal([new JobPod(3), new JobPod(4)], plan.Create);
        Assert.Equal(("0,2", 2), (plan.Status.CompletedIndexes, plan.Status.Succeeded));
        Assert.Equal(["b", "c"], plan.Untrack.Select(pod => pod.Uid));

        job = Job("""{"completions":2,"parallelism":1,"completionMode":"Indexed"}""", """{"completedIndexes":"0,1"}""");
        Assert.Equal("SuccessCriteriaMet/CompletionsReached Complete/CompletionsReached", Conditions(JobPlan.For(job, [], Now)));
    }

    [Theory]
    [InlineData(100, 50.0, false)]
    [InlineData(50, null, true)]
    [InlineData(0, null, true)]
    public void An_ended_job_lives_as_long_as_it_is_given(int ttl, double? again, bool expired)
    {
        var job = Job($$"""{"ttlSecondsAfterFinished":{{ttl}}}""", """{"conditions":[{"type":"Complete","status":"True","lastTransitionTime":"2026-01-01T11:59:10Z"}]}""");
        var plan = JobPlan.For(job, Pods("Succeeded"), Now);
        Assert.Equal((again, expired), (plan.Again?.TotalSeconds, plan.Expired));
        Assert.Single(plan.Untrack);
        Assert.Same(job.Status, plan.Status);
    }

    private static string Conditions(JobPlan plan) => string.Join(' ', (plan.Status.Conditions ?? []).Select(condition => $"{condition.Type}/{condition.Reason}"));

    private static JobView Job(string spec, string status = "null") =>
        Kinds.Jobs.Read(Encoding.UTF8.GetBytes($$"""{"metadata":{"name":"j","namespace":"a","uid":"job"},"spec":{{spec}},"status":{{status}} }"""));

    private static PodView Pod(string json) => Kinds.Pods.Read(Encoding.UTF8.GetBytes(json));

    private static PodView[] Pods(string texts) => [.. texts.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((text, i) => Pod($$"""
        {"metadata":{"name":"p{{i}}","uid":"u{{i}}","creationTimestamp":"2026-01-01T00:00:00Z"
          {{(text.Contains('-') ? "" : ",\"finalizers\":[\"batch.kubernetes.io/job-tracking\"]")}}
          {{(text.Contains('x') ? ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"" : "")}} },
         "status":{"phase":"{{text.TrimEnd('-', 'x')}}"} }
        """))];

    private static PodView Running(string uid, int second, bool ready) => Pod($$"""
        {"metadata":{"name":"{{uid}}","uid":"{{uid}}","creationTimestamp":"2026-01-01T00:00:0{{second}}Z","finalizers":["batch.kubernetes.io/job-tracking"]},
         "status":{"phase":"Running","conditions":[{"type":"Ready","status":"{{(ready ? "True" : "False")}}"}]} }
        """);

    private static PodView Ended(string phase, DateTime time) => Pod($$$"""
        {"metadata":{"name":"p","uid":"{{{Guid.NewGuid()}}}"},"status":{"phase":"{{{phase}}}","containerStatuses":[{"state":{"terminated":{"finishedAt":"{{{time:yyyy-MM-ddTHH:mm:ssZ}}}"} } }]} }
        """);

    private static PodView Indexed(string uid, int index, string phase) => Pod($$"""
        {"metadata":{"name":"{{uid}}","uid":"{{uid}}","annotations":{"batch.kubernetes.io/job-completion-index":"{{index}}"},"finalizers":["batch.kubernetes.io/job-tracking"]},"status":{"phase":"{{phase}}"} }
        """);
}
