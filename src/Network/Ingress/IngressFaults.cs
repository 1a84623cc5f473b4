using Slipway.Api;

namespace Slipway.Network;

/// <summary>Something of an ingress that cannot be served.</summary>
/// <param name="Reason">One word, for an event.</param>
/// <param name="Message">What is wrong, as a sentence.</param>
internal readonly record struct IngressFault(string Reason, string Message);

/// <summary>What is wrong with ingresses.</summary>
internal static class IngressFaults
{
    /// <summary>The faults of one ingress.</summary>
    /// <param name="ingress">The ingress.</param>
    /// <param name="routes">The routes of all.</param>
    /// <param name="service">Finds a service.</param>
    /// <param name="certificate">Gives the certificate of a Secret.</param>
    public static IEnumerable<IngressFault> Of(IngressView ingress, IngressRoutes routes, Func<ObjectKey, ServiceView?> service, Func<ObjectKey, IngressCertificate> certificate)
    {
        var key = new ObjectKey(ingress.Metadata.NamespaceProperty, ingress.Metadata.Name);
        foreach (var backend in BackendsOf(ingress))
        {
            if (backend.Resource is { } resource)
                yield return new("UnsupportedBackend", $"the backend {resource.Kind} \"{resource.Name}\" is no service, and ingresses of this class lead to services alone");
            if (backend.Service is not { } named) continue;
            var at = new ObjectKey(key.Namespace, named.Name);
            if (IngressPorts.Fault(new(at, named.Port?.Name ?? "", named.Port?.Number ?? 0), service(at)) is { } fault) yield return new("BackendNotFound", fault);
        }
        foreach (var secret in IngressCertificates.SecretsOf(ingress))
            if (certificate(secret).Fault is { } fault) yield return new("CertificateNotFound", $"{fault}; clients get a certificate that nobody vouches for");
        foreach (var (_, host, path, by) in routes.Conflicts.Where(conflict => conflict.Ingress == key))
            yield return new("PathConflict", $"{(path.Length > 0 ? $"the path {path}" : "the default backend")} of {(host.Length > 0 ? $"the host {host}" : "all hosts")} is taken by the older ingress {by}");
    }

    private static IEnumerable<IngressBackendView> BackendsOf(IngressView ingress) => (ingress.Spec.Rules ?? []).SelectMany(rule => rule.Http?.Paths ?? [])
        .Select(path => path.Backend).Append(ingress.Spec.DefaultBackend).OfType<IngressBackendView>();
}
