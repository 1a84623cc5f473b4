using Microsoft.Extensions.Logging;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>The cluster's network as a part of its server: services and load balancers.</summary>
public static class NetworkRole
{
    /// <summary>Adds all of it to a host.</summary>
    /// <param name="host">The host, whose API is bound to the service account <c>slipway-system/network</c>.</param>
    /// <param name="network">The cluster's network, which is made already.</param>
    /// <param name="node">Name of this node.</param>
    /// <returns>Completes when the services that there are can be reached.</returns>
    public static Task Register(ControllerHost host, ClusterNetwork network, string node)
    {
        var proxy = ServiceProxy.Register(host, network, new ProxyFacts(node), new Nftables(network), new ConnectionTable(host.Logs.CreateLogger<ConnectionTable>()));
        LoadBalancerController.Register(host, $"{network.NodeAddress}");
        return proxy.Programmed;
    }
}
