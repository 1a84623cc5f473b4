using k8s.Models;
using Slipway.Node.Cri;
using Slipway.Node.Linux;

namespace Slipway.Node.Pods;

/// <summary>Turns requests and limits into cgroup values, as the kubelet does.</summary>
internal static class Resources
{
    public static LinuxContainerResources Of(V1Pod pod, V1Container container, long nodeMemory)
    {
        var requests = container.Resources?.Requests;
        var limits = container.Resources?.Limits;
        // What the pod may use as a whole is the limit of who has none of its own.
        var cpuLimit = LimitOf(pod, limits, "cpu");
        var resources = new LinuxContainerResources
        {
            CpuShares = Shares(PodSpecs.Amount(requests, "cpu") ?? cpuLimit ?? 0),
            MemoryLimitInBytes = (long)(LimitOf(pod, limits, "memory") ?? 0),
            OomScoreAdj = OomScore(PodSpecs.QosClass(pod), (long)PodResources.MemoryShare(pod, container), nodeMemory),
        };
        if (cpuLimit is > 0)
        {
            resources.CpuPeriod = CgroupLimits.CpuPeriod;
            resources.CpuQuota = Quota(cpuLimit.Value);
        }
        return resources;
    }

    /// <summary>CPU shares of an amount of cores: 1024 a core, 2 to 262,144.</summary>
    public static long Shares(decimal cores) => Math.Clamp((long)(cores * 1024), 2, 262_144);

    /// <summary>Microseconds of processor time in each <see cref="CgroupLimits.CpuPeriod"/> for a limit in cores: 1000 at least.</summary>
    public static long Quota(decimal cores) => Math.Max(1000, (long)(cores * CgroupLimits.CpuPeriod));

    /// <summary>Who is killed first when the machine runs out of memory (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/).</summary>
    public static long OomScore(string qosClass, long memoryRequest, long nodeMemory) => qosClass switch
    {
        "Guaranteed" => -997,
        "BestEffort" => 1000,
        _ => Math.Clamp(1000 - 1000 * memoryRequest / Math.Max(1, nodeMemory), 3, 999),
    };

    private static decimal? LimitOf(V1Pod pod, IDictionary<string, ResourceQuantity>? own, string resource) =>
        PodSpecs.Amount(own, resource) ?? PodSpecs.Amount(pod.Spec.Resources?.Limits, resource);
}
