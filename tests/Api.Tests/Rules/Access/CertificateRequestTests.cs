using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Request = Slipway.Api.Rules.Access.CertificateRequest;

namespace Slipway.Api.Tests.Rules.Access;

public sealed class CertificateRequestTests
{
    [Fact]
    public void A_signed_request_is_taken() => Assert.Null(Request.Error(Encoded(Signed())));

    [Fact]
    public void A_key_of_an_algorithm_that_is_not_known_is_refused()
    {
        // The identifier of elliptic keys, 1.2.840.10045.2.1, becomes another.
        var der = Signed();
        var identifier = der.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01]);
        der[identifier + 6] = 0x63;

        Assert.StartsWith("could not be read as a signed certificate request: ", Request.Error(Encoded(der)), StringComparison.Ordinal);
    }

    private static byte[] Signed()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest("CN=someone", key, HashAlgorithmName.SHA256).CreateSigningRequest();
    }

    private static string Encoded(byte[] der) => Convert.ToBase64String(Encoding.ASCII.GetBytes(PemEncoding.WriteString("CERTIFICATE REQUEST", der)));
}
