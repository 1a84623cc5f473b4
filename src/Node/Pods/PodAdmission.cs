using System.Globalization;
using k8s.Models;
using Slipway.Api.Nodes;

namespace Slipway.Node.Pods;

/// <summary>What a node has for pods.</summary>
internal sealed record NodeRoom(decimal Cpus, decimal MemoryBytes, decimal StorageBytes, int Pods);

/// <summary>
/// What the node refuses to run: a pod that asks for it fails at once, with the reason in its status. Reasons and messages are the
/// kubelet's (pkg/kubelet/lifecycle/predicate.go) where that refuses the same.
/// </summary>
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
        if (pod.Spec.Os is { Name: not "linux" })
            return PodFailure.Refused("PodOSNotSupported", "Failed to admit pod as the OS field doesn't match node OS");
        var context = pod.Spec.SecurityContext;
        foreach (var sysctl in context?.Sysctls ?? [])
            if (!SafeSysctls.Contains(sysctl.Name.Replace('/', '.')))
                return PodFailure.Refused("SysctlForbidden", $"forbidden sysctl: \"{sysctl.Name}\" not allowlisted");
        if (pod.Spec.HostUsers == false)
            return PodFailure.Refused("UserNamespacesNotSupported", "spec.hostUsers: false asks for a user namespace, which this node does not support; leave the field out");
        if (context?.SupplementalGroupsPolicy == "Strict")
            return PodFailure.Refused("SupplementalGroupsPolicyNotSupported", "spec.securityContext.supplementalGroupsPolicy: \"Strict\" is not supported by this node; use Merge");
        foreach (var container in pod.AllContainers)
        {
            if (container.RestartPolicyRules?.Any(r => r.Action == "RestartAllContainers") == true)
                return PodFailure.Refused("RestartAllContainersNotSupported", $"container {container.Name}: restartPolicyRules with action RestartAllContainers are not supported by this node; use Restart");
            if (container.Env?.FirstOrDefault(v => v.ValueFrom?.FileKeyRef is not null) is { } variable)
                return PodFailure.Refused("FileKeyRefNotSupported", $"container {container.Name}: env {variable.Name}: valueFrom.fileKeyRef is not supported by this node; use a ConfigMap, a Secret, or read the file in the command");
            if (container.Lifecycle?.StopSignal is { Length: > 0 } signal && signal != "SIGTERM")
                return PodFailure.Refused("StopSignalNotSupported", $"container {container.Name}: lifecycle.stopSignal \"{signal}\" is not supported by this node's runtime; set STOPSIGNAL in the image");
        }
        return null;
    }

    /// <summary>Why a pod does not fit beside those that the node has let in already; null when it does.</summary>
    /// <param name="others">Those that are not done, with what is known of them.</param>
    public static PodFailure? Shortage(V1Pod pod, IReadOnlyList<(V1Pod Pod, PodState? State)> others, NodeRoom room)
    {
        if (others.Count >= room.Pods)
            return OutOf("pods", 1, others.Count, room.Pods);
        foreach (var (resource, capacity, unit) in new[] { ("cpu", room.Cpus, 1000), ("memory", room.MemoryBytes, 1), ("ephemeral-storage", room.StorageBytes, 1) })
        {
            if (PodResources.Requested(pod, resource) is not (> 0 and var requested))
                continue;
            var used = others.Sum(o => o.State is { } state ? PodResources.Held(o.Pod, state, resource) : PodResources.Requested(o.Pod, resource));
            if (requested > capacity - used)
                return OutOf(resource, requested * unit, used * unit, capacity * unit);
        }
        return null;
    }

    /// <summary>Whether a pod asks for nodes with certain labels or names, so that <see cref="Misplacement"/> has to be asked.</summary>
    public static bool ChoosesNodes(V1Pod pod) => pod.Spec.NodeSelector is { Count: > 0 } || RequiredNodes(pod) is not null;

    /// <summary>Why a pod does not belong on the node; null when it does.</summary>
    /// <param name="node">The node's name.</param>
    /// <param name="labels">The node's labels.</param>
    public static PodFailure? Misplacement(V1Pod pod, string node, IReadOnlyDictionary<string, string> labels)
    {
        var fits = (pod.Spec.NodeSelector ?? new Dictionary<string, string>()).All(l => labels.TryGetValue(l.Key, out var value) && value == l.Value)
            && (RequiredNodes(pod) is not { } required || required.Selects(node, labels));
        return fits ? null : PodFailure.Refused("NodeAffinity", "Predicate NodeAffinity failed: node(s) didn't match Pod's node affinity/selector");
    }

    private static NodeSelector? RequiredNodes(V1Pod pod) => pod.Spec.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution is { } required
        ? new() { NodeSelectorTerms = [.. (required.NodeSelectorTerms ?? []).Select(t => new NodeSelectorTerm { MatchExpressions = Requirements(t.MatchExpressions), MatchFields = Requirements(t.MatchFields) })] }
        : null;

    private static List<NodeRequirement> Requirements(IList<V1NodeSelectorRequirement>? all) =>
        [.. (all ?? []).Select(r => new NodeRequirement { Key = r.Key, Operator = r.OperatorProperty, Values = r.Values is null ? null : [.. r.Values] })];

    private static PodFailure OutOf(string resource, decimal requested, decimal used, decimal capacity) => PodFailure.Refused($"OutOf{resource}",
        string.Create(CultureInfo.InvariantCulture, $"Node didn't have enough resource: {resource}, requested: {decimal.Ceiling(requested):0}, used: {decimal.Ceiling(used):0}, capacity: {decimal.Floor(capacity):0}"));
}
