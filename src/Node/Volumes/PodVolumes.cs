using System.ComponentModel;
using System.Globalization;
using k8s.Models;
using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Volumes;

/// <summary>Makes and removes the volumes of pods, below one directory for each pod's uid.</summary>
internal sealed class PodVolumes(NodeOptions options, PodReferences references)
{
    public string PodDirectory(string uid) => Path.Combine(options.PodsRoot, uid);

    /// <summary>The directory (or file of the host) that a volume is.</summary>
    public string PathOf(V1Pod pod, V1Volume volume) =>
        volume.HostPath is { } host ? host.Path
        : volume.Csi is not null ? Path.Combine(VolumeDirectory(pod, volume), "mount")
        : VolumeDirectory(pod, volume);

    /// <summary>Makes all volumes of a pod; those that are there already stay as they are.</summary>
    /// <exception cref="VolumeException">One could not be made; the message names it.</exception>
    public async Task PrepareAsync(V1Pod pod, PodFacts facts, CancellationToken cancellation)
    {
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            try
            {
                await PrepareAsync(pod, volume, facts, cancellation);
            }
            catch (Exception failure) when (failure is ContainerConfigException or IOException or Win32Exception or UnauthorizedAccessException or Slipway.Api.ApiException)
            {
                throw new VolumeException($"MountVolume.SetUp failed for volume \"{volume.Name}\" : {failure.Message}");
            }
        }
    }

    /// <summary>Removes all that a pod had: volumes, files, mounts.</summary>
    public async Task RemoveAsync(string uid, CancellationToken cancellation)
    {
        var directory = PodDirectory(uid);
        if (!Directory.Exists(directory))
            return;
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
        Directory.Delete(directory, recursive: true);
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
        _ => "empty-dir",
    };

    private async Task PrepareAsync(V1Pod pod, V1Volume volume, PodFacts facts, CancellationToken cancellation)
    {
        var ns = pod.Key.Namespace;
        var group = pod.Spec.SecurityContext?.FsGroup;
        switch (volume)
        {
            case { HostPath: { } host }:
                HostPaths.Check(host.Path, host.Type ?? "");
                break;
            case { ConfigMap: { } map }:
                VolumeFiles.Write(Made(pod, volume), VolumeFiles.OfKeys($"configmap \"{map.Name}\"",
                    await references.ConfigMapAsync(ns, map.Name, cancellation), map.Items, map.DefaultMode ?? VolumeFiles.DefaultMode, map.Optional == true), group);
                break;
            case { Secret: { } secret }:
                var directory = Made(pod, volume);
                MountMemory(directory, null);
                VolumeFiles.Write(directory, VolumeFiles.OfKeys($"secret \"{secret.SecretName}\"",
                    await references.SecretAsync(ns, secret.SecretName, cancellation), secret.Items, secret.DefaultMode ?? VolumeFiles.DefaultMode, secret.Optional == true), group);
                break;
            case { DownwardAPI: { } fields }:
                VolumeFiles.Write(Made(pod, volume), VolumeFiles.OfFields(pod, fields.Items, fields.DefaultMode ?? VolumeFiles.DefaultMode, facts), group);
                break;
            case { Projected: { } projected }:
                await PrepareProjectedAsync(pod, volume, projected, facts, cancellation);
                break;
            case { Csi: { } inline }:
                await PublishAsync(pod, volume, inline, cancellation);
                break;
            case { EmptyDir: { } empty }:
                PrepareEmptyDir(pod, volume, empty, group);
                break;
            default:
                throw new ContainerConfigException("its kind is not supported by this node; supported are emptyDir, configMap, secret, projected, downwardAPI, hostPath and csi (inline)");
        }
    }

    private string Made(V1Pod pod, V1Volume volume) => Directory.CreateDirectory(VolumeDirectory(pod, volume)).FullName;

    private void PrepareEmptyDir(V1Pod pod, V1Volume volume, V1EmptyDirVolumeSource empty, long? group)
    {
        var path = VolumeDirectory(pod, volume);
        var exists = Directory.Exists(path);
        Directory.CreateDirectory(path);
        if (empty.Medium == "Memory")
            MountMemory(path, empty.SizeLimit is null ? null : (long)empty.SizeLimit.ToDecimal());
        if (exists)
            return;
        const UnixFileMode All = (UnixFileMode)0x1FF;
        File.SetUnixFileMode(path, group is null ? All : All | UnixFileMode.SetGroup);
        if (group is { } owner)
            Syscalls.ChangeOwner(path, 0, (int)owner);
    }

    private async Task PrepareProjectedAsync(V1Pod pod, V1Volume volume, V1ProjectedVolumeSource projected, PodFacts facts, CancellationToken cancellation)
    {
        var ns = pod.Key.Namespace;
        var mode = projected.DefaultMode ?? VolumeFiles.DefaultMode;
        var files = new List<VolumeFile>();
        foreach (var source in projected.Sources ?? [])
        {
            if (source.ConfigMap is { } map)
                files.AddRange(VolumeFiles.OfKeys($"configmap \"{map.Name}\"", await references.ConfigMapAsync(ns, map.Name, cancellation), map.Items, mode, map.Optional == true));
            else if (source.Secret is { } secret)
                files.AddRange(VolumeFiles.OfKeys($"secret \"{secret.Name}\"", await references.SecretAsync(ns, secret.Name, cancellation), secret.Items, mode, secret.Optional == true));
            else if (source.DownwardAPI is { } fields)
                files.AddRange(VolumeFiles.OfFields(pod, fields.Items, mode, facts));
            else
                throw new ContainerConfigException("a source of its projection is not supported by this node; supported are configMap, secret and downwardAPI");
        }
        var directory = Made(pod, volume);
        MountMemory(directory, null);
        VolumeFiles.Write(directory, files, pod.Spec.SecurityContext?.FsGroup);
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
    private static void MountMemory(string directory, long? size)
    {
        if (MountTable.Read().Any(m => m.Target == directory))
            return;
        Syscalls.Mount("tmpfs", directory, "tmpfs", Syscalls.MountNoSuid | Syscalls.MountNoDev,
            size is { } bytes ? string.Create(CultureInfo.InvariantCulture, $"size={bytes},mode=777") : "mode=777");
    }
}

/// <summary>A volume could not be made.</summary>
internal sealed class VolumeException(string message) : Exception(message);
