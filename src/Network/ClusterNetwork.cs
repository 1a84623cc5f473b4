using System.Net;
using System.Net.Sockets;

namespace Slipway.Network;

/// <summary>The network of one cluster on this machine: everything else about it follows from these facts.</summary>
/// <param name="Cluster">Name of the cluster.</param>
/// <param name="Id">Its four hexadecimal digits, unique on the machine.</param>
/// <param name="Pods">Addresses of pods; the first is the bridge's.</param>
/// <param name="Services">Addresses of services.</param>
public sealed record ClusterNetwork(string Cluster, string Id, Ipv4Range Pods, Ipv4Range Services)
{
    /// <summary>The bridge to which pods are connected; interface names hold 15 characters at most.</summary>
    public string Bridge => $"{InterfacePrefix}0";

    /// <summary>How the names of all interfaces of the cluster begin.</summary>
    public string InterfacePrefix => $"sw{Id}";

    /// <summary>The bridge's address: gateway of the pods and address of the node.</summary>
    public IPAddress NodeAddress => Pods.Address(1);

    /// <summary>The bridge's hardware address.</summary>
    public string HardwareAddress => string.Join(':', new byte[] { 0x0a, 0x58 }.Concat(NodeAddress.GetAddressBytes()).Select(b => b.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>The address of cluster DNS: the tenth of the services', as usual.</summary>
    public IPAddress DnsAddress => Services.Address(10);

    /// <summary>Whether node ports and load balancers answer on all addresses of the machine, and not on the node's alone.</summary>
    public bool ServesMachine => Cluster == "default";

    /// <summary>Where to listen for what is served at ports of the node: at its address, or at all of the machine.</summary>
    public IPAddress ListenAddress => !ServesMachine ? NodeAddress : Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>Name of the nftables tables, and comment of rules in foreign ones.</summary>
    public string Table => $"slipway-{Cluster}";

    /// <summary>Name of the CNI network. By id, so that no cluster's name can be the beginning of another's in CNI's file names.</summary>
    public string CniNetwork => $"slipway-{Id}";
}
