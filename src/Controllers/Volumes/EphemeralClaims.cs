using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Makes the claims that pods declare within their volumes.</summary>
internal sealed class EphemeralClaims(Informer<PodView> pods, Informer<ClaimView> claims, IApi api, EventRecorder events) : IReconciler
{
    public static void Register(ControllerHost host)
    {
        var pods = host.Informer(Kinds.Pods);
        var claims = host.Informer(Kinds.Claims);
        host.Add("ephemeral-volume", new EphemeralClaims(pods, claims, host.Api, host.Events("ephemeral_volume")), workers: 2)
            .Watches(pods, change => change.New is { IsBeingDeleted: false, Spec.Volumes: { } volumes } && volumes.Exists(volume => volume.Ephemeral is not null) ? [change.Key] : [])
            .Watches(claims, change => change is { New: null, Old.Metadata: { } gone } && gone.ControllerOf() is { Kind: "Pod" } owner ? [new(change.Key.Namespace, owner.Name)] : []);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (pods.Get(key) is not { IsActive: true } pod)
            return Result.Done;
        foreach (var volume in (pod.Spec?.Volumes ?? []).Where(volume => volume.Ephemeral is not null))
        {
            var name = EphemeralClaim.NameOf(pod.Metadata.Name, volume.Name);
            var claim = claims.Get(new(key.Namespace, name)) ?? await api.CreateOrGetAsync(Kinds.Claims, EphemeralClaim.For(pod, volume), cancellation);
            if (!EphemeralClaim.IsOf(pod, claim))
                events.Warning(pod, "FailedBinding", $"ephemeral volume {volume.Name}: PVC {key.Namespace}/{name} was not created for pod {key} (pod is not owner)");
        }
        return Result.Done;
    }
}
