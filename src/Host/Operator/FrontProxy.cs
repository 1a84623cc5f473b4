using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer.Authentication;
using Slipway.Client;

namespace Slipway.Host.Operator;

/// <summary>
/// Knows the API server by the certificate that it shows to servers behind APIServices
/// (<see href="https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/#kubernetes-apiserver-client-authentication"/>). Whose
/// authority that is of, and whose name it has, stands in a ConfigMap, which is read again, once a minute at most, when a certificate is not known.
/// </summary>
internal sealed class FrontProxy(IApi api, TimeProvider clock)
{
    private const string Path = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, bool> _known = new();
    private DateTimeOffset _read = DateTimeOffset.MinValue;

    /// <summary>Whether a client's certificate is the API server's.</summary>
    /// <exception cref="ApiException">The ConfigMap may not be read.</exception>
    /// <exception cref="IOException">The API server is not reached.</exception>
    public async ValueTask<bool> IsAsync(X509Certificate2? certificate, CancellationToken cancellation)
    {
        if (certificate is null) return false;
        var now = clock.GetUtcNow();
        if (_known.ContainsKey(certificate.Thumbprint)) return now < certificate.NotAfter;
        if (now - _read < Patience) return false;
        var map = JsonNode.Parse((await api.SendForBodyAsync(new("GET", Path), cancellation)).Span)?["data"] as JsonObject ?? [];
        if (IsTrusted(certificate, (string?)map["requestheader-client-ca-file"] ?? "", (string?)map["requestheader-allowed-names"] ?? "[]", now))
        {
            _known[certificate.Thumbprint] = true;
            return true;
        }
        _read = now;
        return false;
    }

    /// <summary>Whether a certificate is of an authority and has one of the names; an empty list allows any.</summary>
    /// <param name="certificate">The client's.</param>
    /// <param name="authority">Certificates of the authority, PEM.</param>
    /// <param name="names">Names as a JSON list.</param>
    /// <param name="now">The time.</param>
    internal static bool IsTrusted(X509Certificate2 certificate, string authority, string names, DateTimeOffset now)
    {
        if (authority.Length == 0) return false;
        var allowed = JsonNode.Parse(names) as JsonArray ?? [];
        if (allowed.Count > 0 && !allowed.Any(name => (string?)name == certificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false))) return false;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(authority);
        return ClientCertificates.IsTrusted(certificate, authorities, now);
    }
}
