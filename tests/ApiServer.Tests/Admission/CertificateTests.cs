using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.ApiServer.Admission.Certificates;

namespace Slipway.ApiServer.Tests.Admission;

public sealed class CertificateTests
{
    [Theory]
    [InlineData("kubernetes.io/kube-apiserver-client", "CN=me, O=system:masters", "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed")]
    [InlineData("kubernetes.io/kube-apiserver-client", "CN=me, O=a, O=system:masters", "use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed")]
    [InlineData("kubernetes.io/kube-apiserver-client", "CN=me, O=team", null)]
    [InlineData("example.com/other", "CN=me, O=system:masters", null)]
    public void Nobody_becomes_an_administrator_by_a_certificate(string signer, string subject, string? expected) =>
        Assert.Equal(expected, CertificateRequests.SubjectFault(new JsonObject { ["spec"] = new JsonObject { ["signerName"] = signer, ["request"] = Request(subject) } }));

    [Fact]
    public void A_request_must_be_readable() => Assert.StartsWith("failed to parse CSR: ",
        CertificateRequests.SubjectFault(new JsonObject { ["spec"] = new JsonObject { ["signerName"] = "kubernetes.io/kube-apiserver-client", ["request"] = "bm8=" } }), StringComparison.Ordinal);

    private static string Request(string subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(Encoding.ASCII.GetBytes(new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem()));
    }
}
