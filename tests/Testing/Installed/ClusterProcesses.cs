using System.Diagnostics;

namespace Slipway.Testing;

/// <summary>The processes of a cluster that tests and benchmarks kill, found by what the cluster itself tells of them.</summary>
public static class ClusterProcesses
{
    /// <summary>The processes of a container: of its cgroup, wherever that is.</summary>
    /// <param name="containerId">As the pod's status has it, with or without <c>containerd://</c>.</param>
    public static IEnumerable<int> OfContainer(string containerId)
    {
        var id = containerId[(containerId.LastIndexOf('/') + 1)..];
        return All().Where(process => Read($"/proc/{process}/cgroup").Contains(id, StringComparison.Ordinal));
    }

    /// <summary>The shims of a cluster: one for each of its pods.</summary>
    public static IEnumerable<int> Shims(string cluster) => All().Where(process => Arguments(process) is [var program, ..] arguments
        && Path.GetFileName(program).StartsWith("containerd-shim", StringComparison.Ordinal) && arguments.Any(argument => argument.Contains($"/run/slipway/{cluster}/", StringComparison.Ordinal)));

    /// <summary>The containerd of a cluster; null when it does not run.</summary>
    public static int? Containerd(string cluster) => All().Where(process => Arguments(process) is [var program, ..] arguments
        && Path.GetFileName(program) == "containerd" && arguments.Any(argument => argument.Contains($"/slipway/{cluster}/", StringComparison.Ordinal))).Cast<int?>().FirstOrDefault();

    /// <summary>Kills a process as <c>kill -9</c> does.</summary>
    /// <returns>Whether it was still there.</returns>
    public static bool Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            return true;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
    }

    private static IEnumerable<int> All()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(directory), out var id) && id != Environment.ProcessId)
                yield return id;
    }

    private static string[] Arguments(int id) => Read($"/proc/{id}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";   // it has ended
        }
    }
}
