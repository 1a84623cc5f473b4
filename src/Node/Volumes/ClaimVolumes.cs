using k8s.Models;
using Slipway.Api;
using Slipway.Client;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>Finds the directories of the host behind the claims of storage that pods use.</summary>
internal sealed class ClaimVolumes(IApi api)
{
    /// <summary>The claim behind a volume of a pod, its own or a shared one; null for volumes of other kinds.</summary>
    public static string? ClaimOf(V1Pod pod, V1Volume volume) =>
        volume.PersistentVolumeClaim?.ClaimName ?? (volume.Ephemeral is null ? null : $"{pod.Metadata.Name}-{volume.Name}");

    /// <summary>The directory (or file) of the host that is behind a claim.</summary>
    /// <exception cref="ContainerConfigException">There is none yet, or this node cannot mount it; the message says why, as the kubelet does.</exception>
    public async Task<StorageVolume> FindAsync(V1Pod pod, V1Volume volume, string name, CancellationToken cancellation)
    {
        var ns = pod.Key.Namespace;
        var claim = await api.GetAsync(NodeKinds.StorageClaims, ns, name, cancellation)
            ?? throw new ContainerConfigException($"error processing PVC {ns}/{name}: failed to fetch PVC from API server: persistentvolumeclaims \"{name}\" not found");
        if (claim.Metadata.DeletionTimestamp is not null)
            throw Wrong("PVC is being deleted");
        if (volume.Ephemeral is not null && claim.Metadata.OwnerReferences?.Any(owner => owner.Uid == pod.Metadata.Uid) != true)
            throw Wrong($"PVC {ns}/{name} was not created for pod {ns}/{pod.Metadata.Name} (pod is not owner)");
        if (claim.Status?.Phase != "Bound" || claim.Spec.VolumeName is not { Length: > 0 } volumeName)
            throw Wrong("PVC is not bound");
        var found = await api.GetAsync(NodeKinds.StorageVolumes, null, volumeName, cancellation)
            ?? throw Wrong($"failed to get PV {volumeName} from API server: persistentvolumes \"{volumeName}\" not found");
        if (found.Spec.ClaimRef?.Uid != claim.Uid)
            throw Wrong($"PV {volumeName} is bound to another claim");
        if (found.Spec.VolumeMode == "Block")
            throw Wrong("volumeMode Block is not supported by this node: use Filesystem");
        if (found.HostDirectory is not { } path)
            throw Wrong($"PV {volumeName} is of the kind {found.Spec.Source}, which this node cannot mount; supported are local and hostPath");
        if (found.Spec.HostPath is { } host)
            HostPaths.Check(host.Path, host.Type ?? "");
        else if (!Directory.Exists(path))
            throw new ContainerConfigException($"path \"{path}\" does not exist");
        return found;

        ContainerConfigException Wrong(string why) => new($"error processing PVC {ns}/{name}: {why}");
    }
}
