using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public class RetryTests
{
    [Theory]
    [InlineData(null, "1 2 4 8")]
    [InlineData("\"10s\"", "10 20 40 80")]
    [InlineData("\"10m\"", "600 600 600 600")]
    [InlineData("""{"first":"2s","factor":3,"limit":"20s"}""", "2 6 18 20")]
    [InlineData("""{"first":"2s","factor":1}""", "2 2 2 2")]
    public void The_waits_of_a_backoff(string? backoff, string seconds)
    {
        var read = RetryBackoff.Parse(backoff is null ? null : JsonNode.Parse(backoff));
        Assert.Equal(seconds, string.Join(' ', Enumerable.Range(1, 4).Select(n => read.After(n, 0.5).TotalSeconds)));
        Assert.True(read.After(1000, 0.5) <= read.Limit);
    }

    [Theory]
    [InlineData(0, 8)]
    [InlineData(0.5, 10)]
    [InlineData(1, 12)]
    public void Jitter_makes_a_wait_longer_or_shorter(double chance, double seconds) =>
        Assert.Equal(seconds, RetryBackoff.Parse(JsonNode.Parse("""{"first":"10s","jitter":0.2}""")).After(1, chance).TotalSeconds);

    [Theory]
    [InlineData("exitCodes: [75]", 75, "Error", true)]
    [InlineData("exitCodes: [75]", 1, "Error", false)]
    [InlineData("reasons: [OutputMissing]", 125, "OutputMissing", true)]
    [InlineData("reasons: [OutputMissing], exitCodes: [3]", 3, "Error", true)]
    [InlineData("reasons: [OutputMissing], exitCodes: [3]", 4, "Error", false)]
    public void Only_what_is_listed_is_tried_again(string only, int exitCode, string reason, bool isRetried)
    {
        var run = new RunSimulation($"- {{ name: a, command: [a], retries: {{ limit: 1, only: {{ {only} }} }} }}");
        run.Start();
        run.End("a", exitCode, reason);
        run.Now = run.Now.AddMinutes(10);
        Assert.Equal(isRetried ? ["a"] : [], run.Start());
        Assert.Equal(isRetried ? FlowPhase.Running : FlowPhase.Failed, run.Plan().Status.Phase);
    }

    [Theory]
    [InlineData("PreemptionByScheduler", null, "Preempted", "a made room on node node-1 for a pod of higher priority: why")]
    [InlineData("DeletionByTaintManager", null, "NodeLost", "a: node node-1 was lost: why")]
    [InlineData("DeletionByPodGC", null, "NodeLost", "a: node node-1 was lost: why")]
    [InlineData("EvictionByEvictionAPI", null, "Evicted", "a was evicted from node node-1: why")]
    [InlineData(null, "Evicted", "Evicted", "a was evicted from node node-1: of the pod")]
    [InlineData(null, "NodeShutdown", "NodeLost", "a: node node-1 was shut down: of the pod")]
    [InlineData(null, "ContainerStatusUnknown", "NodeLost", "a was lost on node node-1: of the pod")]
    [InlineData(null, "OutOfcpu", "NodeRefused", "a: node node-1 refused it: of the pod")]
    public void Faults_of_the_cluster_do_not_count_as_failures_and_have_a_bound_of_their_own(string? disruption, string? reason, string recorded, string message)
    {
        var run = new RunSimulation("- { name: a, command: [a], retries: { faults: 2, only: { exitCodes: [9] } } }");
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(["a"], run.Start());
            run.Pod("a").Spec.NodeName = "node-1";
            run.EndWithout("a", new V1PodStatus
            {
                Phase = "Failed",
                Reason = reason,
                Message = "of the pod",
                Conditions = disruption is null ? null : [new V1PodCondition { Type = "DisruptionTarget", Status = "True", Reason = disruption, Message = "why" }],
            });
            run.Now = run.Now.AddMinutes(10);
        }

        Assert.All(run.Attempts, a => Assert.Equal((recorded, message), (a.Reason, a.Message)));
        Assert.Equal((FlowPhase.Failed, message + " (after 3 attempts)"), (run.Plan().Status.Phase, run.Plan().Status.Message));
    }

    [Theory]
    [InlineData("Unknown", 255, null, "NodeLost", "a was lost on node node-1: how it ended is not known")]
    [InlineData("ContainerStatusUnknown", 137, null, "NodeLost", "a was lost on node node-1: how it ended is not known")]
    [InlineData("ContainerStatusUnknown", 137, """{ "version": 1, "exitCode": 141, "reason": "Signal", "signal": 13 }""", "NodeLost", "a was lost on node node-1: how it ended is not known")]
    [InlineData("ContainerStatusUnknown", 137, """{ "version": 1, "exitCode": 137, "reason": "OutOfMemory" }""", "OutOfMemory", null)]
    [InlineData("ContainerStatusUnknown", 137, """{ "version": 1, "exitCode": 0, "reason": "" }""", "Succeeded", "")]
    [InlineData("Error", 255, null, "Error", "a ended with exit code 255; see slipway logs f-1 a")]
    [InlineData("Error", 255, """{ "version": 1, "exitCode": 255, "reason": "Error" }""", "Error", "a ended with exit code 255; see slipway logs f-1 a")]
    public void An_end_that_nobody_knows_is_none_of_the_task(string ended, int code, string? report, string reason, string? message)
    {
        var run = new RunSimulation("- { name: a, command: [a] }");
        run.Start();
        var pod = run.Pod("a");
        pod.Spec.NodeName = "node-1";
        var end = new V1ContainerStateTerminated { Reason = ended, ExitCode = code, Message = report };
        run.Conclude(pod, new V1PodStatus { Phase = "Failed", ContainerStatuses = [new() { Name = FlowNames.Container, State = new() { Terminated = end } }] });
        var attempt = Assert.Single(run.Attempts);
        Assert.Equal(reason, attempt.Reason);
        if (message is not null)
            Assert.Equal(message, attempt.Message);
    }

    [Fact]
    public void Failures_and_faults_are_counted_apart()
    {
        var run = new RunSimulation("- { name: a, command: [a], retries: { limit: 1, faults: 1 } }");
        foreach (var isFault in new[] { true, false, false })
        {
            Assert.Equal(["a"], run.Start());
            if (isFault)
                run.EndWithout("a", new V1PodStatus { Phase = "Failed", Reason = "Evicted" });
            else
                run.End("a", 1, "Error");
            run.Now = run.Now.AddMinutes(10);
        }

        Assert.Equal("a ended with exit code 1; see slipway logs f-1 a (after 3 attempts)", run.Plan().Status.Message);
    }

    [Fact]
    public void An_attempt_that_waits_too_long_is_given_up_and_its_running_time_does_not_count()
    {
        var run = new RunSimulation("- { name: a, command: [a], waitLimit: 10m, timeout: 1h }");
        run.Start();
        var pod = run.Pod("a");
        pod.Metadata.CreationTimestamp = run.Now.UtcDateTime;
        pod.Status = new V1PodStatus
        {
            Phase = "Pending",
            Conditions = [new V1PodCondition { Type = "PodScheduled", Status = "False", Reason = "Unschedulable", Message = "0/1 nodes are available: 1 Insufficient memory." }],
        };
        Assert.Equal((run.Now.AddMinutes(10), "a waits for a node: 0/1 nodes are available: 1 Insufficient memory"), (run.Plan().NextDeadline, run.Plan().Status.Message));
        run.Now = run.Now.AddMinutes(10);
        var hopeless = Assert.Single(run.Plan().GiveUp);
        run.Running("a");
        Assert.Empty(run.Plan().GiveUp);
        run.Record(hopeless.Pod, AttemptSources.None, hopeless);
        Assert.Equal(
            ("WaitLimit", "a waited for its start longer than its waitLimit: a waits for a node: 0/1 nodes are available: 1 Insufficient memory; raise waitLimit, or give it room"),
            (run.Attempts[0].Reason, run.Attempts[0].Message));
    }
}
