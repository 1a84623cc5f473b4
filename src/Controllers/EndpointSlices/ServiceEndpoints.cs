using System.Net.Sockets;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>The endpoints of a service: its pods that have an address, with the ports that each gives to the service's.</summary>
internal static class ServiceEndpoints
{
    /// <summary>The endpoints by family and ports; a pod whose container names no port that a service's port wants lacks that port.</summary>
    /// <param name="service">The service.</param>
    /// <param name="pods">Pods of its namespace.</param>
    /// <param name="zoneOf">Tells the zone of a node; null when it is in none.</param>
    public static IReadOnlyList<EndpointGroup> Of(ServiceView service, IEnumerable<PodView> pods, Func<string, string?> zoneOf)
    {
        var groups = new Dictionary<(string Type, string Ports), (IReadOnlyList<SlicePort> Ports, List<SliceEndpoint> Endpoints)>();
        var own = pods.Where(pod => service.Selects(pod) && !pod.HasEnded).OrderBy(pod => pod.Metadata.Name, StringComparer.Ordinal).ToList();
        foreach (var type in AddressTypes(service))
            foreach (var pod in own)
            {
                if (pod.Address(FamilyOf(type)) is not { } address) continue;
                var ports = Ports(service, pod);
                var key = (type, SlicePort.KeyOf(ports));
                if (!groups.TryGetValue(key, out var group)) groups[key] = group = (ports, []);
                group.Endpoints.Add(Endpoint(service, pod, address, zoneOf));
            }
        return [.. groups.Select(group => new EndpointGroup(group.Key.Type, group.Value.Ports, group.Value.Endpoints))];
    }

    /// <summary>The families of a service's addresses.</summary>
    public static IReadOnlyList<string> AddressTypes(ServiceView service) => service.Spec.IpFamilies is { Count: > 0 } families ? families : ["IPv4"];

    /// <summary>The service's ports as a pod has them.</summary>
    public static IReadOnlyList<SlicePort> Ports(ServiceView service, PodView pod)
    {
        var ports = new List<SlicePort>();
        foreach (var port in service.Spec.Ports ?? [])
        {
            var protocol = port.Protocol ?? "TCP";
            if (Target(port, protocol, pod) is { } number)
                ports.Add(new() { Name = port.Name ?? "", Protocol = protocol, Port = number, AppProtocol = port.AppProtocol });
        }
        return ports;
    }

    private static AddressFamily FamilyOf(string type) => type == "IPv6" ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;

    private static int? Target(ServicePortView port, string protocol, PodView pod) => port.TargetPort?.Value switch
    {
        null or "" or "0" => port.Port,
        var text when int.TryParse(text, out var number) => number,
        var name => pod.Port(name, protocol),
    };

    private static SliceEndpoint Endpoint(ServiceView service, PodView pod, string address, Func<string, string?> zoneOf)
    {
        var node = pod.Spec?.NodeName;
        var zone = node is null ? null : zoneOf(node);
        var isReady = service.Spec.PublishNotReadyAddresses == true || (pod.IsReady && !pod.IsBeingDeleted);
        return new()
        {
            Addresses = [address],
            Conditions = new() { Ready = isReady, Serving = pod.IsReady, Terminating = pod.IsBeingDeleted },
            // Its own name below the service's in DNS (https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/).
            Hostname = pod.Spec?.Subdomain == service.Metadata.Name && pod.Spec?.Hostname is { Length: > 0 } hostname ? hostname : null,
            NodeName = node,
            Zone = zone,
            Hints = isReady ? SliceHints.Of(service.Spec.TrafficDistribution, node, zone) : null,
            TargetRef = Reference(pod),
        };
    }

    /// <summary>What an endpoint says of the pod behind it.</summary>
    public static V1ObjectReference Reference(PodView pod) => new()
    {
        Kind = "Pod",
        NamespaceProperty = pod.Metadata.NamespaceProperty,
        Name = pod.Metadata.Name,
        Uid = pod.Metadata.Uid,
    };
}
