namespace Slipway.Scheduler;

/// <summary>A claim of devices that a pod uses.</summary>
/// <param name="Name">The pod's name for it.</param>
/// <param name="Claim">Name of the claim; null while it has not been made from its template.</param>
/// <param name="IsOwn">Whether it is made for the pod and goes with it.</param>
internal readonly record struct PodDeviceClaim(string Name, string? Claim, bool IsOwn)
{
    /// <summary>The claims of a pod; none for most.</summary>
    public static IReadOnlyList<PodDeviceClaim> Of(PodView pod)
    {
        if (pod.Spec.ResourceClaims is not { Count: > 0 } asked)
            return [];
        var claims = new List<PodDeviceClaim>(asked.Count);
        foreach (var claim in asked)
        {
            if (claim.ResourceClaimName is { } named)
                claims.Add(new(claim.Name, named, IsOwn: false));
            // A status without a name says that the pod needs no claim.
            else if (pod.Status?.ResourceClaimStatuses?.Find(status => status.Name == claim.Name) is not { } made)
                claims.Add(new(claim.Name, null, IsOwn: true));
            else if (made.ResourceClaimName is { } name)
                claims.Add(new(claim.Name, name, IsOwn: true));
        }
        return claims;
    }
}
