namespace Slipway.Api;

/// <summary>Where the objects of a resource keep what their <c>scale</c> subresource shows, as dotted paths.</summary>
/// <param name="Desired">The number of replicas that is asked for.</param>
/// <param name="Current">The number of replicas that there are.</param>
/// <param name="Selector">
/// What selects the replicas: a label selector, a map of labels, or its text; null if the resource does not say.
/// </param>
public sealed record ScalePaths(string Desired, string Current, string? Selector)
{
    /// <summary>Where Kubernetes' own workloads keep it.</summary>
    public static ScalePaths Workload { get; } = new("spec.replicas", "status.replicas", "spec.selector");
}
