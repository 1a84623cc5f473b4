using System.Globalization;
using k8s.Models;
using Slipway.Node.Pods;

namespace Slipway.Node.Housekeeping;

/// <summary>What a container takes of something, in bytes, and what it has asked for.</summary>
internal readonly record struct ContainerUse(string Name, long Used, long Requested);

/// <summary>A pod that may be evicted.</summary>
internal sealed record Candidate(V1Pod Pod, IReadOnlyList<ContainerUse> Containers)
{
    public long Used => Containers.Sum(c => c.Used);

    public long Requested => Containers.Sum(c => c.Requested);
}

/// <summary>Who has to go when the node is short of something (https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/).</summary>
internal static class EvictionRules
{
    // From system-cluster-critical on.
    private const int Critical = 2_000_000_000;

    /// <summary>The one that goes: who takes more than was asked for before others, then by priority, then by how much more.</summary>
    public static Candidate? Victim(IEnumerable<Candidate> candidates) => candidates
        .Where(c => (c.Pod.Spec.Priority ?? 0) < Critical)
        .OrderByDescending(c => c.Used > c.Requested)
        .ThenBy(c => c.Pod.Spec.Priority ?? 0)
        .ThenByDescending(c => c.Used - c.Requested)
        .FirstOrDefault();

    /// <summary>Why it goes, in Kubernetes' words.</summary>
    public static string Message(string resource, long threshold, long available, Candidate victim) =>
        $"The node was low on resource: {resource}. Threshold quantity: {Quantity(threshold)}, available: {Quantity(available)}. "
        + string.Concat(victim.Containers.Where(c => c.Used > c.Requested)
            .Select(c => $"Container {c.Name} was using {Quantity(c.Used)}, request is {Quantity(c.Requested)}, has larger consumption of {resource}. "));

    /// <summary>What a container has asked for of a resource, in whole bytes.</summary>
    public static long Requested(V1Container container, string resource) => (long)(PodSpecs.Amount(container.Resources?.Requests, resource) ?? 0);

    internal static string Quantity(long bytes) => bytes == 0 ? "0"
        : bytes % (1 << 20) == 0 ? string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20}Mi")
        : string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10}Ki");
}
