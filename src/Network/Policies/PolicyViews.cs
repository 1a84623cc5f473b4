using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Slipway.Network;

/// <summary>A NetworkPolicy, as it is enforced.</summary>
[KubernetesEntity(Group = "networking.k8s.io", Kind = "NetworkPolicy", ApiVersion = "v1", PluralName = "networkpolicies")]
internal sealed class PolicyView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public PolicySpecView Spec { get; set; } = new();
}

internal sealed class PolicySpecView
{
    public JsonObject? PodSelector { get; set; }
    public List<string>? PolicyTypes { get; set; }
    public List<PolicyRuleView>? Ingress { get; set; }
    public List<PolicyRuleView>? Egress { get; set; }
}

internal sealed class PolicyRuleView
{
    public List<PolicyPeerView>? From { get; set; }
    public List<PolicyPeerView>? To { get; set; }
    public List<PolicyPortView?>? Ports { get; set; }
}

internal sealed class PolicyPeerView
{
    public JsonObject? PodSelector { get; set; }
    public JsonObject? NamespaceSelector { get; set; }
    public AddressBlockView? IpBlock { get; set; }
}

internal sealed class AddressBlockView
{
    public string? Cidr { get; set; }
    public List<string>? Except { get; set; }
}

internal sealed class PolicyPortView
{
    public string? Protocol { get; set; }
    public IntOrString? Port { get; set; }
    public int? EndPort { get; set; }
}

/// <summary>A pod reduced to what policies say of it.</summary>
[KubernetesEntity(Group = "", Kind = "Pod", ApiVersion = "v1", PluralName = "pods")]
internal sealed class PolicyPodView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public PolicyPodSpecView Spec { get; set; } = new();
    public HostPortStatus? Status { get; set; }

    /// <summary>Its address, as long as it is its own: a pod in the node's network is reached like the node.</summary>
    public string? Address => Spec.HostNetwork != true && Status is { Phase: not ("Succeeded" or "Failed"), PodIP: { Length: > 0 } address } && Ipv4Range.TryParse(address, out _) ? address : null;

    /// <summary>The number of a port that it names; null when no container does.</summary>
    public int? Port(string name, string protocol) => (Spec.Containers ?? []).SelectMany(container => container.Ports ?? [])
        .FirstOrDefault(port => port.Name == name && (port.Protocol ?? "TCP").Equals(protocol, StringComparison.OrdinalIgnoreCase))?.ContainerPort;
}

internal sealed class PolicyPodSpecView
{
    public string? NodeName { get; set; }
    public bool? HostNetwork { get; set; }
    public List<PolicyContainerView>? Containers { get; set; }
}

internal sealed class PolicyContainerView
{
    public List<PolicyContainerPort>? Ports { get; set; }
}

internal sealed class PolicyContainerPort
{
    public string? Name { get; set; }
    public string? Protocol { get; set; }
    public int ContainerPort { get; set; }
}

/// <summary>A namespace reduced to its labels.</summary>
[KubernetesEntity(Group = "", Kind = "Namespace", ApiVersion = "v1", PluralName = "namespaces")]
internal sealed class PolicyNamespaceView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
}
