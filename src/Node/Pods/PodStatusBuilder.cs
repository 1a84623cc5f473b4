using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>The status of a pod as Kubernetes gives it, from the pod, its worker's state and the time alone.</summary>
internal static class PodStatusBuilder
{
    /// <param name="previous">The conditions written before, whose transition times stay where nothing changes.</param>
    public static V1PodStatus Build(V1Pod pod, PodState state, NodeAddresses node, IReadOnlyList<V1PodCondition> previous, DateTimeOffset now)
    {
        var phase = PodPhases.Told(pod, state);
        var addresses = pod.UsesHostNetwork ? [node.Internal] : state.Sandbox.Addresses;
        // Of a pod that the node has never begun with, it knows no containers.
        var isRefused = state.Failure?.IsRefusal == true;
        var hasAddresses = state.Sandbox.WasReady && addresses.Length > 0;
        return new V1PodStatus
        {
            Phase = phase,
            Reason = phase == "Failed" ? state.Failure?.Reason : null,
            Message = phase == "Failed" ? state.Failure?.Message : null,
            Conditions = PodConditions.Build(pod, state, phase, previous, now),
            InitContainerStatuses = isRefused || pod.InitContainers.Count == 0 ? null : [.. pod.InitContainers.Select(c => Container(pod, c, state, now, isInit: true))],
            ContainerStatuses = isRefused ? null : [.. pod.Spec.Containers.Select(c => Container(pod, c, state, now, isInit: false))],
            EphemeralContainerStatuses = pod.EphemeralContainers is { Count: > 0 } added ? [.. added.Select(c => Ephemeral(pod, c, state, now))] : null,
            HostIP = node.Internal,
            HostIPs = [new V1HostIP { Ip = node.Internal }],
            PodIP = hasAddresses ? addresses[0] : null,
            PodIPs = hasAddresses ? [.. addresses.Select(a => new V1PodIP { Ip = a })] : null,
            QosClass = PodSpecs.QosClass(pod),
            StartTime = state.StartTime.UtcDateTime,
            ObservedGeneration = pod.Metadata.Generation,
        };
    }

    public static V1ContainerStatus Container(V1Pod pod, V1Container container, PodState state, DateTimeOffset now, bool isInit)
    {
        var record = state.Container(container.Name);
        var current = Current(pod, container, record, state, now, isInit);
        // While something else is shown, the last end is the last state.
        var last = current.Terminated is not null || record.Exit is null ? record.LastExit : record.Exit;
        var running = record is { Phase: ContainerPhase.Running, Applied: { Requests.Count: > 0 } or { Limits.Count: > 0 } };
        return new V1ContainerStatus
        {
            Name = container.Name,
            Image = container.Image,
            ImageID = record.ImageRef,
            ContainerID = record.Id.Length == 0 ? null : $"containerd://{record.Id}",
            RestartCount = record.Restarts,
            Resources = running ? record.Applied : null,
            AllocatedResources = running ? record.Applied!.Requests : null,
            VolumeMounts = record.Id.Length == 0 || container.VolumeMounts is not { Count: > 0 } mounts ? null : [.. mounts.Select(Mounted)],
            User = record.Id.Length == 0 ? null : record.User,
            State = current,
            LastState = last is null ? new() : new() { Terminated = Terminated(last) },
            Ready = isInit && !container.IsSidecar ? record.Succeeded : ContainerHealth.IsReady(container, record),
            Started = ContainerHealth.IsStarted(container, record),
        };
    }

    // Of a read-only mount it is told that what is mounted below it need not be.
    private static V1VolumeMountStatus Mounted(V1VolumeMount mount) => new()
    {
        Name = mount.Name,
        MountPath = mount.MountPath,
        ReadOnlyProperty = mount.ReadOnlyProperty == true ? true : null,
        RecursiveReadOnly = mount.ReadOnlyProperty == true ? "Disabled" : null,
    };

    // One that debugs is neither started nor ready for anything.
    private static V1ContainerStatus Ephemeral(V1Pod pod, V1Container container, PodState state, DateTimeOffset now)
    {
        var status = Container(pod, container, state, now, isInit: false);
        (status.Ready, status.Started) = (false, null);
        return status;
    }

    private static V1ContainerState Current(V1Pod pod, V1Container container, ContainerRecord record, PodState state, DateTimeOffset now, bool isInit)
    {
        if (record.Phase == ContainerPhase.Running && record.Fault == ContainerFault.PostStartHook)
            return Waiting("PostStartHookError", "the postStart hook failed; the container is ended");
        if (ContainerHealth.IsHooked(container, record))
            return new() { Running = new() { StartedAt = record.StartedAt.UtcDateTime } };
        var ending = state.Failure is not null || state.IsGone || pod.Metadata.DeletionTimestamp is not null;
        if (!ending && record.ImageProblem is { } image)
        {
            var (reason, message) = ImageProblems.Waiting(image, container.Image, now);
            return Waiting(reason, message);
        }
        if (!ending && record.Problem is { } problem)
            return Waiting(problem.Reason, problem.Message);
        if (record.Exit is { } exit)
        {
            var restarts = !ending && record.Phase == ContainerPhase.Exited && PodSpecs.Restarts(pod, container, exit);
            // A clean end that is none for its fault is never shown as the state: from that, the API lets nothing follow.
            if (restarts && exit.IsFault && now >= record.BackOff.NextAt(exit.FinishedAt) || record.Phase == ContainerPhase.Starting && exit.IsFault)
                return Waiting("ContainerCreating", null);
            return restarts && now < record.BackOff.NextAt(exit.FinishedAt)
                ? Waiting("CrashLoopBackOff", $"back-off {Short(record.BackOff.Delay)} restarting failed container={container.Name} pod={pod.Metadata.Name}_{pod.Key.Namespace}({pod.Metadata.Uid})")
                : new() { Terminated = Terminated(exit) };
        }
        return Waiting(pod.InitContainers.Count > 0 && (isInit ? record.Phase == ContainerPhase.Waiting : !PodConditions.IsInitialized(pod, state)) ? "PodInitializing" : "ContainerCreating",
            ending ? null : (state.Volumes.Retry ?? state.Sandbox.Retry)?.Message);
    }

    private static V1ContainerState Waiting(string reason, string? message) => new() { Waiting = new() { Reason = reason, Message = message } };

    private static V1ContainerStateTerminated Terminated(ContainerExit exit) => new()
    {
        ContainerID = $"containerd://{exit.ContainerId}",
        ExitCode = exit.Code,
        Reason = exit.Reason,
        Message = exit.Message.Length == 0 ? null : exit.Message,
        StartedAt = exit.StartedAt.UtcDateTime,
        FinishedAt = exit.FinishedAt.UtcDateTime,
    };

    // As Go prints durations: 10s, 2m40s, 5m0s.
    private static string Short(TimeSpan time) => time < TimeSpan.FromMinutes(1) ? $"{(int)time.TotalSeconds}s" : $"{(int)time.TotalMinutes}m{time.Seconds}s";
}

/// <summary>Addresses of the node.</summary>
/// <param name="Internal">The address at which the node's agent and pods with the host's network are reached.</param>
internal sealed record NodeAddresses(string Internal);
