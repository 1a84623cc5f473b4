using Slipway.Node.Linux;

namespace Slipway.Node.Stats;

/// <summary>Reads the figures of cgroups, each controller from the hierarchy that has it.</summary>
internal sealed class CgroupReader(IReadOnlyList<CgroupHierarchy> hierarchies)
{
    /// <param name="path">Path from the hierarchies' roots, such as <c>/slipway-default/pods/pod…</c>.</param>
    public CgroupFigures Read(string path)
    {
        var (account, cpu, memory, io, pids) = (FilesOf("cpuacct", path), FilesOf("cpu", path), MemoryFiles(path), FilesOf("blkio", path), FilesOf("pids", path));
        return new(
            account.IsUnified ? CgroupFiles.CpuV2(account.Text) : CgroupFiles.CpuV1(account.Text, cpu.Text),
            Memory(memory),
            io.IsUnified ? CgroupFiles.IoV2(io.Text) : CgroupFiles.IoV1(io.Text),
            CgroupFiles.Number(pids.Text("pids.current")));
    }

    /// <summary>What it may have of processors, which only cAdvisor's metrics tell; null when it has ended.</summary>
    public CpuShare? ReadShare(string path)
    {
        var cpu = FilesOf("cpu", path);
        return cpu.IsUnified ? CgroupFiles.ShareV2(cpu.Text) : CgroupFiles.ShareV1(cpu.Text);
    }

    /// <summary>The memory alone.</summary>
    public MemoryFigures? ReadMemory(string path) => Memory(MemoryFiles(path));

    /// <summary>A process of the cgroup; null when there is none.</summary>
    public int? Process(string path) =>
        (int?)CgroupFiles.Number((MemoryFiles(path).Text("cgroup.procs") ?? "").Split('\n')[0]) is { } pid and > 0 ? pid : null;

    private Files MemoryFiles(string path) => FilesOf("memory", path);

    private static MemoryFigures? Memory(Files files) => files.IsUnified ? CgroupFiles.MemoryV2(files.Text) : CgroupFiles.MemoryV1(files.Text);

    private Files FilesOf(string controller, string path)
    {
        var hierarchy = hierarchies.FirstOrDefault(h => h.Controllers.Contains(controller)) ?? hierarchies.FirstOrDefault(h => h.IsUnified);
        return new(Path.Join(hierarchy?.MountPoint ?? "/sys/fs/cgroup", path), hierarchy is null or { IsUnified: true });
    }

    private sealed record Files(string Directory, bool IsUnified)
    {
        public string? Text(string name)
        {
            try
            {
                return File.ReadAllText(Path.Combine(Directory, name));
            }
            catch (IOException)
            {
                return null; // the cgroup has ended, or this kernel has no such file
            }
        }
    }
}
