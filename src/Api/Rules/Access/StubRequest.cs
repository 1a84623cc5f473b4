using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Request = System.Security.Cryptography.X509Certificates.CertificateRequest;

namespace Slipway.Api.Rules.Access;

/// <summary>The PKCS#10 request of a node for a pod (<see href="https://www.rfc-editor.org/rfc/rfc2986"/>): of its content only the key counts.</summary>
internal static class StubRequest
{
    // RFC 8410; the library does not verify its signatures, so signers must.
    private const string Ed25519 = "1.3.101.112";
    private static readonly string[] Curves = ["1.2.840.10045.3.1.7", "1.3.132.0.34", "1.3.132.0.35"];

    /// <summary>What is wrong with a request, or null.</summary>
    /// <param name="der">The request, in DER.</param>
    public static string? Error(byte[] der)
    {
        try
        {
            var key = Load(der, CertificateRequestLoadOptions.SkipSignatureValidation).PublicKey;
            if (key.Oid.Value == Ed25519) return null;
            if (KeyError(key) is { } error) return error;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return "must be a valid PKCS#10 certificate signing request";
        }
        try
        {
            Load(der, CertificateRequestLoadOptions.Default);
            return null;
        }
        catch (Exception e) when (IsUnreadable(e))
        {
            return "could not verify the signature of the certificate signing request";
        }
    }

    /// <summary>The key of a request that has been looked at, as SubjectPublicKeyInfo in DER.</summary>
    public static byte[] KeyOf(byte[] der) => Load(der, CertificateRequestLoadOptions.SkipSignatureValidation).PublicKey.ExportSubjectPublicKeyInfo();

    private static string? KeyError(PublicKey key)
    {
        if (key.GetECDsaPublicKey() is { } elliptic)
        {
            using (elliptic) return Curves.Contains(CurveOf(elliptic)) ? null : "elliptic public keys must use curve P256, P384, or P521";
        }
        using var rsa = key.GetRSAPublicKey();
        if (rsa is null) return "unknown public key type; supported types are Ed25519, ECDSA, and RSA";
        return rsa.KeySize is 3072 or 4096 ? null : $"{rsa.KeySize}-bit modulus: RSA keys must have modulus size 3072 or 4096";
    }

    private static string? CurveOf(ECDsa key) => key.ExportParameters(includePrivateParameters: false).Curve is { IsNamed: true } curve ? curve.Oid.Value : null;

    private static Request Load(byte[] der, CertificateRequestLoadOptions options) => Request.LoadSigningRequest(der, HashAlgorithmName.SHA256, options, RSASignaturePadding.Pkcs1);

    private static bool IsUnreadable(Exception e) => e is CryptographicException or ArgumentException or NotSupportedException;
}
