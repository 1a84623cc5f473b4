using System.Net;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Services;

/// <summary>What is held of the ranges of services.</summary>
/// <param name="Addresses">Cluster addresses.</param>
/// <param name="Ports">Node ports, of health checks too.</param>
internal sealed record ServiceHoldings(IReadOnlySet<IPAddress> Addresses, IReadOnlySet<int> Ports)
{
    /// <summary>The holdings of some services.</summary>
    public static ServiceHoldings Of(IEnumerable<JsonObject> services) => Together(services.Select(ServiceHolding.OfService));

    /// <summary>What several hold.</summary>
    public static ServiceHoldings Together(IEnumerable<ServiceHolding> holdings)
    {
        var (addresses, ports) = (new HashSet<IPAddress>(), new HashSet<int>());
        foreach (var holding in holdings)
        {
            addresses.UnionWith(holding.Addresses);
            ports.UnionWith(holding.Ports);
        }
        return new(addresses, ports);
    }
}

/// <summary>What one object holds.</summary>
/// <param name="Addresses">Cluster addresses.</param>
/// <param name="Ports">Node ports, of health checks too.</param>
internal sealed record ServiceHolding(IReadOnlyList<IPAddress> Addresses, IReadOnlyList<int> Ports)
{
    /// <summary>What a service holds.</summary>
    public static ServiceHolding OfService(JsonObject service)
    {
        var spec = service.Object("spec") ?? [];
        var texts = (spec.Array("clusterIPs") ?? []).Append(spec["clusterIP"]).Select(text => text.AsText()).Distinct();
        var ports = spec.Objects("ports").Select(port => port.Integer("nodePort")).Append(spec.Integer("healthCheckNodePort"));
        return new([.. texts.Where(text => IPAddress.TryParse(text, out _)).Select(text => IPAddress.Parse(text!))], [.. ports.Where(port => port is > 0).Select(port => (int)port!.Value)]);
    }

    /// <summary>
    /// What an IPAddress holds: its address, unless it only tells of one that a service has
    /// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/ip-address-v1/"/>).
    /// </summary>
    public static ServiceHolding OfAddress(JsonObject address) =>
        address.Object("metadata")?.Object("labels")?.Text(AddressManager.Label) != AddressManager.Services && IPAddress.TryParse(address.Object("metadata")?.Text("name"), out var held) ? new([held], []) : new([], []);
}
