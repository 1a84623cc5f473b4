using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.ApiServer.Webhooks;

/// <summary>Connects to the services that extend the server, and holds them to the authorities that they name.</summary>
internal sealed class TrustedConnections(ServiceEndpoints endpoints, TimeProvider clock)
{
    /// <summary>What makes connections.</summary>
    /// <param name="service">The service to dial; null to dial who is named in the URL.</param>
    /// <param name="caBundle">Certificates of authorities, PEM in base64; empty for those that the machine trusts.</param>
    /// <param name="anyone">Whether any certificate will do.</param>
    /// <param name="client">The certificate to show; null for none.</param>
    /// <exception cref="FormatException">The bundle is no list of certificates.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">The same.</exception>
    public SocketsHttpHandler Handler(ServiceTarget? service, string caBundle, bool anyone = false, Func<X509Certificate2>? client = null)
    {
        var authorities = AuthoritiesOf(caBundle);
        var tls = new SslClientAuthenticationOptions
        {
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            RemoteCertificateValidationCallback = (_, certificate, _, errors) => anyone || IsTrusted(certificate as X509Certificate2, errors, authorities),
        };
        if (client is not null) tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => client();
        return new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),   // a service's endpoints move
            ConnectCallback = (context, cancellation) => DialAsync(service, context.DnsEndPoint, cancellation),
            SslOptions = tls,
        };
    }

    private async ValueTask<Stream> DialAsync(ServiceTarget? service, DnsEndPoint named, CancellationToken cancellation)
    {
        EndPoint target = service is not null ? await endpoints.FindAsync(service, cancellation) : named;
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private bool IsTrusted(X509Certificate2? certificate, SslPolicyErrors errors, X509Certificate2Collection? authorities)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) return false;
        if (authorities is null) return errors == SslPolicyErrors.None;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = clock.GetUtcNow().UtcDateTime;
        if (chain.Build(certificate)) return true;
        // A bundle may pin a certificate that is not an authority's own, as Go's verification allows.
        return authorities.Any(a => a.RawDataMemory.Span.SequenceEqual(certificate.RawDataMemory.Span))
            && chain.ChainStatus.All(s => s.Status is X509ChainStatusFlags.UntrustedRoot or X509ChainStatusFlags.PartialChain);
    }

    private static X509Certificate2Collection? AuthoritiesOf(string bundle)
    {
        if (bundle.Length == 0) return null;
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(Encoding.UTF8.GetString(Convert.FromBase64String(bundle)));
        return authorities.Count > 0 ? authorities : throw new FormatException();
    }
}
