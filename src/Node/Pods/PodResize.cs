using System.Globalization;
using k8s.Models;

namespace Slipway.Node.Pods;

internal enum ResizePhase { Running, Pending, Failed }

/// <summary>A change of the resources of containers that run.</summary>
/// <param name="Generation">Generation of the pod that asks for it.</param>
/// <param name="Phase">How far it is.</param>
/// <param name="Reason"><c>Deferred</c>, <c>Infeasible</c> or <c>Error</c>; empty while it is under way.</param>
/// <param name="Message">In words.</param>
/// <param name="RetryAt">When it is tried again.</param>
internal sealed record ResizeState(long Generation, ResizePhase Phase, string Reason = "", string Message = "", DateTimeOffset RetryAt = default);

/// <summary>Decides about changes of resources in place (https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/).</summary>
internal static class PodResize
{
    public static readonly TimeSpan Retry = TimeSpan.FromSeconds(30);

    /// <summary>The containers that run with other resources than their pod says.</summary>
    public static IReadOnlyList<V1Container> Due(V1Pod pod, PodState state) =>
        [.. pod.AllContainers.Where(c => state.Container(c.Name) is { Phase: ContainerPhase.Running, Fault: null, Applied: { } applied } && (Differs(applied, c.Resources, "cpu") || Differs(applied, c.Resources, "memory")))];

    /// <summary>Whether a container must be started again for the change, as its policy says.</summary>
    public static bool NeedsRestart(V1Container container, V1ResourceRequirements applied) => (container.ResizePolicy ?? [])
        .Any(p => p.RestartPolicy == "RestartContainer" && Differs(applied, container.Resources, p.ResourceName));

    /// <summary>Why a pod does not fit as it wants to be; null when it does.</summary>
    /// <param name="others">The other pods of the node.</param>
    public static (string Reason, string Message)? Refusal(V1Pod pod, IEnumerable<V1Pod> others, decimal nodeCpu, decimal nodeMemory)
    {
        var rest = others.Where(o => o.Metadata.Uid != pod.Metadata.Uid && o.Status?.Phase is not ("Succeeded" or "Failed")).ToList();
        foreach (var (resource, capacity) in new[] { ("cpu", nodeCpu), ("memory", nodeMemory) })
        {
            var wanted = PodResources.Requested(pod, resource);
            if (wanted > capacity)
                return ("Infeasible", $"Node didn't have enough capacity: {resource}, requested: {Amount(resource, wanted)}, capacity: {Amount(resource, capacity)}");
            var used = rest.Sum(o => PodResources.Requested(o, resource));
            if (wanted > capacity - used)
                return ("Deferred", $"Node didn't have enough resource: {resource}, requested: {Amount(resource, wanted)}, used: {Amount(resource, used)}, capacity: {Amount(resource, capacity)}");
        }
        return null;
    }

    private static bool Differs(V1ResourceRequirements applied, V1ResourceRequirements? wanted, string resource) =>
        PodSpecs.Amount(applied.Requests, resource) != PodSpecs.Amount(wanted?.Requests, resource) || PodSpecs.Amount(applied.Limits, resource) != PodSpecs.Amount(wanted?.Limits, resource);

    // Thousandths of a core, bytes: as the kubelet's messages have them, without a unit.
    private static string Amount(string resource, decimal amount) => (resource == "cpu" ? amount * 1000 : amount).ToString("0", CultureInfo.InvariantCulture);
}
