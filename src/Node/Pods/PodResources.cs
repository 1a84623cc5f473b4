using k8s.Models;
using Slipway.Node.Linux;

namespace Slipway.Node.Pods;

/// <summary>
/// What a pod asks for and may use as a whole, by its containers or by its own <c>resources</c>
/// (https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers,
/// https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/).
/// </summary>
internal static class PodResources
{
    /// <summary>What it requests of a resource, in the resource's unit (cores, bytes).</summary>
    public static decimal Requested(V1Pod pod, string resource) => Requested(pod, resource, c => RequestOf(c.Resources, resource));

    /// <summary>
    /// What it holds of a resource on its node: a container that still runs with other requests than its pod says, because a change of
    /// them waits, holds the smaller of both.
    /// </summary>
    public static decimal Held(V1Pod pod, PodState state, string resource) => Requested(pod, resource, c => state.Container(c.Name) is { Phase: ContainerPhase.Running, Applied: { } applied }
        ? Math.Min(RequestOf(c.Resources, resource), RequestOf(applied, resource))
        : RequestOf(c.Resources, resource));

    /// <summary>What it may use of a resource; null when some container of it has no limit, and the pod neither.</summary>
    public static decimal? Limit(V1Pod pod, string resource)
    {
        var overhead = PodSpecs.Amount(pod.Spec.Overhead, resource) ?? 0;
        if (PodSpecs.Amount(pod.Spec.Resources?.Limits, resource) is { } whole && whole > 0)
            return whole + overhead;
        return pod.AllContainers.All(c => PodSpecs.Amount(c.Resources?.Limits, resource) > 0)
            ? Total(pod, c => PodSpecs.Amount(c.Resources?.Limits, resource) ?? 0) + overhead
            : null;
    }

    /// <summary>The limits of the pod's cgroup, as the kubelet sets them (ResourceConfigForPod).</summary>
    public static CgroupLimits LimitsOf(V1Pod pod) => new(
        Resources.Shares(Requested(pod, "cpu")),
        Limit(pod, "cpu") is { } cores ? Resources.Quota(cores) : null,
        Limit(pod, "memory") is { } bytes ? (long)bytes : null);

    /// <summary>What a container counts as having requested when memory is short: it has its part of what the pod requests beyond its containers.</summary>
    public static decimal MemoryShare(V1Pod pod, V1Container container)
    {
        var own = RequestOf(container.Resources, "memory");
        if (PodSpecs.Amount(pod.Spec.Resources?.Requests, "memory") is not { } whole)
            return own;
        var beside = Beside(pod).ToList();
        return own + Math.Max(0, whole - beside.Sum(c => RequestOf(c.Resources, "memory"))) / beside.Count;
    }

    private static decimal Requested(V1Pod pod, string resource, Func<V1Container, decimal> amount) =>
        (PodSpecs.Amount(pod.Spec.Resources?.Requests, resource) ?? Total(pod, amount)) + (PodSpecs.Amount(pod.Spec.Overhead, resource) ?? 0);

    // All containers run together with all sidecars; init containers one after the other, each with the sidecars before it.
    private static decimal Total(V1Pod pod, Func<V1Container, decimal> amount)
    {
        decimal sidecars = 0, starting = 0;
        foreach (var container in pod.InitContainers)
        {
            starting = Math.Max(starting, sidecars + amount(container));
            if (container.IsSidecar)
                sidecars += amount(container);
        }
        return Math.Max(starting, sidecars + pod.Spec.Containers.Sum(amount));
    }

    private static IEnumerable<V1Container> Beside(V1Pod pod) => pod.InitContainers.Where(c => c.IsSidecar).Concat(pod.Spec.Containers);

    private static decimal RequestOf(V1ResourceRequirements? resources, string resource) => PodSpecs.Amount(resources?.Requests, resource) ?? 0;
}
