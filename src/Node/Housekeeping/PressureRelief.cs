using Grpc.Core;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Slipway.Client;
using Slipway.Node.Linux;
using Slipway.Node.Pods;
using Slipway.Node.Runtime;
using Slipway.Node.Stats;

namespace Slipway.Node.Housekeeping;

/// <summary>Sees when the node becomes short of memory or disk, tells of it, and makes room: images first, then one pod at a time.</summary>
internal sealed class PressureRelief(NodeOptions options, MachineCapacity machine, PodDisk disk, ImageCollection images, EventRecorder events, TimeProvider clock, ILogger log)
{
    private static readonly TimeSpan ImagePeriod = TimeSpan.FromMinutes(5);

    private DateTimeOffset _imagesSeen;

    /// <summary>What the node is short of.</summary>
    public NodePressure Pressure { get; private set; } = NodePressure.None;

    /// <summary>Looks once, and makes room where there is none.</summary>
    public async Task LookAsync(IReadOnlyList<PodWorker> workers, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow();
        var drive = new DriveInfo(options.PodsRoot);
        var room = new NodeRoom(MachineCapacity.AvailableMemory(await File.ReadAllTextAsync("/proc/meminfo", cancellation)), drive.AvailableFreeSpace, drive.TotalSize);
        Pressure = Pressure.After(room, options.Pressure, now);
        var wanted = options.Pressure.ImagesOf(room.DiskCapacity) - room.Disk;
        if (Pressure.DiskSeen == now || now - _imagesSeen >= ImagePeriod)
        {
            _imagesSeen = now;
            try
            {
                // What the images free is seen at the next look; only then is it known whether pods must go.
                if (await images.CollectAsync(wanted, cancellation) > 0)
                    return;
            }
            catch (RpcException failure) when (!cancellation.IsCancellationRequested)
            {
                log.LogWarning("Looking for unused images failed: {Reason}", failure.Status.Detail);
            }
        }
        if (Pressure.MemorySeen == now)
            Evict(workers, "memory", options.Pressure.Memory, room.Memory, MemoryOf);
        else if (Pressure.DiskSeen == now)
            Evict(workers, "ephemeral-storage", options.Pressure.DiskOf(room.DiskCapacity), room.Disk, DiskOf);
    }

    private void Evict(IReadOnlyList<PodWorker> workers, string resource, long threshold, long available, Func<PodWorker, Candidate> measure)
    {
        // Who is already on the way out makes room without another.
        if (workers.Any(w => IsEnding(w)))
            return;
        // As the kubelet: about the node by its name alone.
        var node = new V1Node { ApiVersion = "v1", Kind = "Node", Metadata = new() { Name = options.NodeName, Uid = options.NodeName } };
        events.Record(node, "Warning", "EvictionThresholdMet", $"Attempting to reclaim {resource}");
        var running = workers.Where(w => w.State.Containers.Values.Any(c => c.Phase == ContainerPhase.Running)).ToList();
        if (EvictionRules.Victim(running.Select(measure)) is { } victim)
            running.First(w => w.Uid == victim.Pod.Metadata.Uid).Post(new PodEvent.Evicted(EvictionRules.Message(resource, threshold, available, victim)));
    }

    private static bool IsEnding(PodWorker worker) => (worker.State.Failure is { IsEviction: true } || worker.Pod.Metadata.DeletionTimestamp is not null)
        && worker.State.Containers.Values.Any(c => c.Phase == ContainerPhase.Running);

    private Candidate MemoryOf(PodWorker worker)
    {
        var (pod, state) = (worker.Pod, worker.State);
        var cgroup = machine.PodCgroup(options.CgroupParent, pod.Metadata.Uid).Path;
        return new(pod, [.. pod.AllContainers.Where(c => state.Container(c.Name).Phase == ContainerPhase.Running)
            .Select(c => new ContainerUse(c.Name, machine.Cgroups.ReadMemory($"{cgroup}/{state.Container(c.Name).Id}")?.WorkingSet ?? 0, EvictionRules.Requested(c, "memory")))]);
    }

    private Candidate DiskOf(PodWorker worker)
    {
        var (pod, state) = (worker.Pod, worker.State);
        var mounts = MountTable.Read();
        var shared = disk.LocalVolumes(pod).Sum(path => DiskUse.Of(path).Bytes);
        // What several containers share is told of with the first.
        return new(pod, [.. pod.AllContainers.Select((c, i) => new ContainerUse(c.Name, disk.WrittenBy(mounts, pod, state.Container(c.Name)).Bytes + (i == 0 ? shared : 0), EvictionRules.Requested(c, "ephemeral-storage")))]);
    }
}
