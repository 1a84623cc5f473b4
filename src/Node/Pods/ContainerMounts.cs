using System.Globalization;
using k8s.Models;
using Slipway.Node.Cri;
using Slipway.Node.Volumes;

namespace Slipway.Node.Pods;

/// <summary>Makes what a container mounts: its volumes, <c>/etc/hosts</c> and the file of its termination message.</summary>
internal sealed class ContainerMounts(PodVolumes volumes, string clusterDomain)
{
    public IReadOnlyList<Mount> Prepare(V1Pod pod, V1Container container, int attempt, IReadOnlyList<string> addresses, IReadOnlyList<KeyValuePair<string, string>> environment)
    {
        var mounts = new List<Mount>();
        var shown = new HashSet<int>();
        var index = 0;
        foreach (var mount in container.VolumeMounts ?? [])
        {
            var volume = (pod.Spec.Volumes ?? []).FirstOrDefault(v => v.Name == mount.Name)
                ?? throw new ContainerConfigException($"volumeMounts[{index}].name \"{mount.Name}\" is not a volume of the pod");
            RefuseRecursion(mount);
            var isOfObjects = VolumeContent.IsOfObjects(volume);
            var source = Source(pod, container, volume, mount, index, environment);
            if (isOfObjects && source == volumes.PathOf(pod, volume))
                shown.Add(index);
            mounts.Add(new()
            {
                ContainerPath = Path.Combine("/", mount.MountPath),
                HostPath = source,
                Readonly = mount.ReadOnlyProperty == true || volume.Csi?.ReadOnlyProperty == true || volume.PersistentVolumeClaim?.ReadOnlyProperty == true || volume.Image is not null || isOfObjects,
                Propagation = mount.MountPropagation switch
                {
                    "HostToContainer" => MountPropagation.PropagationHostToContainer,
                    "Bidirectional" => MountPropagation.PropagationBidirectional,
                    _ => MountPropagation.PropagationPrivate,
                },
            });
            index++;
        }
        if (mounts.All(m => m.ContainerPath != "/etc/hosts"))
            mounts.Add(new() { ContainerPath = "/etc/hosts", HostPath = HostsPath(pod, addresses) });
        var message = MessageFile(pod, container.Name, attempt);
        Directory.CreateDirectory(Path.GetDirectoryName(message)!);
        File.WriteAllBytes(message, []);
        File.SetUnixFileMode(message, (UnixFileMode)0x1B6); // 0666: the container's user may be anyone
        mounts.Add(new() { ContainerPath = container.TerminationMessagePath is { Length: > 0 } path ? path : "/dev/termination-log", HostPath = message });
        foreach (var (outer, inner, place) in NestedMounts.Of([.. mounts.Select(m => m.ContainerPath)]))
            if (shown.Contains(outer))
                NestedMounts.MakePlace(mounts[outer].HostPath, place, mounts[inner].HostPath);
        return mounts;
    }

    /// <summary>Refuses what would be mounted less read-only than it is asked to be: the runtime is not told of mounts below the volume.</summary>
    internal static void RefuseRecursion(V1VolumeMount mount)
    {
        if (mount.RecursiveReadOnly == "Enabled")
            throw new ContainerConfigException($"failed to resolve recursive read-only mode: volume \"{mount.Name}\" requested recursive read-only mode, but it is not supported by the runtime");
    }

    /// <summary>The file behind a container's <c>terminationMessagePath</c>.</summary>
    public string MessageFile(V1Pod pod, string container, int attempt) =>
        Path.Combine(volumes.PodDirectory(pod.Metadata.Uid), "containers", container, string.Create(CultureInfo.InvariantCulture, $"{attempt}.message"));

    private string Source(V1Pod pod, V1Container container, V1Volume volume, V1VolumeMount mount, int index, IReadOnlyList<KeyValuePair<string, string>> environment)
    {
        var path = volumes.PathOf(pod, volume);
        var subPath = mount.SubPathExpr is { Length: > 0 } expression ? Expansion.ExpandAll(expression, environment.ToDictionary()) : mount.SubPath ?? "";
        if (subPath.Length == 0)
            return path;
        var target = Path.Combine(volumes.PodDirectory(pod.Metadata.Uid), "subpaths", container.Name, index.ToString(CultureInfo.InvariantCulture));
        Linux.MountTable.UnmountBelow(target);
        SubPath.Bind(path, subPath, target);
        return target;
    }

    private string HostsPath(V1Pod pod, IReadOnlyList<string> addresses)
    {
        var file = Path.Combine(volumes.PodDirectory(pod.Metadata.Uid), "hosts");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var nodes = pod.UsesHostNetwork && File.Exists("/etc/hosts") ? File.ReadAllText("/etc/hosts") : "";
        var text = HostsFile.Of(pod, addresses, nodes, clusterDomain);
        if (!File.Exists(file) || File.ReadAllText(file) != text)
            File.WriteAllText(file, text);
        return file;
    }
}
