using k8s.Models;
using Slipway.Node.Volumes;

namespace Slipway.Node.Housekeeping;

/// <summary>Whether pods have put more into their volumes than they may.</summary>
internal sealed class StorageLimits(PodVolumes volumes)
{
    /// <summary>Why a pod is evicted for what its volumes hold; null when it is not.</summary>
    public string? Exceeded(V1Pod pod)
    {
        foreach (var volume in pod.Spec.Volumes ?? [])
        {
            // A volume in memory is held to its size by the file system.
            if (volume.EmptyDir is { SizeLimit: { } limit } empty && empty.Medium != "Memory" && limit.ToDecimal() > 0
                && Bytes(volumes.PathOf(pod, volume)) > limit.ToDecimal())
                return $"Usage of EmptyDir volume \"{volume.Name}\" exceeds the limit \"{limit}\". ";
        }
        return null;
    }

    /// <summary>What the files below a directory hold, links not followed.</summary>
    internal static long Bytes(string directory)
    {
        if (!Directory.Exists(directory))
            return 0;
        var options = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        return new DirectoryInfo(directory).EnumerateFiles("*", options).Sum(f => f.Length);
    }
}
