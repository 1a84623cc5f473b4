using k8s.Models;
using Slipway.Node.Linux;
using Slipway.Node.Pods;
using Slipway.Node.Stats;
using Slipway.Node.Volumes;

namespace Slipway.Node.Housekeeping;

/// <summary>Whether pods have put more into their volumes, logs and containers than they may.</summary>
internal sealed class StorageLimits(PodVolumes volumes, PodDisk disk)
{
    /// <summary>Why a pod is evicted for what it has stored; null when it is not.</summary>
    public string? Exceeded(V1Pod pod, PodState state)
    {
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            // A volume in memory is held to its size by the file system.
            if (volume.EmptyDir is { SizeLimit: { } limit } empty && empty.Medium != "Memory" && limit.ToDecimal() > 0
                && DiskUse.Of(volumes.PathOf(pod, volume)).Bytes > limit.ToDecimal())
                return $"Usage of EmptyDir volume \"{volume.Name}\" exceeds the limit \"{limit}\". ";
        }
        // Measuring takes time, so that it is done only for pods that have a limit.
        if (!EphemeralStorage.IsLimited(pod))
            return null;
        var mounts = MountTable.Read();
        return EphemeralStorage.Exceeded(
            pod,
            pod.AllContainers.ToDictionary(c => c.Name, c => disk.WrittenBy(mounts, pod, state.Container(c.Name)).Bytes),
            disk.LocalVolumes(pod).Sum(path => DiskUse.Of(path).Bytes));
    }
}
