using System.Net.Sockets;

namespace Slipway.Controllers;

/// <summary>The Endpoints of a service: addresses by the ports that they have.</summary>
internal static class EndpointsPlan
{
    /// <summary>Most addresses that Endpoints hold.</summary>
    public const int MaxAddresses = 1000;

    /// <summary>The document that a service should have.</summary>
    public static EndpointsView For(ServiceView service, IReadOnlyList<PodView> pods)
    {
        var groups = new SortedDictionary<string, (IReadOnlyList<SlicePort> Ports, List<(EndpointsAddress Address, bool Ready)> Addresses)>(StringComparer.Ordinal);
        var tolerant = service.Spec.PublishNotReadyAddresses == true;
        var family = ServiceEndpoints.AddressTypes(service)[0] == "IPv6" ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        var own = pods.Where(pod => service.Selects(pod) && !pod.HasEnded && (tolerant || !pod.IsBeingDeleted) && pod.Address(family) is not null)
            .OrderByDescending(pod => tolerant || pod.IsReady).ThenBy(pod => pod.Address(family), StringComparer.Ordinal).ThenBy(pod => pod.Metadata.Uid, StringComparer.Ordinal).ToList();
        foreach (var pod in own.Take(MaxAddresses))
        {
            var ports = ServiceEndpoints.Ports(service, pod);
            // Without a port of its own an address only counts where the service has none either.
            if (ports.Count == 0 && service.Spec.Ports is { Count: > 0 }) continue;
            var key = SlicePort.KeyOf(ports);
            if (!groups.TryGetValue(key, out var group)) groups[key] = group = (ports, []);
            var address = new EndpointsAddress
            {
                Ip = pod.Address(family)!,
                Hostname = pod.Spec?.Subdomain == service.Metadata.Name && pod.Spec?.Hostname is { Length: > 0 } hostname ? hostname : null,
                NodeName = pod.Spec?.NodeName,
                TargetRef = ServiceEndpoints.Reference(pod),
            };
            group.Addresses.Add((address, tolerant || pod.IsReady));
        }
        var labels = EndpointLabels.Inherited(service.Metadata.Labels);
        labels[EndpointsView.ManagerLabel] = "endpoint-controller";
        if (service.IsHeadless) labels[EndpointSliceView.HeadlessLabel] = "";
        var annotations = new Dictionary<string, string>();
        if (own.Count > MaxAddresses) annotations[EndpointsView.CapacityAnnotation] = "truncated";
        return new()
        {
            Metadata = new() { Name = service.Metadata.Name, NamespaceProperty = service.Metadata.NamespaceProperty, Labels = labels, Annotations = annotations },
            Subsets = groups.Count == 0 ? null : [.. groups.Values.Select(group => new EndpointSubset
            {
                Addresses = Some(group.Addresses, ready: true),
                NotReadyAddresses = Some(group.Addresses, ready: false),
                Ports = group.Ports.Count == 0 ? null : [.. group.Ports.Select(port => port with { Name = port.Name is "" ? null : port.Name })],
            })],
        };
    }

    private static List<EndpointsAddress>? Some(List<(EndpointsAddress Address, bool Ready)> addresses, bool ready) =>
        addresses.Where(address => address.Ready == ready).Select(address => address.Address).ToList() is { Count: > 0 } some ? some : null;
}
