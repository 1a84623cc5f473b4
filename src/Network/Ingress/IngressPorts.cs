namespace Slipway.Network;

/// <summary>How requests are sent to a backend.</summary>
internal enum BackendProtocol
{
    /// <summary>HTTP/1.1.</summary>
    Http,

    /// <summary>HTTP/2 without TLS.</summary>
    H2c,

    /// <summary>HTTP/1.1 or HTTP/2 over TLS.</summary>
    Https,
}

/// <summary>The ports of services that ingresses lead to.</summary>
internal static class IngressPorts
{
    /// <summary>The port of a service that a backend names; null when there is none.</summary>
    public static ServicePortView? Find(ServiceView service, IngressBackend backend) => (service.Spec.Ports ?? []).Find(port =>
        (port.Protocol ?? "TCP") == "TCP" && (backend.PortName.Length > 0 ? port.Name == backend.PortName : port.Port == backend.PortNumber));

    /// <summary>
    /// What the port's <c>appProtocol</c> says (<see href="https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol"/>).
    /// </summary>
    public static BackendProtocol Protocol(ServicePortView port) => port.AppProtocol?.ToLowerInvariant() switch
    {
        "kubernetes.io/h2c" or "h2c" or "grpc" => BackendProtocol.H2c,
        "https" or "kubernetes.io/wss" or "wss" => BackendProtocol.Https,
        _ => BackendProtocol.Http,
    };

    /// <summary>Why no request can be sent to a backend, as a sentence; null when one can as soon as there are endpoints.</summary>
    /// <param name="backend">The backend.</param>
    /// <param name="service">Its service; null when there is none.</param>
    public static string? Fault(IngressBackend backend, ServiceView? service)
    {
        if (service is null) return $"the service {backend.Service} does not exist";
        // A name that leads anywhere would let whoever writes services reach what only the machine may.
        if (service.Spec.Type == "ExternalName") return $"the service {backend.Service} is of type ExternalName, to which ingresses do not lead; give the ingress a service with a selector or with EndpointSlices of its own";
        if (Find(service, backend) is not null) return null;
        var ports = (service.Spec.Ports ?? []).Where(port => (port.Protocol ?? "TCP") == "TCP").Select(port => port.Name is { Length: > 0 } name ? $"{port.Port} ({name})" : $"{port.Port}");
        return $"the service {backend.Service} has no TCP port {(backend.PortName.Length > 0 ? $"\"{backend.PortName}\"" : $"{backend.PortNumber}")}; it has {string.Join(", ", ports.DefaultIfEmpty("none"))}";
    }
}
