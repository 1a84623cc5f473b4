using System.Net;
using System.Net.Sockets;

namespace Slipway.Controllers;

/// <summary>What makes a pod an endpoint.</summary>
internal static class EndpointPod
{
    extension(PodView pod)
    {
        /// <summary>When it last became ready or unready.</summary>
        public DateTime? ReadinessChangedAt => pod.ConditionOf("Ready")?.LastTransitionTime;

        /// <summary>Its address of a family; null when it has none.</summary>
        public string? Address(AddressFamily family) => (pod.Status?.PodIPs?.Select(address => address.Ip) ?? [pod.Status?.PodIP])
            .FirstOrDefault(text => IPAddress.TryParse(text, out var address) && address.AddressFamily == family);

        /// <summary>The number of a port that it names; null when no container that keeps running does.</summary>
        public int? Port(string name, string protocol) => (pod.Spec?.Containers ?? [])
            .Concat((pod.Spec?.InitContainers ?? []).Where(container => container.RestartPolicy == "Always"))
            .SelectMany(container => container.Ports ?? [])
            .FirstOrDefault(port => port.Name == name && (port.Protocol ?? "TCP") == protocol)?.ContainerPort;
    }
}
