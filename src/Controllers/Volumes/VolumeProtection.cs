using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Lets persistent volumes go that are deleted when no claim is bound to them any more.</summary>
internal sealed class VolumeProtection(Informer<VolumeView> volumes, IApi api) : IReconciler
{
    /// <summary>Holds volumes.</summary>
    public const string Finalizer = "kubernetes.io/pv-protection";

    public static void Register(ControllerHost host)
    {
        var volumes = host.Informer(Kinds.Volumes);
        host.Add("pv-protection", new VolumeProtection(volumes, host.Api)).For(volumes);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (volumes.Get(key) is not { } volume)
            return Result.Done;
        var isHeld = Finalizers.Has(volume, Finalizer);
        if (!volume.IsBeingDeleted && !isHeld)
            await Finalizers.AddAsync(api, Kinds.Volumes, volume, Finalizer, cancellation);
        else if (volume.IsBeingDeleted && isHeld && volume.Phase != "Bound")
            await Finalizers.RemoveAsync(api, Kinds.Volumes, volume, Finalizer, cancellation);
        return Result.Done;
    }
}
