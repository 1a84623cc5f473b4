using k8s.Models;
using Slipway.Node.Cri;
using Slipway.Node.Pods;
using Slipway.Node.Runtime;

namespace Slipway.Node.Tests.Pods;

public sealed class PodAdoptionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_start_that_was_interrupted_is_made_again()
    {
        var container = Adopt(NeverStarted(), reported: null);
        Assert.NotEqual(ContainerPhase.Exited, container.Phase);
        Assert.Equal("", container.Id);
    }

    [Fact]
    public void A_start_that_was_reported_as_failed_stays_so()
    {
        var container = Adopt(NeverStarted(), new()
        {
            Name = "main", ContainerID = "containerd://c1", Image = "", ImageID = "", Ready = false, RestartCount = 0,
            State = new() { Terminated = new() { ContainerID = "containerd://c1", ExitCode = 128, Reason = "StartError", Message = "no such program" } },
        });
        Assert.Equal(ContainerPhase.Exited, container.Phase);
        Assert.Equal("StartError", container.Exit!.Reason);
    }

    [Fact]
    public void An_end_that_nobody_saw_is_taken_from_the_runtime()
    {
        var ended = NeverStarted();
        (ended.StartedAt, ended.ExitCode, ended.Reason) = (1_000_000_000, 3, "Error");
        var container = Adopt(ended, reported: null);
        Assert.Equal((ContainerPhase.Exited, 3), (container.Phase, container.Exit!.Code));
    }

    private static ContainerStatus NeverStarted() => new()
    {
        Id = "c1", Metadata = new() { Name = "main" }, State = ContainerState.ContainerExited, ExitCode = 128, Reason = "StartError",
        Message = "start failed: signal: killed", FinishedAt = 2_000_000_000,
    };

    private static ContainerRecord Adopt(ContainerStatus status, V1ContainerStatus? reported)
    {
        var pod = new V1Pod
        {
            Metadata = new() { Name = "p", Uid = "u" },
            Spec = new() { Containers = [new() { Name = "main" }] },
            Status = reported is null ? null : new() { ContainerStatuses = [reported] },
        };
        return PodAdoption.StateOf(pod, new RuntimePod("u", [], [status]), (_, _, _) => "", _ => null, Now).Container("main");
    }
}
