using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>Endpoints (core/v1), which older clients read in place of EndpointSlices.</summary>
[KubernetesEntity(Group = "", Kind = "Endpoints", ApiVersion = "v1", PluralName = "endpoints")]
internal sealed class EndpointsView : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Label with who writes them; people's own have none.</summary>
    public const string ManagerLabel = "endpoints.kubernetes.io/managed-by";

    /// <summary>Label of Endpoints that are not mirrored.</summary>
    public const string SkipMirrorLabel = "endpointslice.kubernetes.io/skip-mirror";

    /// <summary>Annotation of Endpoints with more addresses than they may hold.</summary>
    public const string CapacityAnnotation = "endpoints.kubernetes.io/over-capacity";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public List<EndpointSubset>? Subsets { get; set; }
}

internal sealed record EndpointSubset
{
    public List<EndpointsAddress>? Addresses { get; init; }
    public List<EndpointsAddress>? NotReadyAddresses { get; init; }
    public List<SlicePort>? Ports { get; init; }
}

internal sealed record EndpointsAddress
{
    public required string Ip { get; init; }
    public string? Hostname { get; init; }
    public string? NodeName { get; init; }
    public V1ObjectReference? TargetRef { get; init; }
}
