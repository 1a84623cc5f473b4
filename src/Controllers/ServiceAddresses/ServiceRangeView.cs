using System.Net;
using k8s;
using k8s.Models;
using Slipway.Api;

namespace Slipway.Controllers;

/// <summary>A ServiceCIDR reduced to its ranges and to whether they are given of.</summary>
[KubernetesEntity(Group = "networking.k8s.io", Kind = "ServiceCIDR", ApiVersion = "v1", PluralName = "servicecidrs")]
internal sealed class ServiceRangeView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public ServiceRangeSpec Spec { get; set; } = new();
    public ServiceRangeStatus? Status { get; set; }

    public bool IsBeingDeleted => Metadata.DeletionTimestamp is not null;

    public IEnumerable<IPNetwork> Networks => (Spec.Cidrs ?? []).Where(cidr => IPNetwork.TryParse(cidr, out _)).Select(IPNetwork.Parse);

    public ServiceRangeCondition? Ready => Status?.Conditions?.Find(condition => condition.Type == "Ready");
}

internal sealed class ServiceRangeSpec
{
    public List<string>? Cidrs { get; set; }
}

internal sealed class ServiceRangeStatus
{
    public List<ServiceRangeCondition>? Conditions { get; set; }
}

internal sealed class ServiceRangeCondition
{
    public string Type { get; set; } = "";
    public string Status { get; set; } = "";
    public string? Reason { get; set; }
}

/// <summary>An IPAddress reduced to whose address it is. Its name is the address.</summary>
[KubernetesEntity(Group = "networking.k8s.io", Kind = "IPAddress", ApiVersion = "v1", PluralName = "ipaddresses")]
internal sealed class ServiceAddressView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public ServiceAddressSpec Spec { get; set; } = new();

    /// <summary>Whether it stands for an address of a service; others are other people's.</summary>
    public bool IsOfServices => Metadata.Labels?.TryGetValue(AddressManager.Label, out var manager) == true && manager == AddressManager.Services;
}

internal sealed class ServiceAddressSpec
{
    public ServiceAddressParent ParentRef { get; set; } = new();
}

internal sealed class ServiceAddressParent
{
    public string? Resource { get; set; }
    public string? Namespace { get; set; }
    public string? Name { get; set; }
}
