using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.Api.Rules.Access;

/// <summary>A request for a certificate, in PEM form inside base64, signed with the key that it is for.</summary>
internal static class CertificateRequest
{
    /// <summary>What is wrong with a request, or null.</summary>
    public static string? Error(string base64)
    {
        try
        {
            var pem = Encoding.ASCII.GetString(Convert.FromBase64String(base64));
            if (!PemEncoding.TryFind(pem, out var fields) || pem[fields.Label] is not "CERTIFICATE REQUEST") return "PEM block type must be CERTIFICATE REQUEST";
            // Loading verifies the signature.
            System.Security.Cryptography.X509Certificates.CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
            return null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException or ArgumentException or NotSupportedException)
        {
            return $"could not be read as a signed certificate request: {e.Message}";
        }
    }
}
