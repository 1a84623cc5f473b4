using Slipway.Controllers.Tests.Workloads;
using static Slipway.Controllers.Tests.Jobs.JobObjects;

namespace Slipway.Controllers.Tests.Jobs;

/// <summary>Plans of Jobs that say when pods, indexes and the Job itself have failed or succeeded.</summary>
public sealed class JobPoliciesTests
{
    private const string PerIndex = """ "completionMode":"Indexed","completions":3,"parallelism":3,"backoffLimit":2147483647,"backoffLimitPerIndex":1 """;
    private const string Rules = """ "podFailurePolicy":{"rules":[{"action":"FailJob","onExitCodes":{"operator":"In","values":[42]}},{"action":"Ignore","onExitCodes":{"operator":"In","values":[3]}},{"action":"FailIndex","onExitCodes":{"operator":"In","values":[4]}}]} """;
    private const string Started = """{"startTime":"2026-01-01T11:00:00Z"}""";

    [Theory]
    // pods; what is created as index:failures+ignored, failed indexes, uids to free, seconds until it looks again
    [InlineData("", "0:0 1:0 2:0", "", "", null)]
    [InlineData("a Failed index=1 failures=0 ended=4", "0:0 2:0", "", "", 6)]
    [InlineData("a Failed index=1 failures=0 ended=10", "0:0 1:1 2:0", "", "", null)]
    [InlineData("a Failed index=1 ended=10,b Running index=1 failures=1", "0:0 2:0", "", "a", null)] // it bears the count, so the other may go
    [InlineData("a Failed index=1 ended=60,b Failed index=1 failures=1 ended=10", "0:0 2:0", "1", "a b", null)]
    [InlineData("b Failed index=1 failures=1 ignored=1 ended=10 exit=3", "0:0 2:0", "", "", 30)] // what is ignored delays all the same
    [InlineData("b Failed index=1 failures=1 ignored=1 ended=40 exit=3", "0:0 1:1+2 2:0", "", "", null)]
    [InlineData("a Failed index=1 failures=0 ended=1 exit=4", "0:0 2:0", "1", "a", null)]
    [InlineData("a Failed index=1 ended=60,b Succeeded index=1 failures=1", "0:0 2:0", "", "a b", null)]
    [InlineData("a Failed index=1 failures=x ended=10", "0:0 1:1 2:0", "", "", null)]
    [InlineData("a Failed index=7 ended=10", "0:0 1:0 2:0", "", "a", null)]
    [InlineData("a Running index=1 x", "0:0 2:0", "", "", null)] // it waits to see how it ends
    public void Each_index_is_tried_again_by_itself(string pods, string created, string failed, string freed, int? again)
    {
        var plan = JobPlan.For(Job($$"""{ {{PerIndex}},{{Rules}} }""", Started), Pods(pods), Make.Now);
        Assert.Equal(created, string.Join(' ', plan.Create.Select(pod => $"{pod.Index}:{pod.Failures!.Value.Counted}{(pod.Failures.Value.Ignored > 0 ? $"+{pod.Failures.Value.Ignored}" : "")}")));
        Assert.Equal((failed, freed, again), (plan.Status.FailedIndexes, string.Join(' ', plan.Untrack.Select(pod => pod.Uid).Order()), (int?)plan.Again?.TotalSeconds));
    }

    [Theory]
    // more of the spec, status, pods, conditions
    [InlineData("", """ "completedIndexes":"0" """, "a Failed index=1 failures=1,b Running index=2", "")]
    [InlineData("", """ "completedIndexes":"0","failedIndexes":"1" """, "b Running index=2 failures=0", "")]
    [InlineData("", """ "completedIndexes":"0","failedIndexes":"1" """, "b Succeeded index=2", "FailureTarget/FailedIndexes")]
    [InlineData("", """ "completedIndexes":"0","failedIndexes":"1,2" """, "", "FailureTarget/FailedIndexes Failed/FailedIndexes")]
    [InlineData("", """ "failedIndexes":"0-2" """, "", "FailureTarget/FailedIndexes Failed/FailedIndexes")]
    [InlineData("", """ "completedIndexes":"0-2" """, "", "SuccessCriteriaMet/CompletionsReached Complete/CompletionsReached")]
    [InlineData(""","maxFailedIndexes":1""", """ "failedIndexes":"1" """, "b Running index=2", "")]
    [InlineData(""","maxFailedIndexes":1""", """ "failedIndexes":"1" """, "a Failed index=0 failures=1,b Running index=2", "FailureTarget/MaxFailedIndexesExceeded")]
    [InlineData(""","backoffLimit":1""", """ "failed":1 """, "a Failed index=0 ended=1", "FailureTarget/BackoffLimitExceeded")] // also the one that waits for its replacement
    [InlineData(""","successPolicy":{"rules":[{"succeededIndexes":"1"}]}""", """ "failedIndexes":"0" """, "a Succeeded index=1,b Running index=2", "SuccessCriteriaMet/SuccessPolicy")]
    public void A_job_ends_by_its_indexes(string more, string status, string pods, string conditions) =>
        Assert.Equal(conditions, Conditions(JobPlan.For(Job($$"""{ {{PerIndex}}{{more}} }""", $$"""{"startTime":"2026-01-01T11:00:00Z",{{status}} }"""), Pods(pods), Make.Now)));

    [Fact]
    public void A_failed_pod_is_counted_once_when_its_replacement_bears_the_failure()
    {
        var job = Job($$"""{ {{PerIndex}} }""", Started);
        var plan = JobPlan.For(job, Pods("a Failed index=1 ended=10,b Running index=0,c Running index=2"), Make.Now);
        Assert.Equal((1, new IndexFailures(1, 0)), (plan.Create[0].Index, plan.Create[0].Failures));
        Assert.Null(plan.Status.UncountedTerminatedPods!.Failed);
        Assert.Empty(plan.Untrack);

        // Stopped before it was created, or before the cache tells: the same again.
        Assert.Equal(plan.Create, JobPlan.For(job with { Status = plan.Status }, Pods("a Failed index=1 ended=10,b Running index=0,c Running index=2"), Make.Now).Create);

        plan = JobPlan.For(job with { Status = plan.Status }, Pods("a Failed index=1 ended=10,b Running index=0,c Running index=2,d Pending index=1 failures=1"), Make.Now);
        Assert.Equal(["a"], plan.Status.UncountedTerminatedPods!.Failed);
        Assert.Equal(["a"], plan.Untrack.Select(pod => pod.Uid));

        // The replacement fails before the first was freed: the index has failed, and both count.
        plan = JobPlan.For(job with { Status = plan.Status }, Pods("a Failed index=1 ended=10,d Failed index=1 failures=1 ended=1"), Make.Now);
        Assert.Equal("1", plan.Status.FailedIndexes);
        Assert.Equal(["a", "d"], plan.Status.UncountedTerminatedPods!.Failed);
        plan = JobPlan.For(job with { Status = plan.Status }, [], Make.Now);
        Assert.Equal((2, "1"), (plan.Status.Failed, plan.Status.FailedIndexes));
        Assert.Equal([0, 2], plan.Create.Select(pod => pod.Index));
    }

    [Fact]
    public void A_job_that_fails_counts_and_frees_the_pods_that_waited_to_be_replaced()
    {
        var job = Job($$"""{ {{PerIndex}},"activeDeadlineSeconds":1 }""", Started);
        var plan = JobPlan.For(job, Pods("a Failed index=1 ended=1,b Running index=0"), Make.Now);
        Assert.Equal("FailureTarget/DeadlineExceeded", Conditions(plan));
        Assert.Equal(["a", "b"], plan.Status.UncountedTerminatedPods!.Failed);
        Assert.Equal(["a", "b"], plan.Untrack.Select(pod => pod.Uid));
    }

    [Fact]
    public void A_rule_fails_the_job_at_once_and_for_good()
    {
        var job = Job($$"""{"parallelism":2,"completions":2,"backoffLimit":6,{{Rules}} }""", Started);
        var plan = JobPlan.For(job, Pods("a Failed exit=42,b Running"), Make.Now);
        Assert.Equal("FailureTarget/PodFailurePolicy", Conditions(plan));
        Assert.Equal("Container c for pod a/a failed with exit code 42 matching FailJob rule at index 0", plan.Status.Conditions![0].Message);
        Assert.Equal(["b"], plan.Delete.Select(pod => pod.Uid));

        // Not before all of its pods have ended.
        plan = JobPlan.For(job with { Status = plan.Status }, Pods("b Running x free"), Make.Now);
        Assert.Equal(("FailureTarget/PodFailurePolicy", 1, 2), (Conditions(plan), plan.Status.Terminating, plan.Status.Failed));

        plan = JobPlan.For(job with { Status = plan.Status }, [], Make.Now);
        Assert.Equal("FailureTarget/PodFailurePolicy Failed/PodFailurePolicy", Conditions(plan));
        Assert.Equal(plan.Status.Conditions![0].Message, plan.Status.Conditions[1].Message);
    }

    [Fact]
    public void A_failure_that_is_ignored_is_not_counted_and_delays_the_next_pod()
    {
        var job = Job($$"""{"completions":1,"backoffLimit":0,{{Rules}} }""", Started);
        var plan = JobPlan.For(job, Pods("a Failed exit=3 ended=4"), Make.Now);
        Assert.Equal(("", null, null), (Conditions(plan), plan.Status.Failed, plan.Status.UncountedTerminatedPods!.Failed));
        Assert.Equal(["a"], plan.Untrack.Select(pod => pod.Uid));
        Assert.Equal(TimeSpan.FromSeconds(6), plan.Again);
        Assert.Single(JobPlan.For(job with { Status = plan.Status }, Pods("a Failed exit=3 ended=10 free"), Make.Now).Create);
    }

    [Fact]
    public void A_success_policy_that_is_met_ends_pods_without_counting_them()
    {
        var job = Job("""{"completionMode":"Indexed","completions":3,"parallelism":3,"successPolicy":{"rules":[{"succeededIndexes":"0"}]}}""", Started);
        var plan = JobPlan.For(job, Pods("a Succeeded index=0,b Running index=1,c Failed index=2"), Make.Now);
        Assert.Equal("SuccessCriteriaMet/SuccessPolicy", Conditions(plan));
        Assert.Equal("Matched rules at index 0", plan.Status.Conditions![0].Message);
        Assert.Equal(["b"], plan.Delete.Select(pod => pod.Uid));
        Assert.Equal(["c"], plan.Status.UncountedTerminatedPods!.Failed);
        Assert.Equal(["a", "b", "c"], plan.Untrack.Select(pod => pod.Uid).Order());

        // Stopped before the deletion.
        plan = JobPlan.For(job with { Status = plan.Status }, Pods("b Running index=1 free"), Make.Now);
        Assert.Equal(["b"], plan.Delete.Select(pod => pod.Uid));

        plan = JobPlan.For(job with { Status = plan.Status }, [], Make.Now);
        Assert.Equal("SuccessCriteriaMet/SuccessPolicy Complete/SuccessPolicy", Conditions(plan));
        Assert.Equal((1, "0", 1, Make.Now), (plan.Status.Succeeded, plan.Status.CompletedIndexes, plan.Status.Failed, plan.Status.CompletionTime));
    }

    [Theory]
    // policy, pods; how many are created, terminate, are listed as failed
    [InlineData("TerminatingOrFailed", "a Running x", 1, 1, 1)]
    [InlineData("Failed", "a Running x", 0, 1, 0)]
    [InlineData("Failed", "a Running x,b Pending x", 0, 2, 0)]
    [InlineData("Failed", "a Running free", 0, 1, 0)] // its deletion was begun
    [InlineData("Failed", "a Running x free", 0, 1, 0)]
    [InlineData("Failed", "a Failed x ended=10", 1, 0, 1)]
    [InlineData("Failed", "a Failed x ended=4", 0, 0, 1)]
    public void A_pod_is_replaced_when_it_is_deleted_or_when_it_has_ended(string policy, string pods, int created, int terminating, int failed)
    {
        var plan = JobPlan.For(Job($$"""{"completions":1,"podReplacementPolicy":"{{policy}}"}""", Started), Pods(pods), Make.Now);
        Assert.Equal((created, terminating, failed), (plan.Create.Count, plan.Status.Terminating, plan.Status.UncountedTerminatedPods!.Failed?.Count ?? 0));
    }

    [Fact]
    public void An_index_whose_pod_terminates_waits_while_others_do_not()
    {
        var plan = JobPlan.For(Job("""{"completionMode":"Indexed","completions":3,"parallelism":2,"podReplacementPolicy":"Failed"}""", Started), Pods("a Running index=0 x"), Make.Now);
        Assert.Equal([new JobPod(1)], plan.Create);
    }

    [Theory]
    // pods; those that are deleted, indexes that are created, uids that are freed, those that are listed as failed
    [InlineData("a Running index=0,b Running index=1,c Running index=2", "c", "", "", "")] // it had more indexes
    [InlineData("a Running index=0,b Running index=0 Ready=True", "a", "1", "", "")]
    [InlineData("a Running index=0,b Running", "b", "1", "", "")]
    [InlineData("a Running index=0,b Running index=1,c Failed index=2 ended=10", "", "", "c", "")]
    [InlineData("a Running index=0,b Running index=1,c Succeeded index=2", "", "", "c", "")]
    public void An_indexed_job_has_one_pod_for_each_of_its_indexes_and_no_others(string pods, string deleted, string created, string freed, string failed)
    {
        var plan = JobPlan.For(Job("""{"completionMode":"Indexed","completions":2,"parallelism":2}""", Started), Pods(pods), Make.Now);
        Assert.Equal((deleted, created, freed, failed, true), (Uids(plan.Delete), string.Join(' ', plan.Create.Select(pod => pod.Index)), Uids(plan.Untrack),
            string.Join(' ', plan.Status.UncountedTerminatedPods!.Failed ?? []), plan.Uncount));

        static string Uids(IEnumerable<PodView> pods) => string.Join(' ', pods.Select(pod => pod.Uid));
    }

    [Fact]
    public void A_suspended_job_that_ends_was_not_resumed()
    {
        var job = Job("""{"completions":1,"suspend":true}""", """{"succeeded":1,"conditions":[{"type":"Suspended","status":"True","reason":"JobSuspended"}]}""");
        Assert.Equal("Suspended/JobSuspended SuccessCriteriaMet/CompletionsReached Complete/CompletionsReached", Conditions(JobPlan.For(job, [], Make.Now)));
    }

    [Fact]
    public void More_ends_than_the_list_takes_are_counted_by_later_passes_and_not_replaced_meanwhile()
    {
        var pods = Pods(string.Join(',', Enumerable.Range(0, 600).Select(i => $"p{i} Succeeded")));
        var plan = JobPlan.For(Job("""{"completions":600,"parallelism":600}""", Started), pods, Make.Now);
        Assert.Equal((500, 500, 0), (plan.Status.UncountedTerminatedPods!.Succeeded!.Count, plan.Untrack.Count, plan.Create.Count));
        Assert.Equal("SuccessCriteriaMet/CompletionsReached", Conditions(plan));
        plan = JobPlan.For(Job("""{"completions":600,"parallelism":600}""", Started) with { Status = plan.Status }, pods[500..], Make.Now);
        Assert.Equal((500, 100), (plan.Status.Succeeded, plan.Status.UncountedTerminatedPods!.Succeeded!.Count));
    }
}
