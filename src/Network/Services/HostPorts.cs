using System.Net;
using System.Net.Sockets;
using k8s;
using k8s.Models;

namespace Slipway.Network;

/// <summary>A pod of this node reduced to the ports of the node that it takes.</summary>
[KubernetesEntity(Group = "", Kind = "Pod", ApiVersion = "v1", PluralName = "pods")]
internal sealed class HostPortPod : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public HostPortSpec Spec { get; set; } = new();
    public HostPortStatus? Status { get; set; }
}

internal sealed class HostPortSpec
{
    public bool? HostNetwork { get; set; }
    public List<HostPortContainer>? Containers { get; set; }
    public List<HostPortContainer>? InitContainers { get; set; }
}

internal sealed class HostPortContainer
{
    public List<HostPort>? Ports { get; set; }
}

internal sealed class HostPort
{
    public int ContainerPort { get; set; }

    [System.Text.Json.Serialization.JsonPropertyName("hostPort")]
    public int? Port { get; set; }

    [System.Text.Json.Serialization.JsonPropertyName("hostIP")]
    public string? Address { get; set; }

    public string? Protocol { get; set; }
}

internal sealed class HostPortStatus
{
    public string? Phase { get; set; }
    public string? PodIP { get; set; }
}

/// <summary>Ports of the node that lead to a pod: frontends with one end.</summary>
internal static class HostPorts
{
    /// <summary>The frontends of a pod; none for one that has ended, has no address yet, or is in the node's network itself.</summary>
    public static IEnumerable<KeyValuePair<Frontend, Backends>> Of(HostPortPod pod)
    {
        if (pod.Spec.HostNetwork == true || pod.Status is not { Phase: not ("Succeeded" or "Failed"), PodIP: { } address } || !IsIpv4(address, out _)) yield break;
        foreach (var port in (pod.Spec.Containers ?? []).Concat(pod.Spec.InitContainers ?? []).SelectMany(container => container.Ports ?? []))
        {
            if (port.Port is not { } number || number <= 0) continue;
            var at = port.Address is { Length: > 0 } host ? host : "0.0.0.0";
            if (!IsIpv4(at, out var any)) continue;
            yield return new(new(any ? "" : at, (port.Protocol ?? "TCP").ToLowerInvariant(), number), new([new(address, port.ContainerPort)]));
        }
    }

    private static bool IsIpv4(string text, out bool any)
    {
        any = IPAddress.TryParse(text, out var address) && address.Equals(IPAddress.Any);
        return address?.AddressFamily == AddressFamily.InterNetwork;
    }
}
