using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Keeps the phases of persistent volumes, and releases those whose claim is gone
/// (<see href="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#reclaiming"/>).
/// </summary>
internal sealed class VolumeBinder(Informer<VolumeView> volumes, Informer<ClaimView> claims, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    private readonly Written<VolumeView> _written = new();

    public static void Register(ControllerHost host)
    {
        var volumes = host.Informer(Kinds.Volumes);
        var claims = host.Informer(Kinds.Claims);
        var byClaim = volumes.AddIndex(static volume => volume.Spec.ClaimRef is { } owner ? [owner.Key.ToString()] : []);
        host.Add("persistentvolume", new VolumeBinder(volumes, claims, host.Api, host.Events("persistentvolume-controller"), host.Clock))
            .For(volumes)
            .Watches(claims, change => byClaim.Find(change.Key.ToString()).Select(Kinds.Volumes.KeyOf));
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_written.Newest(key, volumes) is not { } volume)
            return Result.Done;
        var owner = volume.Spec.ClaimRef?.Key;
        var plan = VolumePlan.For(volume, owner is { } claim ? claims.Get(claim) : null);
        // Data may go with a release: what it follows from is read anew.
        if (plan is VolumePlan.Be { Phase: "Released" or "Failed" } be && be.Phase != volume.Phase && owner is { } gone)
            plan = VolumePlan.For(volume, await api.GetAsync(Kinds.Claims, gone.Namespace, gone.Name, cancellation));
        switch (plan)
        {
            case VolumePlan.Be now:
                if (await new VolumeStatus(api, _written, clock).BeAsync(volume, now.Phase, now.Report?.Message, cancellation))
                    now.Report?.Tell(events, volume);
                break;
            case VolumePlan.Unbind:
                _written.Add(key, await api.PatchAsync(Kinds.Volumes, null, volume.Name, VolumeBinding.Undone(volume), cancellation: cancellation));
                break;
        }
        return Result.Done;
    }
}
