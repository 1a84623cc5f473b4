using System.Net;

namespace Slipway.Network;

/// <summary>The network of one cluster on this machine: everything else about it follows from these facts.</summary>
/// <param name="Cluster">Name of the cluster.</param>
/// <param name="Id">Its four hexadecimal digits, unique on the machine.</param>
/// <param name="Pods">Addresses of pods; the first is the bridge's.</param>
public sealed record ClusterNetwork(string Cluster, string Id, Ipv4Range Pods)
{
    /// <summary>The bridge to which pods are connected; interface names hold 15 characters at most.</summary>
    public string Bridge => $"{InterfacePrefix}0";

    /// <summary>How the names of all interfaces of the cluster begin.</summary>
    public string InterfacePrefix => $"sw{Id}";

    /// <summary>The bridge's address: gateway of the pods and address of the node.</summary>
    public IPAddress NodeAddress => Pods.Address(1);

    /// <summary>Name of the nftables table, and comment of rules in foreign ones.</summary>
    public string Table => $"slipway-{Cluster}";

    /// <summary>Name of the CNI network. By id, so that no cluster's name can be the beginning of another's in CNI's file names.</summary>
    public string CniNetwork => $"slipway-{Id}";
}
