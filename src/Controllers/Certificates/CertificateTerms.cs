using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Controllers;

/// <summary>Signs a certificate with the key of the cluster's authority, whose own end it does not outlive.</summary>
/// <param name="certificate">Subject, key and extensions, but for what names the authority.</param>
/// <param name="from">Begin of its life.</param>
/// <param name="until">End of its life.</param>
/// <returns>The certificate, PEM.</returns>
public delegate string CertificateSigner(CertificateRequest certificate, DateTimeOffset from, DateTimeOffset until);

/// <summary>What a certificate says and how long it lives, as upstream's signers have it.</summary>
/// <param name="Certificate">Subject, key and extensions.</param>
/// <param name="From">Begin of its life.</param>
/// <param name="Until">End of its life.</param>
internal sealed record CertificateTerms(CertificateRequest Certificate, DateTimeOffset From, DateTimeOffset Until)
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(365);
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(10);

    // Clocks of others may be behind. What lives shorter than a workday gets its whole life besides.
    private static readonly TimeSpan Backdated = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Workday = TimeSpan.FromHours(8);

    /// <summary>The terms of a request that <see cref="SignerRules"/> have nothing against.</summary>
    public static CertificateTerms For(AskedCertificate asked, CertificateRequestSpec spec, DateTimeOffset now)
    {
        var certificate = asked.ToSign();
        var (key, uses) = (X509KeyUsageFlags.None, new OidCollection());
        foreach (var usage in spec.Usages ?? [])
            switch (usage)
            {
                case "digital signature": key |= X509KeyUsageFlags.DigitalSignature; break;
                case "key encipherment": key |= X509KeyUsageFlags.KeyEncipherment; break;
                case "client auth": uses.Add(new Oid("1.3.6.1.5.5.7.3.2")); break;
                case "server auth": uses.Add(new Oid("1.3.6.1.5.5.7.3.1")); break;
            }
        if (key != X509KeyUsageFlags.None) certificate.CertificateExtensions.Add(new X509KeyUsageExtension(key, critical: true));
        certificate.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(uses, critical: false));

        var asks = spec.ExpirationSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : Longest;
        var life = asks > Longest ? Longest : asks < Shortest ? Shortest : asks;
        return new(certificate, now - Backdated, now + (life < Workday ? life : life - Backdated));
    }
}
