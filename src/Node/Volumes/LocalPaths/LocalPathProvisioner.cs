using Slipway.Api;
using Slipway.Api.Volumes;
using Slipway.Client;
using Slipway.Node.Linux;

namespace Slipway.Node.Volumes.LocalPaths;

/// <summary>
/// Provides the volumes of claims whose class is of this provisioner, for pods of this node: a directory each. A volume is
/// removed with all that is in it when its claim is gone, unless it is to be retained.
/// </summary>
/// <remarks>
/// A directory is made before its volume and removed before it, so that there is no directory with data that no volume tells of,
/// wherever this is stopped. One that is left without a volume is empty, and swept.
/// </remarks>
internal sealed class LocalPathProvisioner(string node, string root, string pods, Informer<StorageVolume> volumes, InformerIndex<StorageClaim> claimsByVolume, IApi api, EventRecorder events)
    : IReconciler
{
    private static readonly TimeSpan UntilPodsHaveGone = TimeSpan.FromSeconds(2);

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var state = StateOf(key.Name);
        switch (state.Plan())
        {
            case LocalPathPlan.Provide:
                await ProvideAsync(state.Claim!, state.Directory, cancellation);
                break;
            case LocalPathPlan.Grow:
                await GrowAsync(state.Claim!, state.Volume!, cancellation);
                break;
            case LocalPathPlan.Delete when IsShown(state.Directory):
                return Result.After(UntilPodsHaveGone);
            case LocalPathPlan.Delete:
                Remove(state.Volume!, state.Directory, cancellation);
                await LetGoAsync(state.Volume!, cancellation);
                break;
            case LocalPathPlan.LetGo:
                await LetGoAsync(state.Volume!, cancellation);
                break;
            case LocalPathPlan.Sweep when IsEmpty(state.Directory) && await api.GetAsync(NodeKinds.StorageVolumes, null, key.Name, cancellation) is null:
                Directory.Delete(state.Directory, recursive: false); // refuses when something is in it after all
                break;
        }
        return Result.Done;
    }

    /// <summary>The names of the directories that are there, with volumes or without.</summary>
    public IEnumerable<ObjectKey> Found() => !Directory.Exists(root) ? []
        : Directory.EnumerateDirectories(root).Select(directory => Path.GetFileName(directory)).Where(LocalPathState.IsName).Select(ObjectKey.ClusterScoped);

    private LocalPathState StateOf(string name)
    {
        var directory = Path.Combine(root, name);
        return new(node, name, directory, claimsByVolume.Find(name) is [var claim, ..] ? claim : null, volumes.Get(ObjectKey.ClusterScoped(name)),
            volumes.List().Any(other => other.Name != name && other.HostDirectory is { Length: > 0 } path && LocalPathState.Overlap(path, directory)));
    }

    private async Task ProvideAsync(StorageClaim claim, string directory, CancellationToken cancellation)
    {
        var name = claim.Spec.StorageClassName ?? "";
        if (LocalPath.Refusal(claim.Spec.VolumeMode, claim.Spec.Selector is not null, claim.Spec.DataSourceRef is not null) is { } refusal)
        {
            events.Warning(claim, "ProvisioningFailed", $"failed to provision volume with StorageClass \"{name}\": {refusal}");
            return;
        }
        if (await api.GetAsync(NodeKinds.StorageClasses, null, name, cancellation) is not { } storageClass)
            return; // the claim's binder tells
        events.Normal(claim, "Provisioning", $"External provisioner is provisioning volume for claim \"{claim.Metadata.NamespaceProperty}/{claim.Metadata.Name}\"");
        try
        {
            const UnixFileMode All = (UnixFileMode)0x1FF; // the container's user may be anyone
            const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
            Directory.CreateDirectory(root, Owner);
            Directory.CreateDirectory(directory);
            File.SetUnixFileMode(directory, All);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            events.Warning(claim, "ProvisioningFailed", $"failed to provision volume with StorageClass \"{name}\": {failure.Message}");
            throw new IOException(failure.Message, failure);
        }
        try
        {
            var volume = await api.CreateAsync(NodeKinds.StorageVolumes, LocalPathVolume.For(claim, storageClass.ReclaimPolicy ?? "Delete", node, directory), cancellation);
            events.Normal(claim, "ProvisioningSucceeded", $"Successfully provisioned volume {volume.Name}");
        }
        catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
        {
            // The cache is behind, or another node was first.
        }
    }

    private async Task GrowAsync(StorageClaim claim, StorageVolume volume, CancellationToken cancellation)
    {
        if (StorageVolume.StorageOf(volume.Spec.Capacity) < claim.Requested)
        {
            events.Normal(claim, "Resizing", $"External resizer is resizing volume {volume.Name}");
            await api.PatchAsync(NodeKinds.StorageVolumes, null, volume.Name, LocalPathVolume.Grown(volume, claim.Requested), cancellation: cancellation);
        }
        await api.PatchAsync(NodeKinds.StorageClaims, claim.Metadata.NamespaceProperty, claim.Metadata.Name, LocalPathVolume.Resized(claim), subresource: "status", cancellation: cancellation);
        events.Normal(claim, "VolumeResizeSuccessful", "Resize volume succeeded");
    }

    // A pod that the API tells of no longer may still run here: its directory goes when its containers have.
    private bool IsShown(string directory) =>
        (Directory.Exists(pods) ? Directory.EnumerateDirectories(pods) : [])
            .Select(static pod => Path.Combine(pod, "volumes", "claims"))
            .Where(Directory.Exists)
            .SelectMany(Directory.EnumerateFileSystemEntries)
            .Any(link => new DirectoryInfo(link).LinkTarget == directory);

    private void Remove(StorageVolume volume, string directory, CancellationToken cancellation)
    {
        try
        {
            TreeRemoval.Remove(directory, cancellation);
        }
        catch (IOException failure)
        {
            events.Warning(volume, "VolumeFailedDelete", failure.Message);
            throw;
        }
    }

    private async Task LetGoAsync(StorageVolume volume, CancellationToken cancellation)
    {
        if (volume.Metadata.DeletionTimestamp is null)
            await api.DeleteAsync(NodeKinds.StorageVolumes, null, volume.Name, new() { Uid = volume.Metadata.Uid }, cancellation);
        // The deletion is told of, and the finalizer goes then.
        else if (volume.Metadata.Finalizers?.Contains(LocalPathState.Finalizer) == true)
            await api.PatchAsync(NodeKinds.StorageVolumes, null, volume.Name, LocalPathVolume.LetGo(volume), cancellation: cancellation);
    }

    private static bool IsEmpty(string directory) => Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any();
}
