using k8s.Models;
using Slipway.Node.Linux;
using Slipway.Node.Pods;
using Slipway.Node.Volumes;

namespace Slipway.Node.Stats;

/// <summary>Where the parts of pods lie that take room on the node's disk.</summary>
internal sealed class PodDisk(PodVolumes volumes, string logsRoot)
{
    /// <summary>What a container has written over its image, by its id; null when its file system is not an overlay, or is not mounted.</summary>
    /// <param name="mounts">What is mounted on the node.</param>
    public static string? WritableLayer(IEnumerable<MountEntry> mounts, string containerId) => mounts
        .FirstOrDefault(m => m.Type == "overlay" && m.Target.EndsWith($"/{containerId}/rootfs", StringComparison.Ordinal))?
        .Options.FirstOrDefault(o => o.StartsWith("upperdir=", StringComparison.Ordinal))?["upperdir=".Length..];

    /// <summary>The logs of a container, older parts included.</summary>
    public string Logs(V1Pod pod, string container) => Path.Combine(SandboxSetup.LogDirectory(logsRoot, pod), container);

    /// <summary>What a container has written over its image and into its logs.</summary>
    public DiskUse WrittenBy(IEnumerable<MountEntry> mounts, V1Pod pod, ContainerRecord container) =>
        DiskUse.Of(Logs(pod, container.Name)) + (container.Id.Length > 0 && WritableLayer(mounts, container.Id) is { } layer ? DiskUse.Of(layer) : default);

    /// <summary>The volumes of a pod that count as its local storage, and where they lie.</summary>
    public IEnumerable<string> LocalVolumes(V1Pod pod) => (pod.Spec.Volumes ?? []).Where(IsLocal).Select(v => volumes.PathOf(pod, v));

    /// <summary>Whether a volume lives and ends with its pod and lies on the node's disk.</summary>
    public static bool IsLocal(V1Volume volume) => volume.EmptyDir is { } empty ? empty.Medium != "Memory" : volume.ConfigMap is not null || volume.DownwardAPI is not null;
}
