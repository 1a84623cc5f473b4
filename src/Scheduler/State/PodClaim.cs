namespace Slipway.Scheduler;

/// <summary>A claim of storage that a pod uses.</summary>
/// <param name="Name">Name of the claim.</param>
/// <param name="IsOwn">Whether it is made for the pod and goes with it.</param>
internal readonly record struct PodClaim(string Name, bool IsOwn)
{
    public static IReadOnlyList<PodClaim> Of(PodView pod) => pod.Spec.Volumes is { } volumes
        ? [.. volumes.Select(volume => volume.PersistentVolumeClaim is { } claim ? new PodClaim(claim.ClaimName, false) : new($"{pod.Metadata.Name}-{volume.Name}", true)).Distinct()]
        : [];
}
