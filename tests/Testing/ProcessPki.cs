using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Testing;

/// <summary>
/// PEM files for programs that a test starts on loopback: of an authority, and of certificates that it has signed for a server
/// and for its client, who to an API server is an administrator.
/// </summary>
public sealed record ProcessPki(string Authority, (string Certificate, string Key) Server, (string Certificate, string Key) Client)
{
    /// <summary>Makes them in a directory.</summary>
    public static ProcessPki Create(string directory)
    {
        var from = TimeProvider.System.GetUtcNow().AddMinutes(-5);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test-ca", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, true));
        using var authority = request.CreateSelfSigned(from, from.AddDays(1));
        var file = Path.Combine(directory, "ca.crt");
        File.WriteAllText(file, authority.ExportCertificatePem());
        // etcd's gateway is a client of its own server, and so uses the server's certificate for both.
        return new ProcessPki(file, Issue(directory, "server", "CN=server", authority), Issue(directory, "client", "CN=client, O=system:masters", authority));
    }

    private static (string Certificate, string Key) Issue(string directory, string name, string subject, X509Certificate2 authority)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(subject, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new("1.3.6.1.5.5.7.3.1"), new("1.3.6.1.5.5.7.3.2")], false));
        using var issued = request.Create(authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(8));
        var (certificate, secret) = (Path.Combine(directory, $"{name}.crt"), Path.Combine(directory, $"{name}.key"));
        File.WriteAllText(certificate, issued.ExportCertificatePem());
        File.WriteAllText(secret, key.ExportPkcs8PrivateKeyPem());
        return (certificate, secret);
    }
}
