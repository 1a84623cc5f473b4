using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>The phase of a pod, as Kubernetes defines it (https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/).</summary>
internal static class PodPhases
{
    /// <summary>
    /// A pod has ended when none of its containers can still run, however it came to its end: whoever reads so starts what must not run beside it.
    /// </summary>
    public static string Of(V1Pod pod, PodState state)
    {
        if (!state.Containers.Values.Any(c => c.Phase is ContainerPhase.Running or ContainerPhase.Starting) && End(pod, state) is { } end)
            return end;
        return pod.Spec.Containers.All(c => state.Container(c.Name) is var r
            && (r.Phase == ContainerPhase.Exited || r.Exit is not null || r.LastExit is not null || ContainerHealth.IsHooked(c, r))) ? "Running" : "Pending";
    }

    // How a pod ends whose containers have all ended; null when it does not.
    private static string? End(V1Pod pod, PodState state)
    {
        if (state.Failure is not null || InitFailed(pod, state))
            return "Failed";
        var ending = state.IsGone || pod.Metadata.DeletionTimestamp is not null;
        var records = pod.Spec.Containers.Select(c => (Spec: c, Record: state.Container(c.Name))).ToList();
        if (records.All(r => r.Record.Phase == ContainerPhase.Exited && (ending || !PodSpecs.Restarts(pod, r.Spec, r.Record.Exit!))))
            return records.All(r => r.Record.Succeeded) ? "Succeeded" : "Failed";
        return ending && AllEnded(pod, state) ? "Failed" : null;
    }

    /// <summary>Whether no container of the pod will run again, whoever is still running.</summary>
    public static bool IsDone(V1Pod pod, PodState state) => InitFailed(pod, state)
        || pod.Spec.Containers.All(c => state.Container(c.Name) is { Phase: ContainerPhase.Exited } record && !PodSpecs.Restarts(pod, c, record.Exit!));

    /// <summary>Whether a sandbox that is stopped is followed by another: nothing brings the pod to its end.</summary>
    public static bool GoesOn(V1Pod pod, PodState state) =>
        state is { Failure: null, IsGone: false } && pod.Metadata.DeletionTimestamp is null && !IsDone(pod, state);

    /// <summary>
    /// The phase that is told. Whoever reads that a pod has ended gives its devices to the next; so a pod that claims some is told to have
    /// ended when they have been given back.
    /// </summary>
    public static string Told(V1Pod pod, PodState state)
    {
        var phase = Of(pod, state);
        if (phase is not ("Succeeded" or "Failed") || !HoldsDevices(pod, state)) return phase;
        return pod.EveryContainer.Any(c => state.Container(c.Name).Id.Length > 0) ? "Running" : "Pending";
    }

    // What has been told already is not taken back by who goes on after a restart.
    private static bool HoldsDevices(V1Pod pod, PodState state) => pod.Spec.ResourceClaims is { Count: > 0 } && state.Failure?.IsRefusal != true
        && state.Volumes.Phase != VolumesPhase.Removed && pod.Status?.Phase is not ("Succeeded" or "Failed");

    private static bool InitFailed(V1Pod pod, PodState state) => pod.InitContainers.Any(c =>
        state.Container(c.Name) is { Phase: ContainerPhase.Exited, Exit.Code: not 0 } record && !PodSpecs.Restarts(pod, c, record.Exit!));

    // Deleted before all of its containers had been started, and none runs any more.
    private static bool AllEnded(V1Pod pod, PodState state) => state.Sandbox.Phase is SandboxPhase.Stopped or SandboxPhase.Removing or SandboxPhase.Removed
        && pod.EveryContainer.All(c => state.Container(c.Name).Phase is ContainerPhase.Exited or ContainerPhase.Waiting);
}
