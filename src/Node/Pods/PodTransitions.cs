using Slipway.Node.Probes;

namespace Slipway.Node.Pods;

/// <summary>How a pod's state follows from what happens to it.</summary>
internal static class PodTransitions
{
    public static PodState Apply(PodState state, PodEvent change, DateTimeOffset now) => change switch
    {
        PodEvent.Gone => state with { IsGone = true, Removal = state.Removal == RemovalPhase.None ? RemovalPhase.None : RemovalPhase.Deleted },
        PodEvent.SandboxReady e => state with { Sandbox = state.Sandbox with { Phase = SandboxPhase.Ready, Id = e.Id, Addresses = e.Addresses, Retry = null } },
        PodEvent.SandboxFailed e => state with
        {
            Sandbox = state.Sandbox with
            {
                Phase = SandboxPhase.Failed,
                Attempt = state.Sandbox.Attempt + 1,
                Retry = Retry.After(state.Sandbox.Retry, now, "FailedCreatePodSandBox", e.Message),
            },
        },
        // What was begun has a name that may be taken now.
        PodEvent.SandboxInterrupted => state with { Sandbox = state.Sandbox with { Phase = SandboxPhase.None, Attempt = state.Sandbox.Attempt + 1 } },
        PodEvent.SandboxLost e when state.Sandbox is { Phase: SandboxPhase.Ready } sandbox && sandbox.Id == e.Id => state with
        {
            Sandbox = sandbox with { Phase = SandboxPhase.Lost, Attempt = sandbox.Attempt + 1 },
        },
        PodEvent.SandboxStopped => state with { Sandbox = state.Sandbox with { Phase = SandboxPhase.Stopped } },
        PodEvent.SandboxRemoved => state with { Sandbox = state.Sandbox with { Phase = SandboxPhase.Removed } },
        PodEvent.VolumesReady e => state with { Volumes = new() { Phase = VolumesPhase.Ready, RefreshAt = e.RefreshAt, HasChanged = state.Volumes.HasChanged } },
        PodEvent.Evicted e => state with { Failure = state.Failure ?? new(PodFailure.Eviction, e.Message) },
        PodEvent.Resized e => e.Containers.Aggregate(state with { Resize = null }, (s, c) => Runs(s, c.Container, c.Id) is not { } record ? s
            : s.With(c.Restarts ? record with { Fault = ContainerFault.Resize } : record with { Applied = c.Resources })),
        PodEvent.NotResized e when state.Resize is { } resize => state with { Resize = resize with { Phase = e.Phase, Reason = e.Reason, Message = e.Message, RetryAt = now + PodResize.Retry } },
        PodEvent.VolumesChanged => state with { Volumes = state.Volumes with { HasChanged = true } },
        PodEvent.VolumesRefreshed e => state with { Volumes = state.Volumes with { IsRefreshing = false, RefreshAt = e.RefreshAt } },
        PodEvent.VolumesFailed e => state with
        {
            Volumes = new() { Phase = VolumesPhase.Failed, Retry = Retry.After(state.Volumes.Retry, now, "FailedMount", e.Message) },
        },
        PodEvent.VolumesRemoved => state with { Volumes = new() { Phase = VolumesPhase.Removed } },
        PodEvent.ImageReady e => state.With(state.Container(e.Container) with
        {
            Image = ImagePhase.Present,
            ImageId = e.ImageId,
            ImageRef = e.ImageRef,
            ImageProblem = null,
            PullBackOff = default,
        }),
        PodEvent.ImageInterrupted e => state.With(state.Container(e.Container) with { Image = ImagePhase.Unknown }),
        PodEvent.ImageFailed e => state.With(ImageFailed(state.Container(e.Container), e, now)),
        PodEvent.ContainerStarted e => state.With(Replaced(state.Container(e.Container), e.Id) with
        {
            Phase = ContainerPhase.Running,
            StartedAt = e.StartedAt,
            User = e.User,
            Exit = null,
            PostStart = HookPhase.None,
            StartupSucceeded = false,
            ReadinessSucceeded = false,
            Fault = null,
        }),
        PodEvent.PostStartEnded e when Runs(state, e.Container, e.Id) is { } record => state.With(record with
        {
            PostStart = e.Succeeded ? HookPhase.Done : record.PostStart,
            Fault = e.Succeeded ? record.Fault : ContainerFault.PostStartHook,
        }),
        PodEvent.Probed e when Runs(state, e.Container, e.Id) is { } record => state.With(e.Kind switch
        {
            ProbeKind.Readiness => record with { ReadinessSucceeded = e.Succeeded },
            ProbeKind.Startup when e.Succeeded => record with { StartupSucceeded = true },
            _ when e.Succeeded => record,
            ProbeKind.Startup => record with { Fault = ContainerFault.StartupProbe },
            _ => record with { Fault = ContainerFault.LivenessProbe },
        }),
        PodEvent.ContainerFailed e => state.Container(e.Container) is var record ? state.With(record with
        {
            Phase = record.Exit is null ? ContainerPhase.Waiting : ContainerPhase.Exited,
            Problem = Retry.After(record.Problem, now, e.Reason, e.Message),
            // The image may have been removed meanwhile.
            Image = ImagePhase.Unknown,
        }) : state,
        PodEvent.ContainerDidNotStart e => state.With(Ended(Replaced(state.Container(e.Container), e.Exit.ContainerId), e.Exit)),
        PodEvent.ContainerEnded e when state.Container(e.Container) is { Phase: ContainerPhase.Running } record && record.Id == e.Exit.ContainerId =>
            state.With(Ended(record, e.Exit)),
        PodEvent.OutOfMemory e when state.Container(e.Container) is var record && record.Id == e.Id => state.With(record with
        {
            OutOfMemory = true,
            Exit = record.Exit is { } exit && exit.ContainerId == e.Id ? exit with { Reason = "OOMKilled" } : record.Exit,
        }),
        // It runs again already: the end of the one before was such a kill.
        PodEvent.OutOfMemory e when state.Container(e.Container) is { LastExit: { } last } record && last.ContainerId == e.Id =>
            state.With(record with { LastExit = last with { Reason = "OOMKilled" } }),
        PodEvent.StopFailed e => state.With(state.Container(e.Container) with { KillAt = null }),
        PodEvent.PodDeleted => state with { Removal = RemovalPhase.Deleted },
        _ => state,
    };

    private static ContainerRecord? Runs(PodState state, string container, string id) =>
        state.Container(container) is { Phase: ContainerPhase.Running } record && record.Id == id ? record : null;

    private static ContainerRecord Ended(ContainerRecord record, ContainerExit exit) => record with
    {
        Phase = ContainerPhase.Exited,
        Exit = (record.OutOfMemory ? exit with { Reason = "OOMKilled" } : exit) with { IsFault = record.Fault is not null },
        KillAt = null,
        ReadinessSucceeded = false,
        // The policy is asked anew for the next start: with Always, the image is looked for again.
        Image = ImagePhase.Unknown,
    };

    private static ContainerRecord ImageFailed(ContainerRecord record, PodEvent.ImageFailed failure, DateTimeOffset now)
    {
        var backOff = record.PullBackOff.Next(now, now);
        return record with { Image = ImagePhase.Failed, PullBackOff = backOff, ImageProblem = new(failure.Reason, failure.Message, now, now + backOff.Delay) };
    }

    // A new container in the place of one that ended: that one becomes the last state.
    private static ContainerRecord Replaced(ContainerRecord record, string id) => record.Exit is { } exit
        ? record with { Id = id, PreviousId = record.Id, LastExit = exit, Restarts = record.Restarts + 1, Problem = null, KillAt = null, OutOfMemory = false }
        : record with { Id = id, Problem = null, KillAt = null };
}
