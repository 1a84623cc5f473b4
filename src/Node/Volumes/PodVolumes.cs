using System.ComponentModel;
using System.Globalization;
using k8s.Models;
using Slipway.Node.Devices;
using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>Makes and removes the volumes of pods, below one directory for each pod's uid.</summary>
internal sealed class PodVolumes(NodeOptions options, PodReferences references, ServiceAccountTokens tokens, ClaimVolumes claims, ImageVolumes images, PodDevices devices)
{
    private readonly VolumeContent _content = new(references, tokens);

    public string PodDirectory(string uid) => Path.Combine(options.PodsRoot, uid);

    /// <summary>The directory (or file of the host) that a volume is.</summary>
    public string PathOf(V1Pod pod, V1Volume volume) =>
        volume.HostPath is { } host ? host.Path
        : volume.Csi is not null ? Path.Combine(VolumeDirectory(pod, volume), "mount")
        : ClaimVolumes.ClaimOf(pod, volume) is not null ? File.ResolveLinkTarget(VolumeDirectory(pod, volume), returnFinalTarget: false)!.FullName
        : VolumeDirectory(pod, volume);

    /// <summary>Makes all volumes of a pod; those that are there already stay as they are, or are brought up to date.</summary>
    /// <returns>When they must be brought up to date although no object changes.</returns>
    /// <exception cref="VolumeException">One could not be made; the message names it.</exception>
    public Task<DateTimeOffset?> PrepareAsync(V1Pod pod, PodFacts facts, CancellationToken cancellation) => EachAsync(pod, _ => true, facts, cancellation);

    /// <summary>Brings those volumes up to date that show API objects, each in one step.</summary>
    /// <returns>When that must be done again although no object changes.</returns>
    /// <exception cref="VolumeException">One could not be brought up to date, and stays as it is; the message names it.</exception>
    public Task<DateTimeOffset?> RefreshAsync(V1Pod pod, PodFacts facts, CancellationToken cancellation) => EachAsync(pod, VolumeContent.IsOfObjects, facts, cancellation);

    private async Task<DateTimeOffset?> EachAsync(V1Pod pod, Func<V1Volume, bool> which, PodFacts facts, CancellationToken cancellation)
    {
        DateTimeOffset? next = null;
        foreach (var volume in (pod.Spec.Volumes ?? []).Where(which))
        {
            try
            {
                var refreshAt = await PrepareAsync(pod, volume, facts, cancellation);
                next = next is null || refreshAt < next ? refreshAt ?? next : next;
            }
            catch (Exception failure) when (failure is ContainerConfigException or IOException or Win32Exception or UnauthorizedAccessException or Slipway.Api.ApiException)
            {
                throw new VolumeException($"MountVolume.SetUp failed for volume \"{volume.Name}\" : {failure.Message}");
            }
        }
        return next;
    }

    /// <summary>Removes all that a pod had: devices, volumes, files, mounts.</summary>
    public async Task RemoveAsync(string uid, CancellationToken cancellation)
    {
        tokens.Forget(uid);
        var directory = PodDirectory(uid);
        if (!Directory.Exists(directory))
            return;
        await devices.ReleaseAsync(uid, cancellation);
        MountTable.UnmountBelow(Path.Combine(directory, "subpaths"));
        var inline = Path.Combine(directory, "volumes", "csi");
        if (Directory.Exists(inline))
        {
            foreach (var volume in Directory.EnumerateDirectories(inline))
            {
                var name = await File.ReadAllTextAsync(Path.Combine(volume, "driver"), cancellation);
                if (options.InlineVolumes.FirstOrDefault(d => d.Name == name) is { } driver)
                    await driver.UnpublishAsync(uid, Path.Combine(volume, "mount"), cancellation);
            }
        }
        MountTable.UnmountBelow(directory);
        var shown = Path.Combine(directory, "volumes", "image");
        foreach (var volume in Directory.Exists(shown) ? Directory.EnumerateDirectories(shown) : [])
            await images.ReleaseAsync(volume, cancellation);
        TreeRemoval.Remove(directory, cancellation);
    }

    private string VolumeDirectory(V1Pod pod, V1Volume volume) =>
        Path.Combine(PodDirectory(pod.Metadata.Uid), "volumes", KindOf(volume), volume.Name);

    private static string KindOf(V1Volume volume) => volume switch
    {
        { ConfigMap: not null } => "configmap",
        { Secret: not null } => "secret",
        { DownwardAPI: not null } => "downward-api",
        { Projected: not null } => "projected",
        { Csi: not null } => "csi",
        { Image: not null } => "image",
        { PersistentVolumeClaim: not null } or { Ephemeral: not null } => "claims",
        _ => "empty-dir",
    };

    private async Task<DateTimeOffset?> PrepareAsync(V1Pod pod, V1Volume volume, PodFacts facts, CancellationToken cancellation)
    {
        var group = pod.Spec.SecurityContext?.FsGroup;
        switch (volume)
        {
            case { HostPath: { } host }:
                HostPaths.Check(host.Path, host.Type ?? "");
                break;
            case var shown when VolumeContent.IsOfObjects(shown):
                var (files, refreshAt) = await _content.CollectAsync(pod, volume, facts, cancellation);
                // The table of mounts grows with the node's pods, and is not read where nothing can be mounted yet.
                var isNew = !Directory.Exists(VolumeDirectory(pod, volume));
                var directory = Made(pod, volume);
                if (VolumeContent.IsSecret(volume) && (isNew || !IsMounted(directory)))
                    MountMemory(directory, null);
                VolumeFiles.Write(directory, files, group);
                return refreshAt;
            case { Csi: { } inline }:
                await PublishAsync(pod, volume, inline, cancellation);
                break;
            case { PersistentVolumeClaim: not null } or { Ephemeral: not null }:
                await LinkAsync(pod, volume, cancellation);
                break;
            case { Image: not null }:
                if (!IsMounted(Made(pod, volume)))
                    await images.MountAsync(pod, volume, VolumeDirectory(pod, volume), cancellation);
                break;
            case { EmptyDir: { } empty }:
                PrepareEmptyDir(pod, volume, empty, group, facts.NodeMemory);
                break;
            default:
                throw new ContainerConfigException("its kind is not supported by this node; supported are emptyDir, configMap, secret, projected, downwardAPI, persistentVolumeClaim, ephemeral, image, hostPath and csi (inline)");
        }
        return null;
    }

    private string Made(V1Pod pod, V1Volume volume) => Directory.CreateDirectory(VolumeDirectory(pod, volume)).FullName;

    private void PrepareEmptyDir(V1Pod pod, V1Volume volume, V1EmptyDirVolumeSource empty, long? group, decimal nodeMemory)
    {
        if (MediumLacking(empty.Medium) is { } lacking)
            throw new ContainerConfigException(lacking);
        var path = VolumeDirectory(pod, volume);
        var exists = Directory.Exists(path);
        Directory.CreateDirectory(path);
        if (empty.Medium == "Memory" && (!exists || !IsMounted(path)))
            MountMemory(path, MemorySize(pod, empty, nodeMemory));
        if (exists)
            return;
        const UnixFileMode All = (UnixFileMode)0x1FF;
        File.SetUnixFileMode(path, group is null ? All : All | UnixFileMode.SetGroup);
        if (group is { } owner)
            Syscalls.ChangeOwner(path, 0, (int)owner);
    }

    /// <summary>Why a node cannot make an empty directory on a medium; null when it can.</summary>
    internal static string? MediumLacking(string? medium) => medium?.StartsWith("HugePages", StringComparison.Ordinal) == true
        ? $"emptyDir.medium \"{medium}\" is not supported by this node, which gives pods no huge pages; use Memory, or leave the field out"
        : null;

    /// <summary>Bytes that a volume in memory may hold: what it says, and never more than its pod or node may use.</summary>
    internal static long MemorySize(V1Pod pod, V1EmptyDirVolumeSource empty, decimal nodeMemory) =>
        (long)new[] { empty.SizeLimit?.ToDecimal(), PodResources.Limit(pod, "memory") }.Where(size => size > 0).Append(nodeMemory).Min()!.Value;

    // A link, not a mount: whatever becomes of the pod's directory, what is behind it stays. It is made last, so that it says that all is done.
    private async Task LinkAsync(V1Pod pod, V1Volume volume, CancellationToken cancellation)
    {
        var link = VolumeDirectory(pod, volume);
        if (new DirectoryInfo(link).LinkTarget is not null)
            return;
        var found = await claims.FindAsync(pod, volume, ClaimVolumes.ClaimOf(pod, volume)!, cancellation);
        if (found.Spec.Local is not null && pod.Spec.SecurityContext is { FsGroup: { } group } context)
            GroupOwnership.Give(found.HostDirectory!, (int)group, context.FsGroupChangePolicy == "OnRootMismatch");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        File.CreateSymbolicLink(link, found.HostDirectory!);
    }

    private async Task PublishAsync(V1Pod pod, V1Volume volume, V1CSIVolumeSource inline, CancellationToken cancellation)
    {
        var driver = options.InlineVolumes.FirstOrDefault(d => d.Name == inline.Driver)
            ?? throw new ContainerConfigException($"driver name {inline.Driver} not found in the list of registered CSI drivers");
        var directory = Made(pod, volume);
        await File.WriteAllTextAsync(Path.Combine(directory, "driver"), driver.Name, cancellation);
        var target = Directory.CreateDirectory(Path.Combine(directory, "mount")).FullName;
        var attributes = new Dictionary<string, string>(inline.VolumeAttributes ?? new Dictionary<string, string>());
        await driver.PublishAsync(new(pod.Metadata.Uid, pod.Key.Namespace, pod.Metadata.Name, attributes, target), cancellation);
    }

    // Secrets never reach the disk; memory volumes are counted against the pod that fills them.
    private static void MountMemory(string directory, long? size) =>
        Syscalls.Mount("tmpfs", directory, "tmpfs", Syscalls.MountNoSuid | Syscalls.MountNoDev,
            size is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"size={bytes},mode=777") : "mode=777");

    private static bool IsMounted(string directory) => MountTable.Read().Any(m => m.Target == directory);
}

/// <summary>A volume could not be made.</summary>
internal sealed class VolumeException(string message) : Exception(message);
