using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Slipway.Cli;
using Slipway.Network;

namespace Slipway.Host.Clusters;

/// <summary>The clusters of this machine, one <c>cluster.json</c> each.</summary>
/// <param name="paths">Where they live.</param>
/// <param name="takenRanges">Reads the address ranges that the host already reaches.</param>
/// <param name="isPortFree">Whether a TCP port of loopback can be listened on.</param>
internal sealed class ClusterRegistry(MachinePaths paths, Func<CancellationToken, Task<IReadOnlyList<Ipv4Range>>> takenRanges, Func<int, bool> isPortFree)
{
    private const int FirstApiPort = 6443;
    private const int PodPrefixLength = 20, ServicePrefixLength = 20;   // 4,093 pods

    /// <summary>The registry of this machine.</summary>
    public static ClusterRegistry OfThisMachine() => new(MachinePaths.OfThisMachine, HostRoutes.ReadAsync, port => IsFree(new(IPAddress.Loopback, port)));

    public MachinePaths Paths => paths;

    /// <summary>All clusters by name.</summary>
    public IReadOnlyList<Cluster> List() => !Directory.Exists(paths.State) ? [] :
        [.. Directory.EnumerateDirectories(paths.State).Order(StringComparer.Ordinal).Select(d => Find(Path.GetFileName(d))).OfType<Cluster>()];

    /// <summary>A cluster by name; null if there is none.</summary>
    /// <exception cref="CommandException">Its record cannot be read.</exception>
    public Cluster? Find(string name)
    {
        var file = paths.ClusterFile(name);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize(File.ReadAllBytes(file), ClusterJson.Default.Cluster) : null;
        }
        catch (JsonException e)
        {
            throw new CommandException($"{file} is damaged ({e.Message}); restore it, or remove the cluster with \"slipway delete --name {name}\"");
        }
    }

    /// <summary>The cluster of a name, or a sentence that there is none.</summary>
    public Cluster Get(string name) => Find(name)
        ?? throw new CommandException($"there is no cluster \"{name}\" on this machine; \"slipway up{NameOption(name)}\" makes it");

    /// <summary>How a command line names a cluster; nothing for the default one.</summary>
    public static string NameOption(string name) => name == ClusterName.Default ? "" : $" --name {name}";

    /// <summary>The recorded cluster, or a new one whose id, port and ranges nobody else on the machine has.</summary>
    /// <exception cref="CommandException">The wishes contradict the record or cannot be granted.</exception>
    public async Task<Cluster> GetOrCreateAsync(string name, ClusterWishes wishes, CancellationToken cancellation)
    {
        using var registry = FileLock.Acquire(paths.RegistryLock);
        if (Find(name) is { } existing) return await UpdateAsync(existing, wishes, cancellation);

        var others = List();
        var taken = new List<Ipv4Range>(await takenRanges(cancellation));
        taken.AddRange(others.SelectMany(o => new[] { Ipv4Range.Parse(o.PodCidr), Ipv4Range.Parse(o.ServiceCidr) }));
        var pods = Range(PodPrefixLength, taken);
        taken.Add(pods);
        var services = Range(ServicePrefixLength, taken);

        var data = wishes.DataDirectory is { } wish ? Path.GetFullPath(wish) : Path.Combine(paths.State, name, "data");
        var isNew = CheckDataDirectory(data);
        var cluster = new Cluster
        {
            Name = name,
            Id = FreeId(others),
            DataDirectory = data,
            OwnsDataDirectory = isNew,
            ApiPort = wishes.ApiPort ?? FreePort(others),
            PodCidr = pods.ToString(),
            ServiceCidr = services.ToString(),
            Store = wishes.Store,
            Ledger = wishes.Ledger,
            Audit = ClusterAudit.Next(null, wishes.Audit),
            Simulation = ClusterSimulation.Next(null, wishes.Simulation),
            Ingress = wishes.Ingress,
            Flows = wishes.Flows,
        };
        await SaveAsync(cluster, cancellation);
        return cluster;
    }

    /// <summary>Refuses to start a cluster whose API port somebody else listens on.</summary>
    public void RequirePort(Cluster cluster)
    {
        if (!isPortFree(cluster.ApiPort)) throw PortInUse(cluster);
    }

    /// <summary>What to say when the API port of a cluster is taken.</summary>
    public static CommandException PortInUse(Cluster cluster) =>
        new($"TCP port {cluster.ApiPort} is in use by another program; free it, or choose another with \"slipway up{NameOption(cluster.Name)} --api-port PORT\"");

    /// <summary>Forgets a cluster whose remains are gone.</summary>
    public void Remove(string name)
    {
        using var registry = FileLock.Acquire(paths.RegistryLock);
        var directory = Path.Combine(paths.State, name);
        if (Directory.Exists(directory)) Directory.Delete(directory, recursive: true);
        if (List().Count > 0) return;
        registry.DeleteFile();
        DeleteIfEmpty(paths.State);
    }

    /// <summary>Removes the runtime directory when the last cluster has left it.</summary>
    public void Tidy() => DeleteIfEmpty(paths.Runtime);

    private async Task<Cluster> UpdateAsync(Cluster existing, ClusterWishes wishes, CancellationToken cancellation)
    {
        var updated = wishes.ApplyTo(existing);
        if (updated == existing) return existing;
        await SaveAsync(updated, cancellation);
        return updated;
    }

    private async Task SaveAsync(Cluster cluster, CancellationToken cancellation)
    {
        var file = paths.ClusterFile(cluster.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var temporary = file + ".new";
        await File.WriteAllBytesAsync(temporary, JsonSerializer.SerializeToUtf8Bytes(cluster, ClusterJson.Default.Cluster), cancellation);
        File.Move(temporary, file, overwrite: true);
    }

    private static Ipv4Range Range(int prefixLength, List<Ipv4Range> taken) => FreeRange.Choose(prefixLength, taken)
        ?? throw new CommandException("no private IPv4 range is free for the cluster: the routes of this machine cover 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16; remove a route, or delete a cluster");

    private static string FreeId(IReadOnlyList<Cluster> others)
    {
        var used = others.Select(o => o.Id).ToHashSet();
        string id;
        do id = Random.Shared.Next(0x10000).ToString("x4", CultureInfo.InvariantCulture);
        while (used.Contains(id) || Directory.Exists($"/sys/class/net/sw{id}0"));
        return id;
    }

    private int FreePort(IReadOnlyList<Cluster> others)
    {
        var used = others.Select(o => o.ApiPort).ToHashSet();
        for (var port = FirstApiPort; port < FirstApiPort + 1000; port++)
            if (!used.Contains(port) && isPortFree(port)) return port;
        throw new CommandException($"no TCP port from {FirstApiPort} on is free for the API server; choose one with --api-port");
    }

    // Whatever lies in the directory of a cluster is removed with it, so it must not be somebody's.
    private static bool CheckDataDirectory(string directory)
    {
        if (File.Exists(directory)) throw new CommandException($"--data-dir {directory} is a file; name a directory");
        if (!Directory.Exists(directory)) return true;
        if (Directory.EnumerateFileSystemEntries(directory).Any(entry => Path.GetFileName(entry) != "lost+found"))
            throw new CommandException($"--data-dir {directory} is not empty; name a new or empty directory, because deleting the cluster deletes what is in it");
        return false;
    }

    /// <summary>Whether a TCP address of this machine can be listened on.</summary>
    public static bool IsFree(IPEndPoint address)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        try
        {
            socket.Bind(address);
            socket.Listen(1);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static void DeleteIfEmpty(string directory)
    {
        if (Directory.Exists(directory) && !Directory.EnumerateFileSystemEntries(directory).Any()) Directory.Delete(directory);
    }
}
