using System.Globalization;

namespace Slipway.Node.Linux;

/// <summary>How a cgroup file system is mounted: one v1 hierarchy of some controllers, or the unified one.</summary>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="IsUnified">cgroup v2.</param>
/// <param name="Controllers">The v1 controllers (or <c>name=…</c>) of the hierarchy.</param>
internal sealed record CgroupHierarchy(string MountPoint, bool IsUnified, IReadOnlyList<string> Controllers)
{
    /// <summary>All hierarchies of this machine: one (v2), many (v1), or v1 beside v2 (hybrid).</summary>
    public static IReadOnlyList<CgroupHierarchy> OfThisMachine() => From(MountTable.Read());

    public static IReadOnlyList<CgroupHierarchy> From(IEnumerable<MountEntry> mounts) =>
        [.. mounts.Where(m => m.Type is "cgroup" or "cgroup2")
                  .DistinctBy(m => m.Target)
                  .Select(m => new CgroupHierarchy(m.Target, m.Type == "cgroup2",
                      m.Type == "cgroup2" ? [] : [.. m.Options.Where(o => o is not ("rw" or "ro"))]))];
}

/// <summary>A cgroup by its path, in every hierarchy of the machine.</summary>
/// <param name="path">Path from the hierarchies' roots, such as <c>/slipway-default</c>.</param>
/// <param name="hierarchies">The hierarchies to keep it in.</param>
internal sealed class Cgroup(string path, IReadOnlyList<CgroupHierarchy> hierarchies)
{
    public string Path { get; } = path;

    /// <summary>Creates the cgroup where it is missing.</summary>
    public void Create()
    {
        foreach (var hierarchy in hierarchies)
        {
            var directory = hierarchy.MountPoint;
            foreach (var part in Path.Split('/', StringSplitOptions.RemoveEmptyEntries))
            {
                var parent = directory;
                directory = System.IO.Path.Combine(directory, part);
                Directory.CreateDirectory(directory);
                // A v1 cpuset is born empty and takes no process until it has processors and memory nodes.
                if (hierarchy.Controllers.Contains("cpuset"))
                {
                    Inherit(parent, directory, "cpuset.cpus");
                    Inherit(parent, directory, "cpuset.mems");
                }
            }
        }
    }

    /// <summary>Sets what its processes get and may use together. It exists.</summary>
    /// <exception cref="IOException">The kernel refuses a value, such as less memory than is in use.</exception>
    public void Limit(CgroupLimits limits)
    {
        foreach (var hierarchy in hierarchies)
        {
            // Beside v1 hierarchies the unified one has no controllers.
            if (hierarchy.IsUnified && hierarchies.Any(h => h.Controllers.Contains("cpu")))
                continue;
            foreach (var (controller, file, value) in limits.Files(hierarchy.IsUnified))
                if (hierarchy.IsUnified || hierarchy.Controllers.Contains(controller))
                    File.WriteAllText(System.IO.Path.Join(hierarchy.MountPoint, Path, file), value);
        }
    }

    /// <summary>Files that take a process into the cgroup when its id is written to them.</summary>
    public IEnumerable<string> ProcessFiles => Directories.Select(d => System.IO.Path.Combine(d, "cgroup.procs"));

    /// <summary>Ids of all processes in the cgroup and below.</summary>
    public IReadOnlySet<int> Processes()
    {
        var found = new HashSet<int>();
        foreach (var directory in Directories.Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(directory, "cgroup.procs", SearchOption.AllDirectories))
            {
                try
                {
                    foreach (var line in File.ReadLines(file))
                        if (int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && pid > 0)
                            found.Add(pid);
                }
                catch (IOException) { } // removed meanwhile
            }
        }
        return found;
    }

    /// <summary>Kills all processes in the cgroup and below, until none is left.</summary>
    public async Task KillAsync(TimeProvider clock, CancellationToken cancellation)
    {
        while (Processes() is { Count: > 0 } processes)
        {
            foreach (var pid in processes)
                Syscalls.Kill(pid, Syscalls.SigKill);
            Thaw();
            await Task.Delay(TimeSpan.FromMilliseconds(5), clock, cancellation);
        }
    }

    /// <summary>
    /// Lets go of what is frozen. Who is killed while he makes a container leaves it so: runc freezes a v1 cgroup while it sets which devices may be used, and
    /// what is frozen there does not even end when it is killed (<see href="https://docs.kernel.org/admin-guide/cgroup-v1/freezer-subsystem.html"/>). Under v2 it does.
    /// </summary>
    private void Thaw()
    {
        foreach (var directory in hierarchies.Where(h => h.Controllers.Contains("freezer")).Select(h => System.IO.Path.Join(h.MountPoint, Path)).Where(Directory.Exists))
        {
            foreach (var file in Directory.EnumerateFiles(directory, "freezer.state", SearchOption.AllDirectories))
            {
                try
                {
                    if (!File.ReadAllText(file).StartsWith("THAWED", StringComparison.Ordinal))
                        File.WriteAllText(file, "THAWED");
                }
                catch (IOException) { } // removed meanwhile
            }
        }
    }

    /// <summary>Removes the cgroup and those below it; those that still hold processes stay.</summary>
    /// <returns>Whether all are gone.</returns>
    public bool Remove()
    {
        var gone = true;
        foreach (var directory in Directories.Where(Directory.Exists))
            gone &= RemoveTree(directory);
        return gone;
    }

    private IEnumerable<string> Directories => hierarchies.Select(h => System.IO.Path.Join(h.MountPoint, Path));

    private static bool RemoveTree(string directory)
    {
        try
        {
            foreach (var child in Directory.EnumerateDirectories(directory))
                RemoveTree(child);
            // Files of a cgroup cannot be unlinked: only rmdir removes it.
            Directory.Delete(directory, recursive: false);
            return true;
        }
        catch (DirectoryNotFoundException) { return true; }
        catch (IOException) { return false; }
    }

    private static void Inherit(string parent, string child, string file)
    {
        var target = System.IO.Path.Combine(child, file);
        if (File.ReadAllText(target).Trim().Length == 0)
            File.WriteAllText(target, File.ReadAllText(System.IO.Path.Combine(parent, file)).Trim());
    }
}
