using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>What the node refuses to run: a pod that asks for it fails at once, with the reason in its status.</summary>
internal static class PodAdmission
{
    // Those that are kept apart for each pod and harm no other (https://kubernetes.io/docs/tasks/administer-cluster/sysctl-cluster/).
    private static readonly HashSet<string> SafeSysctls = new(StringComparer.Ordinal)
    {
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ip_local_reserved_ports", "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem",
    };

    /// <summary>Why the pod is refused; null when it may run.</summary>
    public static PodFailure? Refusal(V1Pod pod)
    {
        var context = pod.Spec.SecurityContext;
        foreach (var sysctl in context?.Sysctls ?? [])
            if (!SafeSysctls.Contains(sysctl.Name.Replace('/', '.')))
                return new("SysctlForbidden", $"forbidden sysctl: \"{sysctl.Name}\" not allowlisted");
        if (pod.Spec.HostUsers == false)
            return new("UserNamespacesNotSupported", "spec.hostUsers: false asks for a user namespace, which this node does not support; leave the field out");
        if (context?.SupplementalGroupsPolicy == "Strict")
            return new("SupplementalGroupsPolicyNotSupported", "spec.securityContext.supplementalGroupsPolicy: \"Strict\" is not supported by this node; use Merge");
        foreach (var container in pod.AllContainers)
        {
            if (container.RestartPolicyRules?.Any(r => r.Action == "RestartAllContainers") == true)
                return new("RestartAllContainersNotSupported", $"container {container.Name}: restartPolicyRules with action RestartAllContainers are not supported by this node; use Restart");
            if (container.Lifecycle?.StopSignal is { Length: > 0 } signal && signal != "SIGTERM")
                return new("StopSignalNotSupported", $"container {container.Name}: lifecycle.stopSignal \"{signal}\" is not supported by this node's runtime; set STOPSIGNAL in the image");
        }
        return null;
    }
}
