using System.Net;
using System.Net.Sockets;

namespace Slipway.Network;

/// <summary>What the proxy must know besides services and their endpoints.</summary>
/// <param name="Node">Name of this node.</param>
/// <param name="ServesMachine">Whether ports of the node are also the machine's, so that its programs reach them at 127.0.0.1.</param>
internal sealed record ProxyFacts(string Node, bool ServesMachine = false);

/// <summary>
/// Where a service is reached on this node, and what becomes of connections
/// (<see href="https://kubernetes.io/docs/reference/networking/virtual-ips/"/>).
/// </summary>
internal static class ServiceFrontends
{
    private const string Loopback = "127.0.0.1";
    private const string ProxyLabel = "service.kubernetes.io/service-proxy-name";

    /// <summary>The class of load balancers that this cluster provides itself, which a service may name.</summary>
    public const string LoadBalancerClass = "slipway.dev/node";

    /// <summary>The frontends of a service; none for one without an address, of another proxy, or of another family.</summary>
    public static IEnumerable<KeyValuePair<Frontend, Backends>> Of(ServiceView service, IReadOnlyList<SliceView> slices, ProxyFacts facts)
    {
        var spec = service.Spec;
        if (spec.Type == "ExternalName" || !IsIpv4(spec.ClusterIP) || service.Metadata.Labels?.ContainsKey(ProxyLabel) == true) yield break;
        foreach (var port in spec.Ports ?? [])
        {
            var protocol = (port.Protocol ?? "TCP").ToLowerInvariant();
            var endpoints = Endpoints(slices, port);
            var inside = For(spec, endpoints, spec.InternalTrafficPolicy == "Local", facts);
            yield return new(new(spec.ClusterIP!, protocol, port.Port), inside);

            var local = spec.ExternalTrafficPolicy == "Local";
            var outside = For(spec, endpoints, local, facts) with { FromOutside = !local };
            foreach (var address in (spec.ExternalIPs ?? []).Where(IsIpv4))
                yield return new(new(address, protocol, port.Port), outside);
            if (port.NodePort is > 0 and var nodePort && spec.Type is "NodePort" or "LoadBalancer")
            {
                yield return new(new("", protocol, nodePort), outside);
                // Nobody else answers to an address of loopback, so that these connections take the node's whatever the policy.
                if (facts.ServesMachine) yield return new(new(Loopback, protocol, nodePort), outside with { FromOutside = true });
            }
            if (spec.Type != "LoadBalancer") continue;
            foreach (var frontend in LoadBalancers(service, protocol, port.Port))
                yield return new(frontend, outside with { Sources = [.. (spec.LoadBalancerSourceRanges ?? []).Select(range => range.Trim()).Where(range => Ipv4Range.TryParse(range, out _))] });
        }
    }

    /// <summary>Whether the cluster itself balances the load of a service.</summary>
    public static bool IsOwnLoadBalancer(ServiceView service) => service.Spec is { Type: "LoadBalancer", LoadBalancerClass: null or "" or LoadBalancerClass };

    /// <summary>The ends of a port: those that are ready, and where there are none those that serve to their end.</summary>
    public static List<(Backend End, SliceEndpointView Of)> Endpoints(IReadOnlyList<SliceView> slices, ServicePortView port)
    {
        var (ready, ending) = (new List<(Backend, SliceEndpointView)>(), new List<(Backend, SliceEndpointView)>());
        foreach (var slice in slices.Where(slice => slice.AddressType is "IPv4"))
        {
            var target = (slice.Ports ?? []).Find(p => (p.Name ?? "") == (port.Name ?? "") && (p.Protocol ?? "TCP") == (port.Protocol ?? "TCP"))?.Port;
            if (target is null) continue;
            foreach (var endpoint in slice.Endpoints ?? [])
                if (endpoint.Addresses.FirstOrDefault(IsIpv4) is { } address && (endpoint.IsReady || endpoint.ServesToTheEnd))
                    (endpoint.IsReady ? ready : ending).Add((new(address, target.Value), endpoint));
        }
        return ready.Count > 0 ? ready : ending;
    }

    private static Backends For(ServiceSpecView spec, List<(Backend End, SliceEndpointView Of)> endpoints, bool local, ProxyFacts facts)
    {
        // An endpoint may be in two slices while it moves from one to the other.
        var ends = (local ? endpoints.FindAll(endpoint => endpoint.Of.NodeName == facts.Node) : Near(endpoints, facts)).Select(endpoint => endpoint.End).Distinct()
            .OrderBy(end => end.Address, StringComparer.Ordinal).ThenBy(end => end.Port).ToList();
        return new(ends)
        {
            AffinitySeconds = spec.SessionAffinity == "ClientIP" ? spec.SessionAffinityConfig?.ClientIP?.TimeoutSeconds ?? 10_800 : null,
            OnOtherNodes = ends.Count == 0 && endpoints.Count > 0,
        };
    }

    // Those that are meant for this node, else for its zone, if each endpoint says for whom it is (as kube-proxy's topology.go). The node's zone is told by the
    // endpoints that are on it: where there are none, all count.
    private static List<(Backend End, SliceEndpointView Of)> Near(List<(Backend End, SliceEndpointView Of)> endpoints, ProxyFacts facts)
    {
        var zone = endpoints.Find(endpoint => endpoint.Of.NodeName == facts.Node).Of?.Zone;
        return Meant(facts.Node, static hints => hints.ForNodes) ?? Meant(zone, static hints => hints.ForZones) ?? endpoints;

        List<(Backend, SliceEndpointView)>? Meant(string? name, Func<EndpointHintsView, List<EndpointHintView>?> list) =>
            endpoints.TrueForAll(endpoint => endpoint.Of.Hints is { } hints && list(hints) is { Count: > 0 })
            && endpoints.FindAll(endpoint => list(endpoint.Of.Hints!)!.Exists(hint => hint.Name == name)) is { Count: > 0 } near ? near : null;
    }

    // The node's own address is what the cluster gives; others are given by somebody else's balancer.
    private static IEnumerable<Frontend> LoadBalancers(ServiceView service, string protocol, int port)
    {
        if (IsOwnLoadBalancer(service))
        {
            yield return new("", protocol, port);
            yield break;
        }
        foreach (var ingress in service.Status?.LoadBalancer?.Ingress ?? [])
            if (IsIpv4(ingress.Ip) && ingress.IpMode is not "Proxy") yield return new(ingress.Ip!, protocol, port);
    }

    private static bool IsIpv4(string? text) => IPAddress.TryParse(text, out var address) && address.AddressFamily == AddressFamily.InterNetwork;
}
