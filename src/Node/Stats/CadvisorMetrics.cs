using Slipway.Node.Linux;
using Slipway.Node.Pods;

namespace Slipway.Node.Stats;

/// <summary>
/// The kubelet's <c>/metrics/cadvisor</c>: containers, pods, their networks and the machine under cAdvisor's names and labels
/// (<see href="https://github.com/google/cadvisor/blob/master/docs/storage/prometheus.md"/>).
/// </summary>
/// <param name="reading">What is used.</param>
/// <param name="disk">What is used of disks.</param>
/// <param name="share">What the cgroup of a path may have of processors.</param>
internal sealed class CadvisorMetrics(NodeReading reading, DiskReading disk, Func<string, CpuShare?> share)
{
    private static readonly string[] Labels = ["container", "id", "image", "name", "namespace", "pod"];
    private static readonly string[] None = [];

    private readonly Exposition _text = new();
    // Names of block devices by their numbers.
    private readonly Dictionary<string, string> _devices = new(StringComparer.Ordinal);

    public Exposition Compose()
    {
        Machine();
        string[] root = ["", "/", "", "", "", ""];
        Usage(root, reading.Node, reading.Boot);
        foreach (var one in reading.Interfaces)
            Network(root, one);
        Add(_text.Gauge, "container_fs_usage_bytes", "Bytes that are used of a file system.", [.. root, ""], disk.Node.Capacity - disk.Node.Free, "device");
        Add(_text.Gauge, "container_fs_limit_bytes", "Bytes that a file system has.", [.. root, ""], disk.Node.Capacity, "device");
        foreach (var pod in reading.Pods)
        {
            var (ns, name) = (pod.Pod.Key.Namespace, pod.Pod.Key.Name);
            Usage(["", pod.Cgroup, "", "", ns, name], pod.Figures, pod.StartedAt, pod.Cgroup);
            // As cAdvisor has it, the network is that of the container which holds the pod's namespaces.
            foreach (var one in pod.Interfaces)
                Network(["", $"{pod.Cgroup}/{pod.SandboxId}", "", pod.SandboxId, ns, name], one);
            foreach (var container in pod.Containers)
            {
                string[] values = [container.Name, container.Cgroup, container.Image, container.Id, ns, name];
                Usage(values, container.Figures, container.StartedAt, container.Cgroup);
                var written = disk.Writable.GetValueOrDefault(container.Id);
                Add(_text.Gauge, "container_fs_usage_bytes", "Bytes that are used of a file system.", [.. values, ""], written.Bytes + disk.Logs.GetValueOrDefault(container.Id).Bytes, "device");
                Add(_text.Gauge, "container_fs_limit_bytes", "Bytes that a file system has.", [.. values, ""], disk.Images?.Room.Capacity ?? disk.Node.Capacity, "device");
                Add(_text.Gauge, "container_fs_inodes_total", "Files that a file system can have.", [.. values, ""], disk.Images?.Room.Inodes ?? disk.Node.Inodes, "device");
                Add(_text.Gauge, "container_fs_inodes_free", "Files that a file system can still have.", [.. values, ""], disk.Images?.Room.InodesFree ?? disk.Node.InodesFree, "device");
            }
        }
        return _text;
    }

    private void Machine()
    {
        _text.Gauge("cadvisor_version_info", "Always 1; the labels say what runs.", ["kernelVersion"], [Environment.OSVersion.Version.ToString()], 1);
        _text.Gauge("machine_cpu_cores", "Logical processors.", None, [], Environment.ProcessorCount);
        _text.Gauge("machine_memory_bytes", "Memory of the machine in bytes.", None, [], reading.Node.Memory?.Limit);
        _text.Gauge("machine_scrape_error", "1 when the figures could not be read, 0 otherwise.", None, [], 0);
    }

    private void Usage(string[] values, CgroupFigures figures, DateTimeOffset since, string? cgroup = null)
    {
        Add(_text.Gauge, "container_last_seen", "When the container was last seen, in seconds since 1970.", values, reading.At.ToUnixTimeSeconds());
        Add(_text.Gauge, "container_start_time_seconds", "When the container started, in seconds since 1970.", values, since.ToUnixTimeSeconds());
        Add(_text.Gauge, "container_processes", "Processes in the container.", values, figures.Processes);
        if (figures.Cpu is { } cpu)
        {
            Add(_text.Counter, "container_cpu_usage_seconds_total", "Processor time in core-seconds.", [.. values, "total"], ResourceMetrics.Seconds(cpu.Total), "cpu");
            Add(_text.Counter, "container_cpu_user_seconds_total", "Processor time outside the kernel in core-seconds.", values, ResourceMetrics.Seconds(cpu.User));
            Add(_text.Counter, "container_cpu_system_seconds_total", "Processor time inside the kernel in core-seconds.", values, ResourceMetrics.Seconds(cpu.System));
            if (cpu.Periods > 0)
            {
                Add(_text.Counter, "container_cpu_cfs_periods_total", "Periods in which the limit for processors was enforced.", values, cpu.Periods);
                Add(_text.Counter, "container_cpu_cfs_throttled_periods_total", "Periods in which the container was held up by its limit.", values, cpu.ThrottledPeriods);
                Add(_text.Counter, "container_cpu_cfs_throttled_seconds_total", "Time for which the container was held up by its limit, in seconds.", values, ResourceMetrics.Seconds(cpu.Throttled));
            }
        }
        if (figures.Memory is { } memory)
            Memory(values, memory);
        if (cgroup is not null && share(cgroup) is { } processors)
        {
            Add(_text.Gauge, "container_spec_cpu_period", "Length of the period of the limit for processors, in microseconds.", values, processors.PeriodMicros);
            if (processors.QuotaMicros is { } quota)
                Add(_text.Gauge, "container_spec_cpu_quota", "Processor time that the container may have in a period, in microseconds; told when it is limited.", values, quota);
            Add(_text.Gauge, "container_spec_cpu_shares", "Its part of processors beside others: 1024 for one.", values, processors.Shares);
        }
        foreach (var io in figures.Io ?? [])
            Io(values, io);
    }

    private void Io(string[] values, IoFigures io)
    {
        if (!_devices.TryGetValue(io.Device, out var device))
            _devices[io.Device] = device = BlockDevices.PathOf(io.Device);
        Add(_text.Counter, "container_fs_reads_bytes_total", "Bytes read from block devices.", [.. values, device], io.Read, "device");
        Add(_text.Counter, "container_fs_writes_bytes_total", "Bytes written to block devices.", [.. values, device], io.Written, "device");
        Add(_text.Counter, "container_fs_reads_total", "Reads of block devices.", [.. values, device], io.Reads, "device");
        Add(_text.Counter, "container_fs_writes_total", "Writes of block devices.", [.. values, device], io.Writes, "device");
        var number = io.Device.Split(':');
        foreach (var (operation, bytes) in new[] { ("Read", io.Read), ("Write", io.Written) })
            _text.Counter("container_blkio_device_usage_total", "Bytes that went to and from a block device.",
                [.. Labels, "device", "major", "minor", "operation"], [.. values, device, number[0], number[^1], operation], bytes);
    }

    private void Memory(string[] values, MemoryFigures memory)
    {
        Add(_text.Gauge, "container_memory_usage_bytes", "Memory in bytes, caches of files included.", values, memory.Usage);
        Add(_text.Gauge, "container_memory_max_usage_bytes", "The most memory that was used at any time, in bytes.", values, memory.Peak);
        Add(_text.Gauge, "container_memory_working_set_bytes", "Memory that could not be dropped at once, in bytes.", values, memory.WorkingSet);
        Add(_text.Gauge, "container_memory_rss", "Memory that no file stands behind, in bytes.", values, memory.Rss);
        Add(_text.Gauge, "container_memory_cache", "Caches of files in bytes.", values, memory.Cache);
        Add(_text.Gauge, "container_memory_mapped_file", "Files that are mapped into memory, in bytes.", values, memory.MappedFile);
        Add(_text.Gauge, "container_memory_swap", "Swapped memory in bytes.", values, memory.Swap);
        Add(_text.Gauge, "container_spec_memory_limit_bytes", "Limit for memory in bytes; 0 when there is none.", values, memory.Limit ?? 0);
        Add(_text.Counter, "container_oom_events_total", "Processes that were killed for want of memory.", values, memory.Kills);
        foreach (var (type, count) in new[] { ("pgfault", memory.PageFaults), ("pgmajfault", memory.MajorPageFaults) })
            _text.Counter("container_memory_failures_total", "Page faults.", [.. Labels, "failure_type", "scope"], [.. values, type, "hierarchy"], count);
    }

    private void Network(string[] values, InterfaceFigures one)
    {
        foreach (var (direction, traffic) in new[] { ("receive", one.Received), ("transmit", one.Transmitted) })
        {
            Add(_text.Counter, $"container_network_{direction}_bytes_total", $"Bytes: {direction}.", [.. values, one.Name], traffic.Bytes, "interface");
            Add(_text.Counter, $"container_network_{direction}_packets_total", $"Packets: {direction}.", [.. values, one.Name], traffic.Packets, "interface");
            Add(_text.Counter, $"container_network_{direction}_errors_total", $"Errors: {direction}.", [.. values, one.Name], traffic.Errors, "interface");
            Add(_text.Counter, $"container_network_{direction}_packets_dropped_total", $"Dropped packets: {direction}.", [.. values, one.Name], traffic.Dropped, "interface");
        }
    }

    private static void Add(Action<string, string, string[], string[], double?> add, string name, string help, string[] values, double? figure, string? label = null) =>
        add(name, help, label is null ? Labels : [.. Labels, label], values, figure);
}
