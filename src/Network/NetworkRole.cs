using Microsoft.Extensions.Logging;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>The cluster's network as a part of its server: services, load balancers, ingresses, policies and DNS.</summary>
public static class NetworkRole
{
    /// <summary>Adds all of it to a host.</summary>
    /// <param name="host">The host, whose API is bound to the service account <c>slipway-system/network</c>.</param>
    /// <param name="network">The cluster's network, which is made already.</param>
    /// <param name="node">Name of this node.</param>
    /// <param name="domain">Domain of the cluster's names.</param>
    /// <param name="ingress">Where ingresses are served.</param>
    public static void Register(ControllerHost host, ClusterNetwork network, string node, string domain, IngressOptions ingress)
    {
        var slices = host.Informer(NetworkKinds.Slices).AddIndex(SliceView.ByService);
        var proxy = ServiceProxy.Register(host, slices, network, new ProxyFacts(node, network.ServesMachine), new Nftables(network), new ConnectionTable(host.Logs.CreateLogger<ConnectionTable>()));
        PolicyEnforcer.Register(host, node, proxy.SetPolicies);
        LoadBalancerController.Register(host, $"{network.NodeAddress}");
        HealthChecks.Register(host, slices, network, node);
        IngressController.Register(host, slices, network, node, ingress);
        DnsRole.Register(host, slices, network, domain);
    }
}
