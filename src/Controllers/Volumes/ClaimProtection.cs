using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Lets claims go that are deleted when no pod uses them any more
/// (<see href="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection"/>).
/// </summary>
internal sealed class ClaimProtection(Informer<ClaimView> claims, InformerIndex<PodView> podsByClaim, IApi api) : IReconciler
{
    /// <summary>Holds claims.</summary>
    public const string Finalizer = "kubernetes.io/pvc-protection";

    public static void Register(ControllerHost host)
    {
        var claims = host.Informer(Kinds.Claims);
        var pods = host.Informer(Kinds.Pods);
        host.Add("pvc-protection", new ClaimProtection(claims, pods.AddIndex(static pod => pod.ClaimNames.Select(claim => KeyOf(pod, claim).ToString())), host.Api))
            .For(claims)
            .Watches(pods, change => change.Old is { Spec.Volumes: not null } old && change.New?.Uid != old.Uid ? old.ClaimNames.Select(claim => KeyOf(old, claim)) : []);
    }

    /// <summary>Whether a pod keeps its claims: from when it has a node until it is no more. Without a node it will find that the claim is going.</summary>
    public static bool Uses(PodView pod, string claim) => pod.NodeName is not null && pod.ClaimNames.Contains(claim);

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (claims.Get(key) is not { } claim)
            return Result.Done;
        var isHeld = Finalizers.Has(claim, Finalizer);
        if (!claim.IsBeingDeleted && !isHeld)
            await Finalizers.AddAsync(api, Kinds.Claims, claim, Finalizer, cancellation);
        else if (claim.IsBeingDeleted && isHeld && !await IsUsedAsync(key, cancellation))
            await Finalizers.RemoveAsync(api, Kinds.Claims, claim, Finalizer, cancellation);
        return Result.Done;
    }

    // The cache may be behind a pod that has just been bound.
    private async Task<bool> IsUsedAsync(ObjectKey claim, CancellationToken cancellation) =>
        podsByClaim.Find(claim.ToString()).Any(pod => Uses(pod, claim.Name))
        || (await api.ListAsync(Kinds.Pods, claim.Namespace, cancellation: cancellation)).Items.Any(pod => Uses(pod, claim.Name));

    private static ObjectKey KeyOf(PodView pod, string claim) => new(pod.Metadata.NamespaceProperty, claim);
}
