using k8s;
using k8s.Models;

namespace Slipway.Network;

/// <summary>An EndpointSlice reduced to what the network makes of it.</summary>
[KubernetesEntity(Group = "discovery.k8s.io", Kind = "EndpointSlice", ApiVersion = "v1", PluralName = "endpointslices")]
internal sealed class SliceView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public string? AddressType { get; set; }
    public List<SliceEndpointView>? Endpoints { get; set; }
    public List<SlicePortView>? Ports { get; set; }

    /// <summary>The service that it belongs to; null when it names none.</summary>
    public string? ServiceName => Metadata.Labels is { } labels && labels.TryGetValue("kubernetes.io/service-name", out var name) ? name : null;

    /// <summary>Namespace and name of its service, for an index.</summary>
    public static IEnumerable<string> ByService(SliceView slice) => slice.ServiceName is { } name ? [$"{slice.Metadata.NamespaceProperty}/{name}"] : [];
}

internal sealed class SliceEndpointView
{
    public List<string> Addresses { get; set; } = [];
    public EndpointConditionsView? Conditions { get; set; }
    public string? Hostname { get; set; }
    public string? NodeName { get; set; }
    public string? Zone { get; set; }
    public EndpointHintsView? Hints { get; set; }

    /// <summary>Whether it takes connections; unknown counts as yes.</summary>
    public bool IsReady => Conditions?.Ready != false;

    /// <summary>Whether it still serves although it is about to end.</summary>
    public bool ServesToTheEnd => Conditions is { Terminating: true, Serving: not false };
}

internal sealed class EndpointHintsView
{
    public List<EndpointHintView>? ForZones { get; set; }
    public List<EndpointHintView>? ForNodes { get; set; }
}

internal sealed class EndpointHintView
{
    public string Name { get; set; } = "";
}

internal sealed class EndpointConditionsView
{
    public bool? Ready { get; set; }
    public bool? Serving { get; set; }
    public bool? Terminating { get; set; }
}

internal sealed class SlicePortView
{
    public string? Name { get; set; }
    public string? Protocol { get; set; }
    public int? Port { get; set; }
}
