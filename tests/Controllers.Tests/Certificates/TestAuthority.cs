using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Controllers.Tests.Certificates;

/// <summary>An authority of a test, and requests for certificates.</summary>
internal sealed class TestAuthority(DateTimeOffset now) : IDisposable
{
    /// <summary>Its certificate with its key.</summary>
    public X509Certificate2 Certificate { get; } = Create(now);

    /// <summary>A request in the form of <c>spec.request</c>.</summary>
    /// <param name="subject">The subject, such as <c>CN=jane, O=devs</c>.</param>
    /// <param name="names">Further names, as <c>dns:a email:b uri:c ip:d</c>.</param>
    /// <param name="rsa">Whether the key is one of RSA; otherwise it is one of ECDSA.</param>
    public static string Request(string subject, string names = "", bool rsa = false)
    {
        using var key = rsa ? (AsymmetricAlgorithm)RSA.Create(2048) : ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = key is RSA r
            ? new CertificateRequest(subject, r, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            : new CertificateRequest(subject, (ECDsa)key, HashAlgorithmName.SHA256);
        // Wishes that no signer heeds.
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            switch (name.Split(':', 2))
            {
                case ["dns", var value]: alternatives.AddDnsName(value); break;
                case ["email", var value]: alternatives.AddEmailAddress(value); break;
                case ["uri", var value]: alternatives.AddUri(new Uri(value)); break;
                case [_, var value]: alternatives.AddIpAddress(System.Net.IPAddress.Parse(value)); break;
            }
        if (names.Length > 0) request.CertificateExtensions.Add(alternatives.Build());
        return Convert.ToBase64String(Encoding.ASCII.GetBytes(request.CreateSigningRequestPem()));
    }

    /// <summary>Signs.</summary>
    public string Sign(CertificateRequest certificate, DateTimeOffset from, DateTimeOffset until)
    {
        using var key = Certificate.GetECDsaPrivateKey()!;
        using var signed = certificate.Create(Certificate.SubjectName, X509SignatureGenerator.CreateForECDsa(key), from, until, [1, 2, 3]);
        return signed.ExportCertificatePem();
    }

    public void Dispose() => Certificate.Dispose();

    private static X509Certificate2 Create(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(3650));
    }
}
