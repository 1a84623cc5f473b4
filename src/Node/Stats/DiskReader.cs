using System.ComponentModel;
using Grpc.Core;
using k8s.Models;
using Slipway.Node.Cri;
using Slipway.Node.Linux;
using Slipway.Node.Volumes;

namespace Slipway.Node.Stats;

/// <summary>What takes room on the node's disks.</summary>
/// <param name="Node">The file system of pods' volumes and logs.</param>
/// <param name="Images">The file system of images, and what they take of it; null when the runtime does not say.</param>
/// <param name="Writable">What containers have written over their images, by id.</param>
/// <param name="Logs">What their logs hold, by id.</param>
/// <param name="Volumes">What the volumes of pods hold, by the pod's uid.</param>
internal sealed record DiskReading(
    FileSystemRoom Node, (FileSystemRoom Room, DiskUse Use)? Images, IReadOnlyDictionary<string, DiskUse> Writable, IReadOnlyDictionary<string, DiskUse> Logs,
    IReadOnlyDictionary<string, IReadOnlyList<VolumeReading>> Volumes);

/// <summary>What a volume holds, and the file system that it lies in.</summary>
internal sealed record VolumeReading(V1Volume Volume, DiskUse Use, FileSystemRoom Room);

/// <summary>
/// Measures directories, each once a minute at most: a large one takes time. Only what belongs to pods that are there now is remembered.
/// </summary>
internal sealed class DiskReader(PodDisk disk, PodVolumes volumes, CriClient cri, string podsRoot, TimeProvider clock)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(1);

    private Dictionary<string, (DateTimeOffset At, DiskUse Use)> _measured = new(StringComparer.Ordinal);

    public async Task<DiskReading> ReadAsync(NodeReading reading, CancellationToken cancellation)
    {
        var images = await ImagesAsync(cancellation);
        var (before, now) = (_measured, new Dictionary<string, (DateTimeOffset, DiskUse)>(StringComparer.Ordinal));
        var mounts = MountTable.Read();
        var (writable, logs, held) = (new Dictionary<string, DiskUse>(), new Dictionary<string, DiskUse>(), new Dictionary<string, IReadOnlyList<VolumeReading>>());
        foreach (var pod in reading.Pods)
        {
            foreach (var container in pod.Containers)
            {
                logs[container.Id] = Measure(disk.Logs(pod.Pod, container.Name));
                if (PodDisk.WritableLayer(mounts, container.Id) is { } layer)
                    writable[container.Id] = Measure(layer);
            }
            held[pod.Pod.Metadata.Uid] = [.. (pod.Pod.Spec.Volumes ?? []).Select(volume => Volume(pod.Pod, volume)).OfType<VolumeReading>()];
        }
        _measured = now;
        return new(Syscalls.RoomOf(podsRoot), images, writable, logs, held);

        DiskUse Measure(string path)
        {
            var at = clock.GetUtcNow();
            if (!before.TryGetValue(path, out var known) || at - known.At >= Fresh)
                known = (at, DiskUse.Of(path));
            now[path] = known;
            return known.Use;
        }

        VolumeReading? Volume(V1Pod pod, V1Volume volume)
        {
            // What is the host's, or a driver's, is not measured.
            if (volume.HostPath is not null || volume.Csi is not null || volumes.PathOf(pod, volume) is not { } path || !Directory.Exists(path))
                return null;
            try
            {
                return new(volume, Measure(path), Syscalls.RoomOf(path));
            }
            catch (Win32Exception)
            {
                return null; // it is being removed
            }
        }
    }

    private async Task<(FileSystemRoom, DiskUse)?> ImagesAsync(CancellationToken cancellation)
    {
        try
        {
            var answer = await cri.Images.ImageFsInfoAsync(new(), cancellationToken: cancellation);
            return answer.ImageFilesystems is [var found, ..] && Directory.Exists(found.FsId.Mountpoint)
                ? (Syscalls.RoomOf(found.FsId.Mountpoint), new((long)(found.UsedBytes?.Value ?? 0), (long)(found.InodesUsed?.Value ?? 0)))
                : null;
        }
        catch (RpcException) when (!cancellation.IsCancellationRequested)
        {
            return null; // the runtime is out of reach
        }
    }
}
