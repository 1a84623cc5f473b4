using k8s.Models;
using Slipway.Node.Cri;

namespace Slipway.Node.Pods;

/// <summary>Turns requests and limits into cgroup values, as the kubelet does.</summary>
internal static class Resources
{
    private const long Period = 100_000;

    public static LinuxContainerResources Of(V1Pod pod, V1Container container, long nodeMemory)
    {
        var requests = container.Resources?.Requests;
        var limits = container.Resources?.Limits;
        var cpuLimit = PodSpecs.Amount(limits, "cpu");
        var resources = new LinuxContainerResources
        {
            CpuShares = Shares(PodSpecs.Amount(requests, "cpu") ?? cpuLimit ?? 0),
            MemoryLimitInBytes = (long)(PodSpecs.Amount(limits, "memory") ?? 0),
            OomScoreAdj = OomScore(PodSpecs.QosClass(pod), (long)(PodSpecs.Amount(requests, "memory") ?? 0), nodeMemory),
        };
        if (cpuLimit is > 0)
        {
            resources.CpuPeriod = Period;
            resources.CpuQuota = Math.Max(1000, (long)(cpuLimit.Value * Period));
        }
        return resources;
    }

    /// <summary>CPU shares of an amount of cores: 1024 a core, 2 to 262,144.</summary>
    public static long Shares(decimal cores) => Math.Clamp((long)(cores * 1024), 2, 262_144);

    /// <summary>Who is killed first when the machine runs out of memory (https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/).</summary>
    public static long OomScore(string qosClass, long memoryRequest, long nodeMemory) => qosClass switch
    {
        "Guaranteed" => -997,
        "BestEffort" => 1000,
        _ => Math.Clamp(1000 - 1000 * memoryRequest / Math.Max(1, nodeMemory), 3, 999),
    };
}
