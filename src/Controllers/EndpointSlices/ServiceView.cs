using k8s;
using k8s.Models;
using Slipway.Api.Selectors;

namespace Slipway.Controllers;

/// <summary>A service reduced to its addresses and to what decides about its endpoints.</summary>
[KubernetesEntity(Group = "", Kind = "Service", ApiVersion = "v1", PluralName = "services")]
internal sealed class ServiceView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public ServiceSpecView Spec { get; set; } = new();

    /// <summary>Whether clients find the endpoints themselves, because there is no address of the service.</summary>
    public bool IsHeadless => Spec.ClusterIP is null or "" or "None";

    /// <summary>Whether its endpoints are the pods that it selects; those of others are written by somebody else.</summary>
    public bool SelectsPods => Spec.Selector is { SelectsEverything: false } && Spec.Type != "ExternalName";

    /// <summary>Whether a pod of the service's namespace is one of its own.</summary>
    public bool Selects(PodView pod) => SelectsPods && Spec.Selector.Selects(pod);
}

internal sealed class ServiceSpecView
{
    public string? Type { get; set; }
    public string? ClusterIP { get; set; }
    public List<string>? ClusterIPs { get; set; }
    public List<string>? IpFamilies { get; set; }
    public LabelSelector? Selector { get; set; }
    public List<ServicePortView>? Ports { get; set; }
    public bool? PublishNotReadyAddresses { get; set; }
    public string? TrafficDistribution { get; set; }
}

internal sealed class ServicePortView
{
    public string? Name { get; set; }
    public string? Protocol { get; set; }
    public string? AppProtocol { get; set; }
    public int Port { get; set; }
    public IntOrString? TargetPort { get; set; }
}
