using System.Globalization;
using Slipway.Node.Linux;
using Slipway.Node.Stats;

namespace Slipway.Node.Runtime;

/// <summary>What the machine has.</summary>
internal sealed record MachineCapacity(decimal Cpus, decimal MemoryBytes, decimal StorageBytes)
{
    private readonly IReadOnlyList<CgroupHierarchy> _hierarchies = CgroupHierarchy.OfThisMachine();

    public static MachineCapacity OfThisMachine(string storage)
    {
        Directory.CreateDirectory(storage);
        return new(Environment.ProcessorCount, Memory(File.ReadAllText("/proc/meminfo")), new DriveInfo(storage).TotalSize);
    }

    /// <summary>The cgroup of a pod.</summary>
    public Cgroup PodCgroup(string parent, string uid) => new($"{parent}/pod{uid}", _hierarchies);

    /// <summary>Uids of the pods that have a cgroup.</summary>
    public IEnumerable<string> PodsWithCgroups(string parent) => _hierarchies.Select(h => Path.Join(h.MountPoint, parent)).Where(Directory.Exists)
        .SelectMany(directory => Directory.EnumerateDirectories(directory, "pod*")).Select(directory => Path.GetFileName(directory)["pod".Length..]).Distinct();

    /// <summary>What cgroups use.</summary>
    public CgroupReader Cgroups => new(_hierarchies);

    internal static decimal Memory(string meminfo) => Line(meminfo, "MemTotal:");

    /// <summary>Bytes that programs can have without others losing theirs.</summary>
    internal static long AvailableMemory(string meminfo) => (long)Line(meminfo, "MemAvailable:");

    private static decimal Line(string meminfo, string name)
    {
        var line = meminfo.Split('\n').FirstOrDefault(l => l.StartsWith(name, StringComparison.Ordinal)) ?? $"{name} 0 kB";
        return decimal.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }
}
