using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Slipway.ApiServer.Tests.Subresources;

/// <summary>Certificate signing requests as clients send them.</summary>
internal static class CertificateRequest
{
    /// <summary>The document of a request for a client certificate.</summary>
    public static string Document(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var pem = new System.Security.Cryptography.X509Certificates.CertificateRequest(new X500DistinguishedName("CN=someone"), key, HashAlgorithmName.SHA256).CreateSigningRequestPem();
        return $$$"""
            {"apiVersion":"certificates.k8s.io/v1","kind":"CertificateSigningRequest","metadata":{"name":"{{{name}}}"},
             "spec":{"request":"{{{Convert.ToBase64String(Encoding.ASCII.GetBytes(pem + "\n"))}}}","signerName":"kubernetes.io/kube-apiserver-client","usages":["client auth"]}}
            """;
    }
}
