using k8s.Models;
using Slipway.Node.Pods;
using Slipway.Node.Runtime;

namespace Slipway.Node.Stats;

/// <summary>Reads what the node and its pods use, from <c>/proc</c> and the files of their cgroups; nothing runs in a container for it.</summary>
/// <param name="pods">The node's pods and what is known of them.</param>
internal sealed class UsageReader(Func<IEnumerable<(V1Pod Pod, PodState State)>> pods, PodOperations operations, MachineCapacity machine, string cgroupParent, TimeProvider clock)
{
    private readonly CgroupReader _cgroups = machine.Cgroups;

    public NodeReading Read()
    {
        var (stat, meminfo) = (File.ReadAllText("/proc/stat"), File.ReadAllText("/proc/meminfo"));
        return new(
            clock.GetUtcNow(),
            MachineFigures.Boot(stat),
            MachineFigures.From(stat, meminfo, File.ReadAllText("/proc/vmstat"), File.ReadAllText("/proc/loadavg")),
            MachineCapacity.AvailableMemory(meminfo),
            InterfaceFigures.Parse(File.ReadAllText("/proc/net/dev")),
            InterfaceFigures.Default(File.ReadAllText("/proc/net/route")),
            [.. pods().Where(p => p.State.Containers.Values.Any(c => c.Phase == ContainerPhase.Running)).Select(p => Pod(p.Pod, p.State))]);
    }

    private PodReading Pod(V1Pod pod, PodState state)
    {
        var cgroup = machine.PodCgroup(cgroupParent, pod.Metadata.Uid).Path;
        return new(pod, cgroup, state.StartTime, state.Sandbox.Id, _cgroups.Read(cgroup),
            pod.UsesHostNetwork || state.Sandbox.Phase != SandboxPhase.Ready ? [] : Interfaces($"{cgroup}/{state.Sandbox.Id}"),
            [.. state.Containers.Values.Where(c => c.Phase == ContainerPhase.Running).Select(c => new ContainerReading(
                c.Name, c.Id, pod.EveryContainer.FirstOrDefault(spec => spec.Name == c.Name)?.Image ?? "", $"{cgroup}/{c.Id}", c.StartedAt,
                _cgroups.Read($"{cgroup}/{c.Id}"), operations.LogFile(pod, c.Name, c.Restarts)))]);
    }

    private IReadOnlyList<InterfaceFigures> Interfaces(string sandbox)
    {
        try
        {
            return _cgroups.Process(sandbox) is { } process ? InterfaceFigures.Parse(File.ReadAllText($"/proc/{process}/net/dev")) : [];
        }
        catch (IOException)
        {
            return []; // it has ended
        }
    }
}
