using System.Globalization;
using System.Text;

namespace Slipway.Network;

/// <summary>
/// Makes the network of a cluster on the host and takes it away again: the bridge, the nftables table, the accepts in
/// foreign forward chains, the CNI configuration. Both directions may be repeated and may find half of it done.
/// </summary>
public static class HostNetwork
{
    /// <summary>Makes the network. Afterwards the node's address exists on the host.</summary>
    /// <param name="network">The cluster's network.</param>
    /// <param name="cniDirectory">Directory for the CNI configuration and its records; created.</param>
    /// <param name="cancellation">Stops between the steps.</param>
    /// <exception cref="ExternalProgramException"><c>ip</c> or <c>nft</c> is missing or refused.</exception>
    public static async Task CreateAsync(ClusterNetwork network, string cniDirectory, CancellationToken cancellation)
    {
        WriteCniConfiguration(network, cniDirectory);
        await Task.WhenAll(
            CreateBridgeAsync(network, cancellation),
            CreateRulesAsync(network, cancellation));
        EnableForwarding();
        DisableRedirects(network);
        if (network.ServesMachine) RouteLoopback(network);
    }

    /// <summary>Takes away the interfaces, the table and the accepts of the cluster.</summary>
    public static async Task DeleteAsync(ClusterNetwork network, CancellationToken cancellation)
    {
        foreach (var link in LinksOf(network))
        {
            var result = await ExternalProgram.RunAsync("ip", ["link", "delete", link], null, cancellation);
            if (result.ExitCode != 0 && Directory.Exists($"/sys/class/net/{link}")) result.OrThrow($"delete the interface {link}");
        }
        var commands = new StringBuilder(NftTable.Delete(network));
        await foreach (var (chain, json) in ForeignChainsAsync(await ChainsAsync(cancellation), cancellation)) commands.Append(ForeignForwardChains.Delete(chain, json, network));
        await NftAsync(commands.ToString(), "remove the nftables rules of the cluster", cancellation);
    }

    /// <summary>The cluster's interfaces on the host: its own by name, and the hosts' ends of pods' pairs by their bridge.</summary>
    public static IReadOnlyList<string> LinksOf(ClusterNetwork network)
    {
        if (!Directory.Exists("/sys/class/net")) return [];
        var links = new List<string>();
        foreach (var path in Directory.EnumerateFileSystemEntries("/sys/class/net"))
        {
            var name = Path.GetFileName(path);
            var master = new FileInfo(Path.Combine(path, "master")).LinkTarget;
            if (master is not null && Path.GetFileName(master) == network.Bridge) links.Insert(0, name);
            else if (name.StartsWith(network.InterfacePrefix, StringComparison.Ordinal)) links.Add(name);
        }
        return links;
    }

    private static void WriteCniConfiguration(ClusterNetwork network, string directory)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllText(Path.Combine(directory, CniConfiguration.FileName), CniConfiguration.For(network, Path.Combine(directory, "addresses")));
    }

    private static async Task CreateBridgeAsync(ClusterNetwork network, CancellationToken cancellation)
    {
        // A fixed hardware address: a bridge otherwise takes the lowest of its ports', which changes as pods come and go.
        var commands = new StringBuilder();
        if (!Directory.Exists($"/sys/class/net/{network.Bridge}")) commands.AppendLine(CultureInfo.InvariantCulture, $"link add {network.Bridge} address {network.HardwareAddress} type bridge");
        commands.AppendLine(CultureInfo.InvariantCulture, $"addr replace {network.NodeAddress}/{network.Pods.PrefixLength} dev {network.Bridge}");
        commands.AppendLine(CultureInfo.InvariantCulture, $"link set {network.Bridge} up");
        // The machine reaches services with the node's address, also where it has no default route.
        commands.AppendLine(CultureInfo.InvariantCulture, $"route replace {network.Services} dev {network.Bridge} src {network.NodeAddress}");
        (await ExternalProgram.RunAsync("ip", ["-batch", "-"], commands.ToString(), cancellation)).OrThrow($"create the bridge {network.Bridge}");
    }

    private static async Task CreateRulesAsync(ClusterNetwork network, CancellationToken cancellation)
    {
        var chains = await ChainsAsync(cancellation);
        // A table that is there holds services, which go on while the cluster's server is away; the proxy brings it up to date.
        var commands = new StringBuilder(NftTable.IsIn(chains, network) ? "" : NftTable.Create(network));
        await foreach (var (chain, json) in ForeignChainsAsync(chains, cancellation)) commands.Append(ForeignForwardChains.Insert(chain, json, network));
        await NftAsync(commands.ToString(), "create the nftables rules of the cluster", cancellation);
    }

    private static async IAsyncEnumerable<(ForeignForwardChains.Chain, string Json)> ForeignChainsAsync(string chains, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        foreach (var chain in ForeignForwardChains.FromChains(chains))
        {
            var rules = await ExternalProgram.RunAsync("nft", ["--json", "--handle", "list", "chain", chain.Family, chain.Table, chain.Name], null, cancellation);
            if (rules.ExitCode == 0) yield return (chain, rules.Output);   // otherwise it has gone meanwhile
        }
    }

    private static async Task<string> ChainsAsync(CancellationToken cancellation) =>
        (await ExternalProgram.RunAsync("nft", ["--json", "list", "chains"], null, cancellation)).OrThrow("list the nftables chains");

    private static async Task NftAsync(string commands, string attempt, CancellationToken cancellation) =>
        (await ExternalProgram.RunAsync("nft", ["-f", "-"], commands, cancellation)).OrThrow(attempt);

    private static void EnableForwarding() => Set("/proc/sys/net/ipv4/ip_forward", "1");

    // Pods of one bridge reach services, and each other, by way of the node; it must not tell them of a shorter one. An interface
    // sends redirects if its own setting or that of all says so, so that the others go on as they are set themselves.
    private static void DisableRedirects(ClusterNetwork network)
    {
        Set($"/proc/sys/net/ipv4/conf/{network.Bridge}/send_redirects", "0");
        Set("/proc/sys/net/ipv4/conf/all/send_redirects", "0");
    }

    // Programs of the machine reach node ports at 127.0.0.1: such connections leave by the bridge, where the kernel otherwise has no
    // address of loopback. The table drops what pods send there.
    private static void RouteLoopback(ClusterNetwork network) => Set($"/proc/sys/net/ipv4/conf/{network.Bridge}/route_localnet", "1");

    private static void Set(string setting, string value)
    {
        if (File.ReadAllText(setting).Trim() != value) File.WriteAllText(setting, value);
    }
}
