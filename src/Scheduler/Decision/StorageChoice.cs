using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>How a pod gets its storage on a node.</summary>
/// <param name="Bind">Volumes that are there, each for a claim.</param>
/// <param name="Provide">Claims for which volumes are to be provided.</param>
/// <param name="Claims">All claims that are not bound yet, those that others see to included.</param>
internal sealed record StorageChoice(IReadOnlyList<(ClaimView Claim, VolumeView Volume)> Bind, IReadOnlyList<ClaimView> Provide, IReadOnlyList<ObjectKey> Claims)
{
    /// <summary>Nothing is to be done: the pod has no claims, or all are bound.</summary>
    public static readonly StorageChoice None = new([], [], []);
}
