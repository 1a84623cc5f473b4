using System.Net;
using System.Net.Sockets;
using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A pod reduced to what makes it an endpoint.</summary>
[KubernetesEntity(Group = "", Kind = "Pod", ApiVersion = "v1", PluralName = "pods")]
internal sealed class EndpointPodView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public EndpointPodSpecView Spec { get; set; } = new();
    public EndpointPodStatusView? Status { get; set; }

    public bool IsTerminating => Metadata.DeletionTimestamp is not null;

    public bool HasEnded => Status?.Phase is "Succeeded" or "Failed";

    public bool IsReady => Readiness is { Status: "True" };

    /// <summary>When it last became ready or unready.</summary>
    public DateTime? ReadinessChangedAt => Readiness?.LastTransitionTime;

    /// <summary>Its address of a family; null when it has none.</summary>
    public string? Address(AddressFamily family) => (Status?.PodIPs?.Select(address => address.Ip) ?? [Status?.PodIP])
        .FirstOrDefault(text => IPAddress.TryParse(text, out var address) && address.AddressFamily == family);

    /// <summary>The number of a port that it names; null when no container that keeps running does.</summary>
    public int? Port(string name, string protocol) => (Spec.Containers ?? [])
        .Concat((Spec.InitContainers ?? []).Where(container => container.RestartPolicy == "Always"))
        .SelectMany(container => container.Ports ?? [])
        .FirstOrDefault(port => port.Name == name && (port.Protocol ?? "TCP") == protocol)?.ContainerPort;

    private EndpointPodCondition? Readiness => Status?.Conditions?.Find(condition => condition.Type == "Ready");
}

internal sealed class EndpointPodSpecView
{
    public string? NodeName { get; set; }
    public string? Hostname { get; set; }
    public string? Subdomain { get; set; }
    public List<EndpointContainerView>? Containers { get; set; }
    public List<EndpointContainerView>? InitContainers { get; set; }
}

internal sealed class EndpointContainerView
{
    public string? RestartPolicy { get; set; }
    public List<EndpointContainerPort>? Ports { get; set; }
}

internal sealed class EndpointContainerPort
{
    public string? Name { get; set; }
    public string? Protocol { get; set; }
    public int ContainerPort { get; set; }
}

internal sealed class EndpointPodStatusView
{
    public string? Phase { get; set; }
    public string? PodIP { get; set; }
    public List<EndpointPodAddress>? PodIPs { get; set; }
    public List<EndpointPodCondition>? Conditions { get; set; }
}

internal sealed class EndpointPodAddress
{
    public string? Ip { get; set; }
}

internal sealed class EndpointPodCondition
{
    public string? Type { get; set; }
    public string? Status { get; set; }
    public DateTime? LastTransitionTime { get; set; }
}
