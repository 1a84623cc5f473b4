using k8s.Models;
using Slipway.Node.Pods;

namespace Slipway.Node.Housekeeping;

/// <summary>Whether a pod takes more of the node's disk than its containers' limits for <c>ephemeral-storage</c> allow
/// (<see href="https://kubernetes.io/docs/concepts/storage/ephemeral-storage/#resource-emphemeralstorage-consumption"/>).</summary>
internal static class EphemeralStorage
{
    private const string Resource = "ephemeral-storage";

    /// <summary>Whether there is any limit.</summary>
    public static bool IsLimited(V1Pod pod) => pod.AllContainers.Any(c => Limit(c) is not null);

    /// <summary>Why the pod is evicted; null when it is not.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="containers">Bytes that each container has written over its image and into its log.</param>
    /// <param name="volumes">Bytes in the pod's local volumes.</param>
    public static string? Exceeded(V1Pod pod, IReadOnlyDictionary<string, long> containers, long volumes)
    {
        // All limits of the pod as one: the sum of what runs at the same time.
        var sidecars = pod.InitContainers.Where(c => c.IsSidecar).Concat(pod.Spec.Containers).Sum(c => Limit(c) ?? 0);
        var all = Math.Max(sidecars, pod.InitContainers.Max(c => Limit(c)) ?? 0);
        if (IsLimited(pod) && containers.Values.Sum() + volumes > all)
            return $"Pod ephemeral local storage usage exceeds the total limit of containers {EvictionRules.Quantity((long)all)}. ";
        var greedy = pod.AllContainers.FirstOrDefault(c => Limit(c) is { } limit && containers.GetValueOrDefault(c.Name) > limit);
        return greedy is null ? null : $"Container {greedy.Name} exceeded its local ephemeral storage limit \"{greedy.Resources.Limits[Resource]}\". ";
    }

    private static decimal? Limit(V1Container container) => PodSpecs.Amount(container.Resources?.Limits, Resource);
}
