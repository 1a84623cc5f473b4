using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Fuzzing.Running;

/// <summary>The server that is fuzzed, and as whom.</summary>
/// <param name="Address">Where it serves HTTPS.</param>
/// <param name="Authority">Whom its certificate comes from.</param>
/// <param name="Client">Certificate of an administrator, with its key.</param>
public sealed record FuzzTarget(IPEndPoint Address, X509Certificate2 Authority, X509Certificate2 Client)
{
    /// <summary>How its connections are made.</summary>
    internal SslClientAuthenticationOptions Tls(SslApplicationProtocol protocol) => new()
    {
        TargetHost = Address.Address.ToString(),
        ApplicationProtocols = [protocol],
        ClientCertificateContext = SslStreamCertificateContext.Create(Client, null, offline: true),
        CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            CustomTrustStore = { Authority },
            RevocationMode = X509RevocationMode.NoCheck,
        },
    };
}
