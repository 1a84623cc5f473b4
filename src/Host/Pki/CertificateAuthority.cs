using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Host.Pki;

/// <summary>Issues the certificates of a cluster. ECDSA P-256 throughout.</summary>
internal static class CertificateAuthority
{
    public static readonly TimeSpan AuthorityLife = TimeSpan.FromDays(3650);
    public static readonly TimeSpan LeafLife = TimeSpan.FromDays(1825);

    /// <summary>A leaf is renewed at start when less than this is left.</summary>
    public static readonly TimeSpan RenewBefore = TimeSpan.FromDays(365);

    // Clocks of laptops that have slept, and of containers' images, are sometimes behind.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromHours(1);

    /// <summary>A new self-signed authority with its key.</summary>
    public static X509Certificate2 CreateAuthority(string name, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
        return request.CreateSelfSigned(now - ClockSkew, now + AuthorityLife);
    }

    /// <summary>A server certificate for the given names and addresses.</summary>
    public static X509Certificate2 IssueServer(X509Certificate2 authority, string name, IEnumerable<string> dnsNames, IEnumerable<IPAddress> addresses, DateTimeOffset now)
    {
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var dnsName in dnsNames) alternatives.AddDnsName(dnsName);
        foreach (var address in addresses) alternatives.AddIpAddress(address);
        return Issue(authority, $"CN={name}", "1.3.6.1.5.5.7.3.1", alternatives.Build(), now);
    }

    /// <summary>A client certificate: the user is its common name, the groups are its organizations.</summary>
    public static X509Certificate2 IssueClient(X509Certificate2 authority, string user, string group, DateTimeOffset now) =>
        Issue(authority, $"O={group}, CN={user}", "1.3.6.1.5.5.7.3.2", null, now);

    /// <summary>Signs what a certificate is to say, for a key that another holds.</summary>
    /// <param name="authority">The authority, with its key; nothing that it signs outlives it.</param>
    /// <param name="certificate">Subject, key and extensions; what names the authority is added.</param>
    /// <param name="from">Begin of the certificate's life.</param>
    /// <param name="until">End of the certificate's life.</param>
    /// <returns>The certificate, PEM.</returns>
    /// <exception cref="ArgumentException">The authority's own life is over.</exception>
    public static string Sign(X509Certificate2 authority, CertificateRequest certificate, DateTimeOffset from, DateTimeOffset until)
    {
        certificate.CertificateExtensions.Add(IssuerOf(authority));
        using var key = authority.GetECDsaPrivateKey()!;
        // The key that is certified may be of another algorithm than the authority's.
        using var signed = certificate.Create(authority.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, Within(authority, until), RandomNumberGenerator.GetBytes(16));
        return signed.ExportCertificatePem() + "\n";
    }

    private static X509AuthorityKeyIdentifierExtension IssuerOf(X509Certificate2 authority) =>
        X509AuthorityKeyIdentifierExtension.CreateFromCertificate(authority, includeKeyIdentifier: true, includeIssuerAndSerial: false);

    private static DateTimeOffset Within(X509Certificate2 authority, DateTimeOffset until) => until < authority.NotAfter ? until : new DateTimeOffset(authority.NotAfter);

    private static X509Certificate2 Issue(X509Certificate2 authority, string subject, string usage, X509Extension? alternatives, DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(usage)], critical: false));
        request.CertificateExtensions.Add(IssuerOf(authority));
        if (alternatives is not null) request.CertificateExtensions.Add(alternatives);
        using var certificate = request.Create(authority, now - ClockSkew, Within(authority, now + LeafLife), RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }
}
