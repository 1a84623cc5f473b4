using System.Collections.Immutable;
using k8s.Models;
using Slipway.Node.Cri;
using Slipway.Node.Runtime;

namespace Slipway.Node.Pods;

/// <summary>Works out a pod's state from what the runtime still has of it and what was last reported.</summary>
internal static class PodAdoption
{
    /// <param name="runtime">What the runtime has; null for nothing.</param>
    /// <param name="message">Reads the termination message of a container that ended while nobody looked: container, attempt, exit code.</param>
    /// <param name="refusal">Why the node does not take a pod that is new to it; null when it does.</param>
    public static PodState StateOf(V1Pod pod, RuntimePod? runtime, Func<V1Container, int, int, string> message, Func<V1Pod, PodFailure?> refusal, DateTimeOffset now)
    {
        var state = new PodState
        {
            StartTime = pod.Status?.StartTime is { } started ? new DateTimeOffset(DateTime.SpecifyKind(started, DateTimeKind.Utc)) : now,
            Failure = pod.Status is { Phase: "Failed", Reason.Length: > 0 } status ? new(status.Reason, status.Message ?? "")
                // An eviction that its containers have not followed yet.
                : EvictionOf(pod) is { } eviction ? new(PodFailure.Eviction, eviction.Message ?? "")
                // What runs already has been let in.
                : runtime is null && pod.Status?.StartTime is null ? refusal(pod) : null,
            Sandbox = Sandbox(pod, runtime),
        };
        foreach (var container in pod.EveryContainer)
            state = state.With(Container(container, runtime, Reported(pod, container.Name), message, now));
        return state;
    }

    private static V1PodCondition? EvictionOf(V1Pod pod) => pod.Status is { Phase: not ("Succeeded" or "Failed"), Conditions: { } conditions }
        ? conditions.FirstOrDefault(PodConditions.IsEviction)
        : null;

    private static SandboxState Sandbox(V1Pod pod, RuntimePod? runtime)
    {
        if (runtime?.Sandboxes is not [var newest, ..])
            return new() { Phase = pod.Status?.Phase is "Succeeded" or "Failed" ? SandboxPhase.Stopped : SandboxPhase.None };
        ImmutableArray<string> addresses = newest.Network is { Ip.Length: > 0 } network ? [network.Ip, .. network.AdditionalIps.Select(a => a.Ip)]
            : [.. (pod.Status?.PodIPs ?? []).Select(p => p.Ip)];
        var ready = newest.State == PodSandboxState.SandboxReady;
        return new()
        {
            Phase = ready ? SandboxPhase.Ready : SandboxPhase.Lost,
            Id = newest.Id,
            Addresses = addresses,
            Attempt = ready ? newest.Metadata.Attempt : newest.Metadata.Attempt + 1,
        };
    }

    private static ContainerRecord Container(V1Container container, RuntimePod? runtime, V1ContainerStatus? reported, Func<V1Container, int, int, string> message, DateTimeOffset now)
    {
        var record = new ContainerRecord(container.Name);
        var own = (runtime?.Containers ?? []).Where(c => c.Metadata.Name == container.Name && !RuntimePod.NeverStarted(c)).ToList();
        if (own is not [var newest, ..])
            return reported is { ContainerID.Length: > 0 } ? Missing(record, reported, now) : record;

        // Who ends by itself while nobody looks leaves its sandbox.
        var wasHeld = runtime!.Sandboxes is not [{ State: PodSandboxState.SandboxNotready }, ..];
        var restarts = (int)newest.Metadata.Attempt;
        record = record with
        {
            Id = newest.Id,
            ImageId = newest.ImageRef,
            ImageRef = reported?.ImageID is { Length: > 0 } image ? image : newest.ImageRef,
            Restarts = restarts,
            BackOff = RestartBackOff.AfterTries(restarts, now),
            StartedAt = CriTime.From(newest.StartedAt),
            User = reported?.ContainerID == $"containerd://{newest.Id}" ? reported.User : null,
            PreviousId = own.Count > 1 ? own[1].Id : "",
            LastExit = own.Count > 1 ? Exit(container, own[1], reported, wasHeld, message) : Exit(reported?.LastState?.Terminated),
        };
        return newest.State == ContainerState.ContainerRunning
            ? record with
            {
                Phase = ContainerPhase.Running,
                Image = ImagePhase.Present,
                Applied = reported?.Resources is { } told && reported.ContainerID == $"containerd://{newest.Id}" ? told : container.Resources ?? new(),
                PostStart = HookPhase.Done,
                StartupSucceeded = reported?.Started == true && reported.ContainerID == $"containerd://{newest.Id}",
                ReadinessSucceeded = reported?.Ready == true && reported.ContainerID == $"containerd://{newest.Id}",
            }
            : record with { Phase = ContainerPhase.Exited, Exit = Exit(container, newest, reported, wasHeld, message) };
    }

    // What has been reported of an end stays as it was reported.
    private static ContainerExit Exit(V1Container container, ContainerStatus status, V1ContainerStatus? reported, bool wasHeld, Func<V1Container, int, int, string> message)
    {
        foreach (var told in new[] { reported?.State?.Terminated, reported?.LastState?.Terminated })
            if (told?.ContainerID == $"containerd://{status.Id}")
                return Exit(told)!;
        var code = status.State == ContainerState.ContainerUnknown ? 137 : status.ExitCode;
        var text = message(container, (int)status.Metadata.Attempt, code);
        return new(status.Id, code,
            status.Reason is { Length: > 0 } reason ? reason : code == 0 ? "Completed" : "Error",
            text.Length > 0 ? text : status.Message,
            CriTime.From(status.StartedAt), CriTime.From(status.FinishedAt)) { IsLost = !wasHeld };
    }

    // The runtime has lost what was reported to run, with its data or its machine.
    private static ContainerRecord Missing(ContainerRecord record, V1ContainerStatus reported, DateTimeOffset now)
    {
        var id = reported.ContainerID[(reported.ContainerID.LastIndexOf('/') + 1)..];
        var exit = Exit(reported.State?.Terminated)
            ?? (reported.State?.Waiting is not null ? Exit(reported.LastState?.Terminated) : null)
            ?? new(id, 137, "ContainerStatusUnknown", "The container could not be located when the node was started again",
                reported.State?.Running?.StartedAt is { } since ? Utc(since) : now, now) { IsLost = true };
        return record with
        {
            Phase = ContainerPhase.Exited,
            Id = id,
            ImageRef = reported.ImageID ?? "",
            Restarts = reported.RestartCount,
            BackOff = RestartBackOff.AfterTries(reported.RestartCount, now),
            Exit = exit,
            LastExit = Exit(reported.LastState?.Terminated),
        };
    }

    private static ContainerExit? Exit(V1ContainerStateTerminated? told) => told is null ? null : new(
        told.ContainerID is { Length: > 0 } id ? id[(id.LastIndexOf('/') + 1)..] : "", told.ExitCode, told.Reason ?? "", told.Message ?? "",
        told.StartedAt is { } started ? Utc(started) : DateTimeOffset.UnixEpoch, told.FinishedAt is { } finished ? Utc(finished) : DateTimeOffset.UnixEpoch);

    private static V1ContainerStatus? Reported(V1Pod pod, string name) =>
        (pod.Status?.InitContainerStatuses ?? []).Concat(pod.Status?.ContainerStatuses ?? []).Concat(pod.Status?.EphemeralContainerStatuses ?? []).FirstOrDefault(c => c.Name == name);

    private static DateTimeOffset Utc(DateTime time) => new(DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
