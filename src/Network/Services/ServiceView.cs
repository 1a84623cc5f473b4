using k8s;
using k8s.Models;

namespace Slipway.Network;

/// <summary>A service reduced to what the network makes of it.</summary>
[KubernetesEntity(Group = "", Kind = "Service", ApiVersion = "v1", PluralName = "services")]
internal sealed class ServiceView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public ServiceSpecView Spec { get; set; } = new();
    public ServiceStatusView? Status { get; set; }
}

internal sealed class ServiceSpecView
{
    public string? Type { get; set; }
    public string? ClusterIP { get; set; }
    public List<string>? ClusterIPs { get; set; }
    public List<string>? ExternalIPs { get; set; }
    public string? ExternalName { get; set; }
    public string? ExternalTrafficPolicy { get; set; }
    public int? HealthCheckNodePort { get; set; }
    public string? InternalTrafficPolicy { get; set; }
    public string? LoadBalancerClass { get; set; }
    public List<string>? LoadBalancerSourceRanges { get; set; }
    public List<ServicePortView>? Ports { get; set; }
    public string? SessionAffinity { get; set; }
    public AffinityConfigView? SessionAffinityConfig { get; set; }
}

internal sealed class ServicePortView
{
    public string? Name { get; set; }
    public string? Protocol { get; set; }
    public int Port { get; set; }
    public int? NodePort { get; set; }
    public string? AppProtocol { get; set; }
}

internal sealed class AffinityConfigView
{
    public ClientIPView? ClientIP { get; set; }
}

internal sealed class ClientIPView
{
    public int? TimeoutSeconds { get; set; }
}

internal sealed class ServiceStatusView
{
    public LoadBalancerView? LoadBalancer { get; set; }
}

internal sealed class LoadBalancerView
{
    public List<LoadBalancerIngressView>? Ingress { get; set; }
}

internal sealed class LoadBalancerIngressView
{
    public string? Ip { get; set; }
    public string? IpMode { get; set; }
}
