using System.Buffers;
using System.Text.Json;
using Slipway.Api.Documents;
using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Stats;

/// <summary>The Summary API's document (<see href="https://pkg.go.dev/k8s.io/kubelet/pkg/apis/stats/v1alpha1"/>).</summary>
/// <param name="nodeName">The node.</param>
/// <param name="reading">What is used.</param>
/// <param name="windows">What there is to compare with, for rates.</param>
/// <param name="disk">What takes room; null to leave out all but processors and memory, as <c>only_cpu_and_memory</c> asks.</param>
internal sealed class SummaryDocument(string nodeName, NodeReading reading, CpuWindows windows, DiskReading? disk)
{
    private readonly string _time = Meta.FormatTime(reading.At);
    private readonly CpuSample _sample = reading.Sample;

    public byte[] Write()
    {
        var output = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteStartObject("node");
            Node(json);
            json.WriteEndObject();
            json.WriteStartArray("pods");
            foreach (var pod in reading.Pods)
            {
                json.WriteStartObject();
                Pod(json, pod);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return output.WrittenSpan.ToArray();
    }

    private void Node(Utf8JsonWriter json)
    {
        json.WriteString("nodeName", nodeName);
        json.WriteString("startTime", Meta.FormatTime(reading.Boot));
        Usage(json, reading.Node, NodeReading.NodeKey, reading.Boot, reading.AvailableMemory);
        if (disk is null)
            return;
        Network(json, reading.Interfaces, reading.DefaultInterface);
        FileSystem(json, "fs", disk.Node, new(disk.Node.Capacity - disk.Node.Free, disk.Node.Inodes - disk.Node.InodesFree));
        if (disk.Images is { } images)
        {
            json.WriteStartObject("runtime");
            FileSystem(json, "imageFs", images.Room, images.Use);
            json.WriteEndObject();
        }
        if (reading.Node.Processes is { } processes)
        {
            json.WriteStartObject("rlimit");
            json.WriteString("time", _time);
            json.WriteNumber("curproc", processes);
            json.WriteEndObject();
        }
    }

    private void Pod(Utf8JsonWriter json, PodReading pod)
    {
        json.WriteStartObject("podRef");
        json.WriteString("name", pod.Pod.Metadata.Name);
        json.WriteString("namespace", pod.Pod.Key.Namespace);
        json.WriteString("uid", pod.Pod.Metadata.Uid);
        json.WriteEndObject();
        json.WriteString("startTime", Meta.FormatTime(pod.StartedAt));
        json.WriteStartArray("containers");
        foreach (var container in pod.Containers)
        {
            json.WriteStartObject();
            json.WriteString("name", container.Name);
            json.WriteString("startTime", Meta.FormatTime(container.StartedAt));
            Usage(json, container.Figures, container.Cgroup, container.StartedAt, null);
            if (disk is not null)
            {
                if (disk.Writable.TryGetValue(container.Id, out var written))
                    FileSystem(json, "rootfs", disk.Images?.Room ?? disk.Node, written);
                FileSystem(json, "logs", disk.Node, disk.Logs.GetValueOrDefault(container.Id));
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        Usage(json, pod.Figures, pod.Cgroup, pod.StartedAt, null);
        if (pod.Figures.Processes is { } processes)
        {
            json.WriteStartObject("process_stats");
            json.WriteNumber("process_count", processes);
            json.WriteEndObject();
        }
        if (disk is null)
            return;
        Network(json, pod.Interfaces, "eth0");
        var volumes = disk.Volumes.GetValueOrDefault(pod.Pod.Metadata.Uid) ?? [];
        if (volumes.Count > 0)
        {
            json.WriteStartArray("volume");
            foreach (var volume in volumes)
                Volume(json, volume, pod.Pod.Key.Namespace);
            json.WriteEndArray();
        }
        var local = volumes.Where(v => PodDisk.IsLocal(v.Volume)).Select(v => v.Use);
        var containers = pod.Containers.Select(c => disk.Writable.GetValueOrDefault(c.Id) + disk.Logs.GetValueOrDefault(c.Id));
        FileSystem(json, "ephemeral-storage", disk.Node, local.Concat(containers).Aggregate(default(DiskUse), (sum, use) => sum + use));
    }

    private void Usage(Utf8JsonWriter json, CgroupFigures figures, string key, DateTimeOffset since, long? available)
    {
        if (figures.Cpu is { } cpu)
        {
            json.WriteStartObject("cpu");
            json.WriteString("time", _time);
            if (windows.Rate(key, _sample, since) is { } rate)
            {
                json.WriteNumber("usageNanoCores", rate.NanoCores);
                // Of our own: whoever scales by it must know whether it is older than a change.
                json.WriteNumber("windowMilliseconds", (long)rate.Window.TotalMilliseconds);
            }
            json.WriteNumber("usageCoreNanoSeconds", cpu.Total);
            json.WriteEndObject();
        }
        if (figures.Memory is not { } memory)
            return;
        json.WriteStartObject("memory");
        json.WriteString("time", _time);
        if ((available ?? memory.Limit - memory.WorkingSet) is { } left)
            json.WriteNumber("availableBytes", Math.Max(0, left));
        json.WriteNumber("usageBytes", memory.Usage);
        json.WriteNumber("workingSetBytes", memory.WorkingSet);
        json.WriteNumber("rssBytes", memory.Rss);
        json.WriteNumber("pageFaults", memory.PageFaults);
        json.WriteNumber("majorPageFaults", memory.MajorPageFaults);
        json.WriteEndObject();
        json.WriteStartObject("swap");
        json.WriteString("time", _time);
        json.WriteNumber("swapUsageBytes", memory.Swap);
        json.WriteEndObject();
    }

    private void Network(Utf8JsonWriter json, IReadOnlyList<InterfaceFigures> interfaces, string? main)
    {
        if (interfaces.Count == 0)
            return;
        json.WriteStartObject("network");
        json.WriteString("time", _time);
        if ((interfaces.FirstOrDefault(i => i.Name == main) ?? interfaces[0]) is var chosen)
            Interface(json, chosen);
        json.WriteStartArray("interfaces");
        foreach (var one in interfaces)
        {
            json.WriteStartObject();
            Interface(json, one);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Interface(Utf8JsonWriter json, InterfaceFigures figures)
    {
        json.WriteString("name", figures.Name);
        json.WriteNumber("rxBytes", figures.Received.Bytes);
        json.WriteNumber("rxErrors", figures.Received.Errors);
        json.WriteNumber("txBytes", figures.Transmitted.Bytes);
        json.WriteNumber("txErrors", figures.Transmitted.Errors);
    }

    private void Volume(Utf8JsonWriter json, VolumeReading volume, string ns)
    {
        json.WriteStartObject();
        FileSystem(json, volume.Room, volume.Use);
        json.WriteString("name", volume.Volume.Name);
        if (volume.Volume.PersistentVolumeClaim is { } claim)
        {
            json.WriteStartObject("pvcRef");
            json.WriteString("name", claim.ClaimName);
            json.WriteString("namespace", ns);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private void FileSystem(Utf8JsonWriter json, string name, FileSystemRoom room, DiskUse use)
    {
        json.WriteStartObject(name);
        FileSystem(json, room, use);
        json.WriteEndObject();
    }

    private void FileSystem(Utf8JsonWriter json, FileSystemRoom room, DiskUse use)
    {
        json.WriteString("time", _time);
        json.WriteNumber("availableBytes", room.Available);
        json.WriteNumber("capacityBytes", room.Capacity);
        json.WriteNumber("usedBytes", use.Bytes);
        json.WriteNumber("inodesFree", room.InodesFree);
        json.WriteNumber("inodes", room.Inodes);
        json.WriteNumber("inodesUsed", use.Inodes);
    }
}
