using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>An EndpointSlice, as its controllers read and write it.</summary>
[KubernetesEntity(Group = "discovery.k8s.io", Kind = "EndpointSlice", ApiVersion = "v1", PluralName = "endpointslices")]
internal sealed record EndpointSliceView : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Label with the name of the service.</summary>
    public const string ServiceLabel = "kubernetes.io/service-name";

    /// <summary>Label with who writes it.</summary>
    public const string ManagerLabel = "endpointslice.kubernetes.io/managed-by";

    /// <summary>Label of slices of services without an address of their own.</summary>
    public const string HeadlessLabel = "service.kubernetes.io/headless";

    /// <summary>Annotation with the time of the change in life that the last change of the document follows.</summary>
    public const string TriggerAnnotation = "endpoints.kubernetes.io/last-change-trigger-time";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public string? AddressType { get; set; }
    public List<SliceEndpoint>? Endpoints { get; set; }
    public List<SlicePort>? Ports { get; set; }

    /// <summary>The service that it belongs to; null when it names none.</summary>
    [JsonIgnore]
    public string? ServiceName => Metadata.Labels is { } labels && labels.TryGetValue(ServiceLabel, out var name) ? name : null;

    public bool IsManagedBy(string manager) => Metadata.Labels is { } labels && labels.TryGetValue(ManagerLabel, out var own) && own == manager;
}

internal sealed record SliceEndpoint
{
    public required List<string> Addresses { get; init; }
    public SliceConditions? Conditions { get; init; }
    public string? Hostname { get; init; }
    public string? NodeName { get; init; }
    public string? Zone { get; init; }
    public SliceHints? Hints { get; init; }
    public V1ObjectReference? TargetRef { get; init; }

    /// <summary>What stays the same while its conditions change.</summary>
    [JsonIgnore]
    public string Identity => $"{Addresses[0]} {TargetRef?.NamespaceProperty}/{TargetRef?.Name} {TargetRef?.Uid}";
}

internal sealed record SliceConditions
{
    public bool? Ready { get; init; }
    public bool? Serving { get; init; }
    public bool? Terminating { get; init; }
}

/// <summary>By whom an endpoint is preferably used.</summary>
internal sealed record SliceHints
{
    public List<SliceHint>? ForZones { get; init; }
    public List<SliceHint>? ForNodes { get; init; }

    /// <summary>
    /// The hints of a ready endpoint; null when it is for all alike. Those of a node stand beside those of its zone, which count where the node has no endpoint
    /// (<see href="https://kubernetes.io/docs/reference/networking/virtual-ips/#traffic-distribution"/>).
    /// </summary>
    /// <param name="distribution">The service's <c>trafficDistribution</c>.</param>
    /// <param name="node">The endpoint's node.</param>
    /// <param name="zone">The node's zone.</param>
    public static SliceHints? Of(string? distribution, string? node, string? zone)
    {
        if (distribution is not ("PreferClose" or "PreferSameZone" or "PreferSameNode")) return null;
        var forNodes = distribution == "PreferSameNode" && node is not null ? new List<SliceHint> { new() { Name = node } } : null;
        return forNodes is null && zone is null ? null : new() { ForZones = zone is null ? null : [new() { Name = zone }], ForNodes = forNodes };
    }
}

internal sealed record SliceHint
{
    public required string Name { get; init; }
}

internal sealed record SlicePort
{
    public string? Name { get; init; }
    public string? Protocol { get; init; }
    public int? Port { get; init; }
    public string? AppProtocol { get; init; }

    /// <summary>The ports of a list as a text that is the same for the same ports.</summary>
    public static string KeyOf(IEnumerable<SlicePort> ports) =>
        string.Join(',', ports.Select(port => $"{port.Name}/{port.Protocol}/{port.Port}/{port.AppProtocol}").Order(StringComparer.Ordinal));
}
