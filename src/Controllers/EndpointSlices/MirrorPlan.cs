using System.Net;
using System.Net.Sockets;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>The EndpointSlices of Endpoints that somebody else writes.</summary>
internal static class MirrorPlan
{
    /// <summary>Value of the label that tells mirrored slices.</summary>
    public const string Manager = "endpointslicemirroring-controller.k8s.io";

    // Most addresses of a subset that are mirrored, as upstream.
    private const int MaxAddresses = 1000;

    // Of documents by which programs elect a leader.
    private const string LeaderAnnotation = "control-plane.alpha.kubernetes.io/leader";

    private static readonly string[] OwnAnnotations = ["kubectl.kubernetes.io/last-applied-configuration", EndpointSliceView.TriggerAnnotation];

    /// <summary>Whether Endpoints are mirrored: the service selects no pods, and nothing says otherwise.</summary>
    public static bool IsMirrored(EndpointsView endpoints, ServiceView? service)
    {
        var (labels, annotations) = (endpoints.Metadata.Labels ?? new Dictionary<string, string>(), endpoints.Metadata.Annotations);
        return service is { Metadata.DeletionTimestamp: null, Spec.Selector: null or { SelectsEverything: true } }
            && endpoints.Metadata.DeletionTimestamp is null
            && annotations?.ContainsKey(LeaderAnnotation) != true
            && !labels.ContainsKey(EndpointsView.ManagerLabel)
            && !(labels.TryGetValue(EndpointsView.SkipMirrorLabel, out var skip) && skip == "true");
    }

    /// <summary>The endpoints by family and ports.</summary>
    public static IReadOnlyList<EndpointGroup> Groups(EndpointsView endpoints)
    {
        var groups = new Dictionary<(string Type, string Ports), (IReadOnlyList<SlicePort> Ports, Dictionary<string, SliceEndpoint> Endpoints)>();
        foreach (var subset in endpoints.Subsets ?? [])
        {
            IReadOnlyList<SlicePort> ports = [.. (subset.Ports ?? []).Select(port => port with { Name = port.Name ?? "", Protocol = port.Protocol ?? "TCP" })];
            var addresses = (subset.Addresses ?? []).Select(address => (address, Ready: true)).Concat((subset.NotReadyAddresses ?? []).Select(address => (address, Ready: false)));
            foreach (var (address, ready) in addresses.Take(MaxAddresses))
            {
                if (!IPAddress.TryParse(address.Ip, out var ip)) continue;
                var key = (ip.AddressFamily == AddressFamily.InterNetworkV6 ? "IPv6" : "IPv4", SlicePort.KeyOf(ports));
                if (!groups.TryGetValue(key, out var group)) groups[key] = group = (ports, []);
                var endpoint = new SliceEndpoint
                {
                    Addresses = [address.Ip],
                    Conditions = new() { Ready = ready },
                    Hostname = address.Hostname,
                    NodeName = address.NodeName,
                    TargetRef = address.TargetRef,
                };
                group.Endpoints.TryAdd(endpoint.Identity, endpoint);
            }
        }
        return [.. groups.Select(group => new EndpointGroup(group.Key.Type, group.Value.Ports, [.. group.Value.Endpoints.Values]))];
    }

    /// <summary>What all slices of the Endpoints have in common.</summary>
    public static SliceTemplate Template(EndpointsView endpoints)
    {
        var labels = EndpointLabels.Inherited(endpoints.Metadata.Labels);
        labels[EndpointSliceView.ServiceLabel] = endpoints.Metadata.Name;
        labels[EndpointSliceView.ManagerLabel] = Manager;
        var annotations = (endpoints.Metadata.Annotations ?? new Dictionary<string, string>()).Where(entry => !OwnAnnotations.Contains(entry.Key)).ToDictionary();
        var owner = new V1OwnerReference { ApiVersion = "v1", Kind = "Endpoints", Name = endpoints.Metadata.Name, Uid = endpoints.Metadata.Uid, Controller = true, BlockOwnerDeletion = true };
        return new(endpoints.Metadata.NamespaceProperty, endpoints.Metadata.Name, labels, annotations, owner);
    }
}
