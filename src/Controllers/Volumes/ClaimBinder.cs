using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Binds claims to volumes that are there, or asks for new ones
/// (<see href="https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding"/>).
/// </summary>
internal sealed class ClaimBinder(
    Informer<ClaimView> claims, Informer<VolumeView> volumes, Informer<StorageClassView> classes, InformerIndex<VolumeView> volumesByClass, InformerIndex<PodView> podsByClaim,
    IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    private readonly Written<ClaimView> _written = new();
    private readonly Written<VolumeView> _writtenVolumes = new();

    public static void Register(ControllerHost host)
    {
        var claims = host.Informer(Kinds.Claims);
        var volumes = host.Informer(Kinds.Volumes);
        var classes = host.Informer(Kinds.StorageClasses);
        var pods = host.Informer(Kinds.Pods);
        var searching = claims.AddIndex(static claim => claim.IsBound ? [] : [claim.Class]);
        var byVolume = claims.AddIndex(static claim => claim.VolumeName.Length > 0 ? [claim.VolumeName] : []);
        var binder = new ClaimBinder(claims, volumes, classes, volumes.AddIndex(static volume => [volume.Class]),
            pods.AddIndex(static pod => pod.ClaimNames.Select(claim => $"{pod.Metadata.NamespaceProperty}/{claim}")), host.Api, host.Events("persistentvolume-controller"), host.Clock);
        // One worker: two claims never reach for one volume.
        host.Add("persistentvolume-claim", binder)
            .For(claims)
            .Watches(volumes, change => ConcernedBy(change))
            .Watches(classes, change => searching.Find(change.Key.Name).Select(Kinds.Claims.KeyOf))
            .Reads(pods);

        IEnumerable<ObjectKey> ConcernedBy(ObjectChange<VolumeView> change)
        {
            foreach (var owner in new[] { change.Old?.Spec.ClaimRef, change.New?.Spec.ClaimRef })
                if (owner is not null)
                    yield return owner.Key;
            foreach (var claim in byVolume.Find(change.Key.Name))
                yield return Kinds.Claims.KeyOf(claim);
            if (change.New is { Spec.ClaimRef: null, Phase: "Available" } free)
                foreach (var claim in searching.Find(free.Class))
                    yield return Kinds.Claims.KeyOf(claim);
        }
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_written.Newest(key, claims) is not { } claim)
            return Result.Done;
        var (volume, storageClass) = (VolumeOf(claim), classes.Get(ObjectKey.ClusterScoped(claim.Class)));
        var plan = PlanFor(claim, volume, storageClass);
        // What is told as lost or not found is looked for once more: the caches of volumes and classes may be behind that of claims.
        if (plan is ClaimPlan.Lose && claim.VolumeName.Length > 0)
            plan = PlanFor(claim, await api.GetAsync(Kinds.Volumes, null, claim.VolumeName, cancellation), storageClass);
        else if (plan is ClaimPlan.Wait && storageClass is null && claim.Class.Length > 0)
            plan = PlanFor(claim, volume, await api.GetAsync(Kinds.StorageClasses, null, claim.Class, cancellation));
        switch (plan)
        {
            case ClaimPlan.Bind bind:
                await BindAsync(key, claim, bind.Volume, cancellation);
                break;
            case ClaimPlan.Provide provide:
                await ProvideAsync(key, claim, provide.Provisioner, cancellation);
                break;
            case ClaimPlan.Wait wait:
                wait.Report?.Tell(events, claim);
                break;
            case ClaimPlan.Lose lose when claim.Status?.Phase != "Lost":
                await WriteStatusAsync(key, claim, new() { ["phase"] = "Lost", ["capacity"] = null, ["accessModes"] = null }, cancellation);
                lose.Report.Tell(events, claim);
                break;
        }
        return Result.Done;
    }

    private ClaimPlan PlanFor(ClaimView claim, VolumeView? named, StorageClassView? storageClass) => ClaimPlan.For(
        claim,
        named,
        volumesByClass.Find(claim.Class).Select(volume => _writtenVolumes.Newest(Kinds.Volumes.KeyOf(volume), volume)!),
        storageClass,
        [.. podsByClaim.Find($"{claim.Metadata.NamespaceProperty}/{claim.Name}").Where(pod => pod.NodeName is null && pod.IsActive).Select(pod => pod.Metadata.Name)]);

    private VolumeView? VolumeOf(ClaimView claim) => claim.VolumeName.Length > 0 ? _writtenVolumes.Newest(ObjectKey.ClusterScoped(claim.VolumeName), volumes) : null;

    private async Task BindAsync(ObjectKey key, ClaimView claim, VolumeView volume, CancellationToken cancellation)
    {
        if (VolumeBinding.OfVolume(volume, claim) is { } ofVolume)
        {
            volume = await api.PatchAsync(Kinds.Volumes, null, volume.Name, ofVolume, cancellation: cancellation);
            _writtenVolumes.Add(Kinds.Volumes.KeyOf(volume), volume);
        }
        await new VolumeStatus(api, _writtenVolumes, clock).BeAsync(volume, "Bound", null, cancellation);
        if (VolumeBinding.OfClaim(claim, volume) is { } ofClaim)
            _written.Add(key, claim = await api.PatchAsync(Kinds.Claims, key.Namespace, key.Name, ofClaim, cancellation: cancellation));
        if (VolumeBinding.StatusOf(claim, volume) is { } status)
            await WriteStatusAsync(key, claim, status, cancellation);
    }

    private async Task ProvideAsync(ObjectKey key, ClaimView claim, string provisioner, CancellationToken cancellation)
    {
        if (VolumeAnnotations.Of(claim, VolumeAnnotations.StorageProvisioner) != provisioner)
        {
            var patch = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["uid"] = claim.Uid,
                    ["resourceVersion"] = claim.Metadata.ResourceVersion,
                    ["annotations"] = new JsonObject { [VolumeAnnotations.StorageProvisioner] = provisioner, [VolumeAnnotations.BetaStorageProvisioner] = provisioner },
                },
            };
            _written.Add(key, claim = await api.PatchAsync(Kinds.Claims, key.Namespace, key.Name, patch, cancellation: cancellation));
        }
        events.Normal(claim, "ExternalProvisioning", $"Waiting for a volume to be created either by the external provisioner '{provisioner}' or manually by the system administrator."
            + " If volume creation is delayed, please verify that the provisioner is running and correctly registered.");
    }

    private async Task WriteStatusAsync(ObjectKey key, ClaimView claim, JsonObject status, CancellationToken cancellation)
    {
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = claim.Uid }, ["status"] = status };
        _written.Add(key, await api.PatchAsync(Kinds.Claims, key.Namespace, key.Name, patch, subresource: "status", cancellation: cancellation));
    }
}
