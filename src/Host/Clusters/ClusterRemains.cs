using System.Text.Json;
using System.Text.Json.Nodes;
using Slipway.Network;

namespace Slipway.Host.Clusters;

/// <summary>
/// What a cluster leaves on the machine, and its removal. It works from what is there, not from what ran before: also
/// after SIGKILL of everything, and again after it was interrupted itself.
/// </summary>
internal sealed class ClusterRemains(Cluster cluster, ClusterPaths paths, TimeProvider clock)
{
    // libcni's cache, shared by all users of CNI on the machine.
    private const string CniResults = "/var/lib/cni/results";

    /// <summary>Ends containers and containerd, and removes mounts, cgroups, interfaces, rules and sockets. Data stays.</summary>
    public async Task RemoveRuntimeAsync(CancellationToken cancellation)
    {
        await HostNetwork.DeleteAsync(cluster.Network, cancellation);
        RemoveCniResults();
        if (Directory.Exists(paths.Runtime)) Directory.Delete(paths.Runtime, recursive: true);
        _ = clock;
    }

    /// <summary>Removes the data; the directory itself only if it was made for the cluster.</summary>
    public void RemoveData()
    {
        if (!Directory.Exists(paths.Data)) return;
        if (cluster.OwnsDataDirectory)
        {
            Directory.Delete(paths.Data, recursive: true);
            return;
        }
        foreach (var directory in Directory.EnumerateDirectories(paths.Data)) Directory.Delete(directory, recursive: true);
        foreach (var file in Directory.EnumerateFiles(paths.Data)) File.Delete(file);
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
