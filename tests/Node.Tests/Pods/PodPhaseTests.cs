using k8s.Models;
using Slipway.Node.Cri;
using Slipway.Node.Pods;
using Slipway.Node.Runtime;

namespace Slipway.Node.Tests.Pods;

public sealed class PodPhaseTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Each container is written as its name and phase; exits have a code.</summary>
    [Theory]
    [InlineData("", "main:Running", "Running")]
    [InlineData("Evicted", "main:Running", "Running")]
    [InlineData("Evicted", "main:Starting", "Pending")]
    [InlineData("Evicted", "main:Waiting", "Failed Evicted")]
    [InlineData("Evicted", "main:0", "Failed Evicted")]
    [InlineData("DeadlineExceeded", "main:Running", "Running")]
    [InlineData("DeadlineExceeded", "main:143", "Failed DeadlineExceeded")]
    [InlineData("DeadlineExceeded", "main:0 side:Running", "Running")]
    [InlineData("DeadlineExceeded", "main:0 side:143", "Failed DeadlineExceeded")]
    [InlineData("DeadlineExceeded", "main:Waiting init:Running", "Pending")]
    [InlineData("DeadlineExceeded", "main:Waiting init:143", "Failed DeadlineExceeded")]
    [InlineData("", "main:Waiting init:1 side:Running", "Pending")]
    [InlineData("", "main:Waiting init:1 side:143", "Failed")]
    [InlineData("", "main:0 side:Running", "Running")]
    [InlineData("", "main:0 side:Starting", "Running")]
    [InlineData("", "main:0 side:143", "Succeeded")]
    public void A_pod_has_ended_when_none_of_its_containers_can_run(string failure, string containers, string told)
    {
        var pod = Pod();
        var state = new PodState { StartTime = Now, Failure = failure.Length > 0 ? new(failure, "why") : null };
        foreach (var container in containers.Split(' ').Select(c => c.Split(':')))
        {
            var record = new ContainerRecord(container[0]) { Id = "c", StartedAt = Now };
            state = state.With(int.TryParse(container[1], out var code)
                ? record with { Phase = ContainerPhase.Exited, Exit = new("c", code, "", "", Now, Now) }
                : record with { Phase = Enum.Parse<ContainerPhase>(container[1]) });
        }
        var status = PodStatusBuilder.Build(pod, state, new("192.0.2.1"), [], Now);
        Assert.Equal(told, $"{status.Phase} {status.Reason}".TrimEnd());
        Assert.Equal(failure.Length > 0 && status.Phase == "Failed" ? "why" : null, status.Message);
    }

    [Theory]
    [InlineData(59, 0, null)]
    [InlineData(59, 3, null)]
    [InlineData(60, 0, "DeadlineExceeded")]
    [InlineData(63, 143, "DeadlineExceeded")]
    public void A_container_that_ended_unseen_was_ended_by_the_deadline_if_that_had_passed(int after, int code, string? reason)
    {
        var pod = Pod();
        pod.Spec.ActiveDeadlineSeconds = 60;
        var state = new PodState { StartTime = Now }.With(new ContainerRecord("main")
        {
            Id = "c", Phase = ContainerPhase.Exited, Exit = new("c", code, "", "", Now, Now.AddSeconds(after)),
        });
        Assert.Equal(reason, PodPlan.Decide(pod, state, Now.AddSeconds(90)).State.Failure?.Reason);
        pod.Status = new() { Phase = code == 0 ? "Succeeded" : "Failed" };
        Assert.Null(PodPlan.Decide(pod, state, Now.AddSeconds(90)).State.Failure); // what has been told stays
    }

    [Fact]
    public void What_a_sidecar_takes_for_its_end_does_not_count_for_the_deadline()
    {
        var pod = Pod();
        pod.Spec.ActiveDeadlineSeconds = 60;
        var state = new PodState { StartTime = Now }
            .With(new ContainerRecord("main") { Id = "m", Phase = ContainerPhase.Exited, Exit = new("m", 0, "", "", Now, Now.AddSeconds(59)) })
            .With(new ContainerRecord("side") { Id = "s", Phase = ContainerPhase.Running, StartedAt = Now });
        state = PodPlan.Decide(pod, state, Now.AddSeconds(80)).State;
        Assert.Null(state.Failure);
        state = PodTransitions.Apply(state, new PodEvent.ContainerEnded("side", new("s", 137, "Error", "", Now, Now.AddSeconds(89))), Now.AddSeconds(89));
        Assert.Equal((null, "Succeeded"), (PodPlan.Decide(pod, state, Now.AddSeconds(89)).State.Failure, PodPhases.Of(pod, state)));
    }

    [Theory]
    [InlineData("Never", 143, "Error", "ContainerStatusUnknown")]
    [InlineData("Never", 255, "Unknown", "ContainerStatusUnknown")]
    [InlineData("Never", 0, "Completed", null)]
    [InlineData("Never", 137, "OOMKilled", null)]
    [InlineData("Always", 255, "Unknown", null)]
    public void A_container_that_went_with_its_sandbox_has_not_failed_by_itself(string policy, int code, string reason, string? failure)
    {
        var pod = Pod();
        pod.Spec.RestartPolicy = policy;
        pod.Spec.ActiveDeadlineSeconds = 60;
        PodState Of(bool isLost) => new PodState { StartTime = Now }.With(new ContainerRecord("main")
        {
            Id = "c", Phase = ContainerPhase.Exited, Exit = new("c", code, reason, "", Now, Now.AddSeconds(30)) { IsLost = isLost },
        });
        Assert.Equal(failure, PodPlan.Decide(pod, Of(isLost: true), Now.AddSeconds(40)).State.Failure?.Reason);
        Assert.Null(PodPlan.Decide(pod, Of(isLost: false), Now.AddSeconds(40)).State.Failure);
        pod.Status = new() { Phase = "Failed" };
        Assert.Null(PodPlan.Decide(pod, Of(isLost: true), Now.AddSeconds(40)).State.Failure); // what has been told stays
    }

    [Theory]
    [InlineData(false, false, true)]
    [InlineData(false, true, false)]
    [InlineData(true, false, false)]
    public void An_end_that_was_not_told_of_is_that_of_the_sandbox_if_it_has_ended_too(bool isReady, bool isTold, bool isLost)
    {
        var pod = Pod();
        var end = new V1ContainerStateTerminated { ContainerID = "containerd://c", ExitCode = 143, Reason = "Error" };
        pod.Status = new() { Phase = "Running", ContainerStatuses = [new() { Name = "main", ContainerID = "containerd://c", State = isTold ? new() { Terminated = end } : new() { Running = new() } }] };
        var container = new ContainerStatus { Id = "c", Metadata = new() { Name = "main" }, State = ContainerState.ContainerExited, StartedAt = 1, FinishedAt = 2, ExitCode = 143 };
        var runtime = new RuntimePod("u", [new() { Id = "s", Metadata = new(), State = isReady ? PodSandboxState.SandboxReady : PodSandboxState.SandboxNotready }], [container]);
        Assert.Equal(isLost, PodAdoption.StateOf(pod, runtime, (_, _, _) => "", _ => null, Now).Container("main").Exit!.IsLost);
        // Of a pod that the runtime has nothing of, nothing is known but what was told.
        Assert.Equal(!isTold, PodAdoption.StateOf(pod, null, (_, _, _) => "", _ => null, Now).Container("main").Exit!.IsLost);
    }

    [Theory]
    [InlineData("Running", "TerminationByKubelet", "Evicted")]
    [InlineData("Running", "EvictionByEvictionAPI", null)]
    [InlineData("Succeeded", "TerminationByKubelet", null)]
    public void An_eviction_goes_on_when_the_agent_is_started_again(string phase, string reason, string? failure)
    {
        var pod = Pod();
        pod.Status = new() { Phase = phase, StartTime = Now.UtcDateTime, Conditions = [new() { Type = "DisruptionTarget", Status = "True", Reason = reason, Message = "low on memory" }] };
        var container = new ContainerStatus { Id = "c", Metadata = new() { Name = "main" }, State = ContainerState.ContainerRunning, StartedAt = 1 };
        var state = PodAdoption.StateOf(pod, new RuntimePod("u", [], [container]), (_, _, _) => "", _ => null, Now);
        Assert.Equal(failure is null ? null : new PodFailure(failure, "low on memory"), state.Failure);
    }

    private static V1Pod Pod() => new()
    {
        Metadata = new() { Name = "p", NamespaceProperty = "default", Uid = "u" },
        Spec = new()
        {
            RestartPolicy = "Never",
            InitContainers = [new() { Name = "init", Image = "x:1" }, new() { Name = "side", Image = "x:1", RestartPolicy = "Always" }],
            Containers = [new() { Name = "main", Image = "x:1" }],
        },
    };
}
