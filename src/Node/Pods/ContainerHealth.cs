using k8s.Models;
using Slipway.Node.Probes;

namespace Slipway.Node.Pods;

/// <summary>Why the node ends a container that its pod still wants.</summary>
internal enum ContainerFault { StartupProbe, LivenessProbe, PostStartHook, Resize }

/// <summary>Where a container that runs stands with its hooks and probes.</summary>
internal static class ContainerHealth
{
    /// <summary>Whether its postStart hook is past, or it has none: until then it does not count as running.</summary>
    public static bool IsHooked(V1Container container, ContainerRecord record) =>
        record.Phase == ContainerPhase.Running && (record.PostStart == HookPhase.Done || container.Lifecycle?.PostStart is null);

    /// <summary>Whether it has come up, as its startup probe says.</summary>
    public static bool IsStarted(V1Container container, ContainerRecord record) =>
        IsHooked(container, record) && (record.StartupSucceeded || container.StartupProbe is null);

    /// <summary>Whether it takes requests, as its readiness probe says.</summary>
    public static bool IsReady(V1Container container, ContainerRecord record) =>
        IsStarted(container, record) && (record.ReadinessSucceeded || container.ReadinessProbe is null);

    /// <summary>What is told when a container is ended for a fault.</summary>
    public static string MessageOf(V1Pod pod, V1Container container, ContainerFault fault)
    {
        if (fault == ContainerFault.PostStartHook)
            return "FailedPostStartHook";
        if (fault == ContainerFault.Resize)
            return $"Container {container.Name} resize requires restart";
        var probe = fault == ContainerFault.StartupProbe ? "startup" : "liveness";
        return $"Container {container.Name} failed {probe} probe{(PodSpecs.PolicyOf(pod, container) == "Never" ? "" : ", will be restarted")}";
    }

    /// <summary>How long a container that is ended for a fault has: what the probe says, or else the pod.</summary>
    public static TimeSpan GraceOf(V1Pod pod, V1Container container, ContainerFault fault)
    {
        var probe = fault switch
        {
            ContainerFault.StartupProbe => container.Probe(ProbeKind.Startup),
            ContainerFault.LivenessProbe => container.Probe(ProbeKind.Liveness),
            _ => null,
        };
        return probe?.TerminationGracePeriodSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : pod.TerminationGrace;
    }
}
