using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Network;
using Slipway.Node.Containerd;
using Slipway.Node.Linux;
using Slipway.Node.Logs;

namespace Slipway.Host.Clusters;

/// <summary>
/// What a cluster leaves on the machine, and its removal. It works from what is there, not from what ran before: also
/// after SIGKILL of everything, and again after it was interrupted itself.
/// </summary>
internal sealed class ClusterRemains(Cluster cluster, ClusterPaths paths, TimeProvider clock, string machineLogs = ClusterPaths.MachineLogs)
{
    // libcni's cache, shared by all users of CNI on the machine.
    private const string CniResults = "/var/lib/cni/results";

    // What a container that wants an orderly end gets for it.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(5);

    /// <summary>Ends containers and containerd, and removes mounts, cgroups, interfaces, rules and sockets. Data stays.</summary>
    /// <param name="gracefully">Whether containers that handle SIGTERM are asked to end first.</param>
    /// <param name="cancellation">Stops between the steps; the removal can be repeated.</param>
    public async Task RemoveRuntimeAsync(bool gracefully, CancellationToken cancellation)
    {
        if (gracefully) await TerminateAsync(cancellation);
        await ContainerdRemoval.RunAsync(ClusterContainerd.Options(cluster, paths), [paths.Pods, paths.Tasks, paths.Buildah, paths.Runtime], keepRoot: true, clock, cancellation);
        await HostNetwork.DeleteAsync(cluster.Network, cancellation);
        RemoveCniResults();
        TreeRemoval.Remove(paths.Runtime, cancellation);
    }

    // The first process of a container that does not handle SIGTERM never sees it, so there is nothing to wait for.
    private async Task TerminateAsync(CancellationToken cancellation)
    {
        var cgroup = new Cgroup(cluster.CgroupRoot, CgroupHierarchy.OfThisMachine());
        var asked = cgroup.Processes().Where(pid => MachineProcess.Read(pid) is { } process && !process.Arguments.Contains(paths.Runtime, StringComparison.Ordinal) && HandlesTermination(pid)).ToHashSet();
        foreach (var pid in asked) Signals.Terminate(pid);
        var started = clock.GetTimestamp();
        while (clock.GetElapsedTime(started) < Grace && cgroup.Processes().Overlaps(asked))
            await Task.Delay(TimeSpan.FromMilliseconds(10), clock, cancellation);
    }

    private static bool HandlesTermination(int pid)
    {
        try
        {
            var caught = File.ReadLines($"/proc/{pid}/status").FirstOrDefault(line => line.StartsWith("SigCgt:", StringComparison.Ordinal));
            return caught is not null && (ulong.Parse(caught["SigCgt:".Length..].Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & (1UL << (15 - 1))) != 0;
        }
        catch (IOException)
        {
            return false;   // ended meanwhile
        }
    }

    /// <summary>
    /// Removes the data; the directory itself only if it was made for the cluster. Of what somebody has put elsewhere, behind a link,
    /// only the link is removed.
    /// </summary>
    public void RemoveData()
    {
        if (!Directory.Exists(paths.Data)) return;
        PodLogs.RemoveAll(paths.Logs, machineLogs);
        if (cluster.OwnsDataDirectory)
        {
            RemoveDirectory(paths.Data);
            return;
        }
        foreach (var directory in Directory.EnumerateDirectories(paths.Data).Where(d => Path.GetFileName(d) != "lost+found")) RemoveDirectory(directory);
        foreach (var file in Directory.EnumerateFiles(paths.Data)) File.Delete(file);
    }

    private static void RemoveDirectory(string directory)
    {
        // With a separator at its end, a path names what the link leads to.
        var path = Path.TrimEndingDirectorySeparator(directory);
        if (new DirectoryInfo(path).LinkTarget is not null) File.Delete(path);
        else TreeRemoval.Remove(path);
    }

    // A pod's loopback is cached under a name that all clusters share; the pod's id tells whose it is.
    private void RemoveCniResults()
    {
        if (!Directory.Exists(CniResults)) return;
        foreach (var file in Directory.EnumerateFiles(CniResults, $"{cluster.Network.CniNetwork}-*"))
        {
            if (ContainerOf(file) is { } container)
                foreach (var loopback in Directory.EnumerateFiles(CniResults, $"*-{container}-lo")) File.Delete(loopback);
            File.Delete(file);
        }
        DeleteIfEmpty(CniResults);
        DeleteIfEmpty(Path.GetDirectoryName(CniResults)!);
    }

    private static string? ContainerOf(string file)
    {
        try
        {
            return (string?)JsonNode.Parse(File.ReadAllBytes(file))?["containerId"];
        }
        catch (JsonException)
        {
            return null;   // cut short
        }
    }

    private static void DeleteIfEmpty(string directory)
    {
        if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any()) Directory.Delete(directory);
    }
}
