using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows.Tests;

public class PodTroubleTests
{
    [Theory]
    [InlineData("InvalidImageName", "bad", 0)]
    [InlineData("ErrImagePull", "failed to resolve reference: slipway.local/x:1: not found", 0)]
    [InlineData("ImagePullBackOff", "pull access denied", 0)]
    [InlineData("ErrImagePull", "pulling from host r failed with status code [manifests 1]: 403 Forbidden", 0)]
    [InlineData("ErrImagePull", "\"slipway.local/x:1\" is not on this node; load it with \"slipway image load\"", 0)]
    [InlineData("ImagePullBackOff", "connection refused", 60)]
    [InlineData("CreateContainerConfigError", "secret \"s\" not found", null)]
    [InlineData("ContainerCreating", "MountVolume.SetUp failed for volume \"m0\" : configmap \"nonesuch\" not found", null)]
    [InlineData("PodInitializing", "MountVolume.SetUp failed for volume \"m0\" : secret \"nonesuch\" not found", null)]
    [InlineData("ContainerCreating", null, null)]
    public void A_pod_that_cannot_start_is_given_up_in_time(string reason, string? message, int? seconds)
    {
        var run = new RunSimulation("- { name: a, command: [a] }");
        run.Start();
        run.Pod("a").Status = new V1PodStatus
        {
            Phase = "Pending",
            StartTime = run.Now.UtcDateTime,
            ContainerStatuses = [new V1ContainerStatus { Name = "task", Image = "x:1", State = new V1ContainerState { Waiting = new V1ContainerStateWaiting { Reason = reason, Message = message } } }],
        };
        var plan = run.Plan();
        Assert.Equal(seconds == 0, plan.GiveUp.Count == 1);
        Assert.Equal(seconds > 0 ? run.Now.AddSeconds(seconds.Value) : null, plan.NextDeadline);
        if (message is not null)
            Assert.Contains(message, plan.Status.Message, StringComparison.Ordinal);
        if (seconds is not { } wait)
            return;

        run.Now = run.Now.AddSeconds(wait);
        var hopeless = Assert.Single(run.Plan().GiveUp);
        run.Record(hopeless.Pod, AttemptSources.None, hopeless);
        Assert.Equal(wait == 0 ? (FlowPhase.Failed, AttemptReason.ImagePull) : (FlowPhase.Running, AttemptReason.RegistryUnavailable), (run.Plan().Status.Phase, run.Attempts[0].Reason));
        Assert.Contains("image x:1 could not be pulled", run.Plan().Status.Message, StringComparison.Ordinal);
        Assert.Contains("slipway image load", run.Plan().Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_scheduler_says_becomes_part_of_a_sentence()
    {
        var run = new RunSimulation("- { name: a, waitLimit: 5m, command: [a] }");
        run.Start();
        run.Pod("a").Metadata.CreationTimestamp = run.Now.UtcDateTime;
        run.Pod("a").Status = new V1PodStatus
        {
            Phase = "Pending",
            Conditions = [new V1PodCondition { Type = "PodScheduled", Status = "False", Message = "0/1 nodes are available. Request less or add a larger node." }],
        };
        run.Now = run.Now.AddMinutes(6);
        Assert.Equal(
            "a waited for its start longer than its waitLimit: a waits for a node: 0/1 nodes are available. Request less or add a larger node; raise waitLimit, or give it room",
            Assert.Single(run.Plan().GiveUp).Message);
        Assert.Equal(("", "a", "and so on..", "one two"), (PodTrouble.OneLine(null), PodTrouble.OneLine("a."), PodTrouble.OneLine("and so on.."), PodTrouble.OneLine("one\n two.\n")));
    }

    [Theory]
    [InlineData("db", "a in sidecar db: image dbb:1 could not be pulled: dbb:1: not found")]
    [InlineData("step-fetch", "a in step fetch: image y:1 could not be pulled: y:1: not found")]
    public void A_sidecar_or_step_that_cannot_start_is_told(string container, string message)
    {
        var run = new RunSimulation("- { name: a, steps: [{ name: fetch, image: 'y:1', command: [f] }, { name: load, command: [l] }], sidecars: [{ name: db, image: 'dbb:1' }] }");
        run.Start();
        var image = run.Pod("a").Spec.InitContainers.Single(c => c.Name == container).Image;
        run.Pod("a").Status = new V1PodStatus
        {
            Phase = "Pending",
            InitContainerStatuses = [new V1ContainerStatus { Name = container, Image = "", State = new V1ContainerState { Waiting = new V1ContainerStateWaiting { Reason = "ErrImagePull", Message = $"{image}: not found" } } }],
            ContainerStatuses = [new V1ContainerStatus { Name = "task", State = new V1ContainerState { Waiting = new V1ContainerStateWaiting { Reason = "PodInitializing" } } }],
        };
        Assert.StartsWith(message, Assert.Single(run.Plan().GiveUp).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_task_whose_mount_is_missing_says_so_also_when_its_wait_is_over()
    {
        var run = new RunSimulation("- { name: a, command: [a], waitLimit: 5m, mounts: [{ path: /x, configMap: nonesuch }] }");
        run.Start();
        run.Pod("a").Metadata.CreationTimestamp = run.Now.UtcDateTime;
        run.Pod("a").Status = new V1PodStatus
        {
            Phase = "Pending",
            ContainerStatuses = [new V1ContainerStatus { Name = "task", State = new V1ContainerState { Waiting = new V1ContainerStateWaiting { Reason = "ContainerCreating", Message = "configmap \"nonesuch\" not found" } } }],
        };
        const string Waits = "a waits: configmap \"nonesuch\" not found; create what is missing or correct mounts";
        Assert.Equal(Waits, run.Plan().Status.Message);
        run.Now = run.Now.AddMinutes(5);
        Assert.Contains(Waits, Assert.Single(run.Plan().GiveUp).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("step-fetch", 0)]
    [InlineData("db", 1)]
    public void A_step_that_runs_has_been_waited_for_and_a_sidecar_has_not(string container, int givenUp)
    {
        var run = new RunSimulation("- { name: a, waitLimit: 5m, steps: [{ name: fetch, command: [f] }, { name: load, command: [l] }], sidecars: [{ name: db, image: 'db:1' }] }");
        run.Start();
        run.Pod("a").Metadata.CreationTimestamp = run.Now.UtcDateTime;
        run.Pod("a").Status = new V1PodStatus
        {
            Phase = "Pending",
            InitContainerStatuses = [new V1ContainerStatus { Name = container, State = new V1ContainerState { Running = new V1ContainerStateRunning() } }],
        };
        run.Now = run.Now.AddMinutes(6);
        Assert.Equal(givenUp, run.Plan().GiveUp.Count);
    }

    [Fact]
    public void A_pod_without_a_node_says_why_and_is_waited_for()
    {
        var run = new RunSimulation("- { name: a, command: [a] }");
        run.Start();
        run.Pod("a").Status = new V1PodStatus
        {
            Phase = "Pending",
            Conditions = [new V1PodCondition { Type = "PodScheduled", Status = "False", Reason = "Unschedulable", Message = "0/1 nodes are available: 1 Insufficient memory." }],
        };
        Assert.Equal("a waits for a node: 0/1 nodes are available: 1 Insufficient memory", run.Plan().Status.Message);
        Assert.Null(run.Plan().NextDeadline);
    }

    [Theory]
    [InlineData("CommandNotFound", 127, "command not found: x is in no directory of PATH (/bin) of the image", "a: command not found: x is in no directory of PATH (/bin) of the image; correct command or image")]
    [InlineData("OutputMissing", 125, "output f: the command ended with 0 but did not write /out/f", "a: output f: the command ended with 0 but did not write /out/f")]
    [InlineData("Error", 1, "", "a ended with exit code 1; see slipway logs f-1 a")]
    public void A_report_is_told_in_one_line(string reason, int exitCode, string message, string told)
    {
        var run = new RunSimulation("- { name: a, command: [a] }");
        run.Start();
        run.End("a", exitCode, reason, message: message);
        Assert.Equal((reason, told), (run.Attempts[0].Reason, run.Attempts[0].Message));
    }

    [Fact]
    public void A_timeout_is_told_from_other_failures()
    {
        var run = new RunSimulation("- { name: a, command: [a], timeout: 1h30m }");
        run.Start();
        run.EndWithout("a", new V1PodStatus { Phase = "Failed", Reason = "DeadlineExceeded" });
        Assert.Equal("Timeout", run.Attempts[0].Reason);
        Assert.StartsWith("a ran longer than its timeout of 1h30m; raise timeout", run.Attempts[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Success_without_a_report_is_believed_only_without_outputs()
    {
        var run = new RunSimulation("- { name: a, command: [a] }\n- { name: b, command: [b], image: 'y@sha256:00', outputs: { files: { f: /out/f } } }");
        run.Start();
        run.EndWithout("a", new V1PodStatus { Phase = "Succeeded" });
        run.EndWithout("b", new V1PodStatus { Phase = "Succeeded" });
        Assert.Equal(["Succeeded", "ReportMissing"], run.Attempts.Select(a => a.Reason));
    }

    [Fact]
    public void A_deleted_pod_counts_as_ended_when_nobody_can_end_it()
    {
        var run = new RunSimulation("- { name: a, command: [a] }");
        run.Start();
        var pod = run.Pod("a");
        Assert.False(AttemptReader.IsEnded(pod, run.Now));
        pod.Metadata.DeletionTimestamp = run.Now.UtcDateTime;
        Assert.True(AttemptReader.IsEnded(pod, run.Now));
        pod.Spec.NodeName = "node-1";
        Assert.False(AttemptReader.IsEnded(pod, run.Now));
        Assert.Equal(run.Now.AddSeconds(60), run.Plan().NextDeadline);
        Assert.True(AttemptReader.IsEnded(pod, run.Now.AddSeconds(60)));
        run.Record(pod, AttemptSources.None);
        Assert.Equal("Deleted", run.Attempts[0].Reason);
    }
}
