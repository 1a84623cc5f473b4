using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Api;

namespace Slipway.Network;

/// <summary>What a Secret gives: a certificate, or why there is none.</summary>
/// <param name="Context">The certificate with its key and issuers.</param>
/// <param name="Fault">What is wrong, as a sentence.</param>
internal sealed record IngressCertificate(SslStreamCertificateContext? Context, string? Fault)
{
    /// <summary>Of a Secret that has not been read yet.</summary>
    public static IngressCertificate Unknown { get; } = new(null, null);

    /// <summary>Reads a Secret.</summary>
    /// <param name="key">Its namespace and name.</param>
    /// <param name="secret">The Secret; null when there is none.</param>
    public static IngressCertificate Of(ObjectKey key, SecretView? secret)
    {
        if (secret is null) return new(null, $"the Secret {key} does not exist");
        if (secret.Data?.Certificate is not { Length: > 0 } certificate) return new(null, $"the Secret {key} has no entry tls.crt");
        if (secret.Data.Key is not { Length: > 0 } privateKey) return new(null, $"the Secret {key} has no entry tls.key");
        try
        {
            var pem = Encoding.UTF8.GetString(certificate);
            var leaf = X509Certificate2.CreateFromPem(pem, Encoding.UTF8.GetString(privateKey));
            var all = new X509Certificate2Collection();
            all.ImportFromPem(pem);
            return new(SslStreamCertificateContext.Create(leaf, new X509Certificate2Collection(all.Skip(1).ToArray()), offline: true), null);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            return new(null, $"the Secret {key} holds no certificate with its key in PEM: {e.Message}");
        }
    }
}

/// <summary>
/// Which certificate a client gets, by the name that it asks for (<see href="https://www.rfc-editor.org/rfc/rfc6066#section-3"/>):
/// that of the host, then that of its wildcard, then that of an ingress that names no hosts, then one that nobody vouches for.
/// </summary>
internal sealed class IngressCertificates
{
    private readonly Dictionary<string, SslStreamCertificateContext> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lazy<SslStreamCertificateContext> _unknown;

    /// <summary>The certificates of ingresses, in any order; of several for one host the oldest ingress's counts.</summary>
    /// <param name="ingresses">The ingresses.</param>
    /// <param name="certificate">Gives the certificate of a Secret.</param>
    /// <param name="unknown">For names that no ingress has.</param>
    public IngressCertificates(IEnumerable<IngressView> ingresses, Func<ObjectKey, IngressCertificate> certificate, Lazy<SslStreamCertificateContext> unknown)
    {
        _unknown = unknown;
        foreach (var ingress in ingresses.OrderBy(i => i.Metadata.CreationTimestamp).ThenBy(i => i.Metadata.NamespaceProperty, StringComparer.Ordinal).ThenBy(i => i.Metadata.Name, StringComparer.Ordinal))
            foreach (var tls in ingress.Spec.Tls ?? [])
            {
                if (tls.SecretName is not { Length: > 0 } name || certificate(new(ingress.Metadata.NamespaceProperty, name)).Context is not { } context) continue;
                foreach (var host in (tls.Hosts ?? []).DefaultIfEmpty("")) _hosts.TryAdd(host, context);
            }
    }

    /// <summary>The Secrets that ingresses name.</summary>
    public static IEnumerable<ObjectKey> SecretsOf(IngressView ingress) => (ingress.Spec.Tls ?? [])
        .Where(tls => tls.SecretName is { Length: > 0 }).Select(tls => new ObjectKey(ingress.Metadata.NamespaceProperty, tls.SecretName!)).Distinct();

    /// <summary>The certificate for a client.</summary>
    /// <param name="name">The name that it asks for; null or empty when it names none.</param>
    public SslStreamCertificateContext Find(string? name)
    {
        name ??= "";
        if (_hosts.TryGetValue(name, out var found)) return found;
        if (name.IndexOf('.', StringComparison.Ordinal) is > 0 and var dot && _hosts.TryGetValue($"*{name[dot..]}", out found)) return found;
        return _hosts.TryGetValue("", out found) ? found : _unknown.Value;
    }

    /// <summary>A certificate that is good for encryption alone.</summary>
    public static SslStreamCertificateContext MakeUnknown(TimeProvider clock)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Slipway Ingress Default Certificate", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("ingress.local");
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var now = clock.GetUtcNow();
        return SslStreamCertificateContext.Create(request.CreateSelfSigned(now.AddDays(-1), now.AddYears(10)), null, offline: true);
    }
}
