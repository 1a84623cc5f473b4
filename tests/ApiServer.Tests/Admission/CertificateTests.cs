using System.Formats.Asn1;
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
    public void Nobody_hides_a_group_among_several_of_one_set()
    {
        // As Go's standard library writes several organizations.
        var subject = new X500DistinguishedNameBuilder();
        subject.AddCommonName("me");
        var set = new AsnWriter(AsnEncodingRules.DER);
        using (set.PushSequence())
        {
            set.WriteEncodedValue(subject.Build().EnumerateRelativeDistinguishedNames().Single().RawData.Span);
            using (set.PushSetOf())
                foreach (var group in (string[])["team", "system:masters"])
                    using (set.PushSequence())
                    {
                        set.WriteObjectIdentifier("2.5.4.10");
                        set.WriteCharacterString(UniversalTagNumber.UTF8String, group);
                    }
        }
        Assert.Equal("use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed",
            CertificateRequests.SubjectFault(new JsonObject { ["spec"] = new JsonObject { ["signerName"] = "kubernetes.io/kube-apiserver-client", ["request"] = Request(new X500DistinguishedName(set.Encode())) } }));
    }

    [Fact]
    public void A_request_must_be_readable() => Assert.StartsWith("failed to parse CSR: ",
        CertificateRequests.SubjectFault(new JsonObject { ["spec"] = new JsonObject { ["signerName"] = "kubernetes.io/kube-apiserver-client", ["request"] = "bm8=" } }), StringComparison.Ordinal);

    private static string Request(string subject) => Request(new X500DistinguishedName(subject));

    private static string Request(X500DistinguishedName subject)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Convert.ToBase64String(Encoding.ASCII.GetBytes(new CertificateRequest(subject, key, HashAlgorithmName.SHA256).CreateSigningRequestPem()));
    }
}
