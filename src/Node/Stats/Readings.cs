using k8s.Models;

namespace Slipway.Node.Stats;

/// <summary>All that the node and its pods use at one moment.</summary>
/// <param name="At">When it was read.</param>
/// <param name="Boot">When the machine was started.</param>
/// <param name="Node">What the machine uses.</param>
/// <param name="AvailableMemory">What the machine has free for programs, in bytes.</param>
/// <param name="Interfaces">The machine's network interfaces.</param>
/// <param name="DefaultInterface">That of its default route; null when there is none.</param>
/// <param name="Pods">The pods that have a running container.</param>
internal sealed record NodeReading(
    DateTimeOffset At, DateTimeOffset Boot, CgroupFigures Node, long AvailableMemory, IReadOnlyList<InterfaceFigures> Interfaces, string? DefaultInterface,
    IReadOnlyList<PodReading> Pods)
{
    /// <summary>Processor time by what took it, for rates.</summary>
    public CpuSample Sample
    {
        get
        {
            var nanos = new Dictionary<string, long>(StringComparer.Ordinal);
            if (Node.Cpu is { } node)
                nanos[NodeKey] = node.Total;
            foreach (var pod in Pods)
            {
                if (pod.Figures.Cpu is { } taken)
                    nanos[pod.Cgroup] = taken.Total;
                foreach (var container in pod.Containers)
                    if (container.Figures.Cpu is { } used)
                        nanos[container.Cgroup] = used.Total;
            }
            return new(At, nanos);
        }
    }

    /// <summary>The machine among the keys of a sample; the others are cgroups.</summary>
    public const string NodeKey = "/";
}

/// <summary>What a pod uses.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Cgroup">Path of its cgroup.</param>
/// <param name="StartedAt">When the node took it up.</param>
/// <param name="SandboxId">The container that holds its namespaces.</param>
/// <param name="Interfaces">Its network interfaces; empty when it has the machine's.</param>
internal sealed record PodReading(
    V1Pod Pod, string Cgroup, DateTimeOffset StartedAt, string SandboxId, CgroupFigures Figures, IReadOnlyList<InterfaceFigures> Interfaces, IReadOnlyList<ContainerReading> Containers);

/// <summary>What a running container uses.</summary>
/// <param name="LogFile">Its log; older parts of it lie in the same directory.</param>
internal sealed record ContainerReading(string Name, string Id, string Image, string Cgroup, DateTimeOffset StartedAt, CgroupFigures Figures, string LogFile);
