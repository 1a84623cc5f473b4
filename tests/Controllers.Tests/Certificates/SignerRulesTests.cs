using System.Security.Cryptography.X509Certificates;

namespace Slipway.Controllers.Tests.Certificates;

public sealed class SignerRulesTests
{
    private const string Node = "CN=system:node:n1, O=system:nodes";
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(SignerRules.Client, "CN=jane, O=devs", "", "client auth", null)]
    [InlineData(SignerRules.Client, "CN=jane", "dns:jane.example.com", "client auth,digital signature,key encipherment", null)]
    [InlineData(SignerRules.Client, "CN=jane", "", "client auth,server auth", "invalid usage for client certificate: server auth")]
    [InlineData(SignerRules.Client, "CN=jane", "", "digital signature", "missing required usage for client certificate: client auth")]
    [InlineData(SignerRules.NodeClient, Node, "", "client auth,digital signature", null)]
    [InlineData(SignerRules.NodeClient, Node, "", "client auth,digital signature,key encipherment", null)]
    [InlineData(SignerRules.NodeClient, Node, "", "client auth", "usages did not match [client auth digital signature key encipherment]")]
    [InlineData(SignerRules.NodeClient, Node, "", "client auth,digital signature,server auth", "usages did not match [client auth digital signature key encipherment]")]
    [InlineData(SignerRules.NodeClient, "CN=system:node:n1, O=system:nodes, O=system:masters", "", "client auth,digital signature", "subject organization is not system:nodes")]
    [InlineData(SignerRules.NodeClient, "CN=system:node:n1", "", "client auth,digital signature", "subject organization is not system:nodes")]
    [InlineData(SignerRules.NodeClient, "CN=n1, O=system:nodes", "", "client auth,digital signature", "subject common name does not begin with system:node:")]
    [InlineData(SignerRules.NodeClient, Node, "dns:n1", "client auth,digital signature", "DNS subjectAltNames are not allowed")]
    [InlineData(SignerRules.NodeClient, Node, "email:n@example.com", "client auth,digital signature", "Email subjectAltNames are not allowed")]
    [InlineData(SignerRules.NodeClient, Node, "ip:10.0.0.1", "client auth,digital signature", "IP subjectAltNames are not allowed")]
    [InlineData(SignerRules.NodeClient, Node, "uri:https://example.com/", "client auth,digital signature", "URI subjectAltNames are not allowed")]
    [InlineData(SignerRules.NodeServing, Node, "dns:n1 ip:10.0.0.1", "server auth,digital signature,key encipherment", null)]
    [InlineData(SignerRules.NodeServing, Node, "ip:fd00::1", "server auth,digital signature", null)]
    [InlineData(SignerRules.NodeServing, Node, "", "server auth,digital signature", "DNS or IP subjectAltName is required")]
    [InlineData(SignerRules.NodeServing, Node, "dns:n1 email:n@example.com", "server auth,digital signature", "Email subjectAltNames are not allowed")]
    [InlineData(SignerRules.NodeServing, Node, "dns:n1 uri:https://example.com/", "server auth,digital signature", "URI subjectAltNames are not allowed")]
    [InlineData(SignerRules.NodeServing, Node, "dns:n1", "client auth,digital signature", "usages did not match [digital signature key encipherment server auth]")]
    [InlineData(SignerRules.NodeServing, "CN=n1, O=system:nodes", "dns:n1", "server auth,digital signature", "subject common name does not begin with system:node:")]
    public void Each_signer_has_its_rules(string signer, string subject, string names, string usages, string? fault) =>
        Assert.Equal(fault, SignerRules.Fault(signer, AskedCertificate.Read(TestAuthority.Request(subject, names))!, usages.Split(',')));

    [Theory]
    [InlineData("bm8=")]
    [InlineData("not base64")]
    [InlineData("")]
    public void What_cannot_be_read_asks_for_nothing(string request) => Assert.Null(AskedCertificate.Read(request));

    [Theory]
    [InlineData(null, 365 * 86400 - 300)]
    [InlineData(2 * 365 * 86400, 365 * 86400 - 300)]
    [InlineData(86400, 86400 - 300)]
    [InlineData(8 * 3600, 8 * 3600 - 300)]
    [InlineData(3600, 3600)]
    [InlineData(1, 600)]
    public void A_certificate_lives_as_long_as_asked_but_no_longer_than_a_year(int? asked, int seconds)
    {
        var spec = new CertificateRequestSpec { Usages = ["client auth"], ExpirationSeconds = asked };
        var terms = CertificateTerms.For(AskedCertificate.Read(TestAuthority.Request("CN=jane"))!, spec, Now);
        Assert.Equal((Now.AddMinutes(-5), Now.AddSeconds(seconds)), (terms.From, terms.Until));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_certificate_has_the_names_and_usages_of_its_request_and_no_other_wish(bool rsa)
    {
        using var authority = new TestAuthority(Now);
        var spec = new CertificateRequestSpec { Usages = ["server auth", "digital signature"] };
        var terms = CertificateTerms.For(AskedCertificate.Read(TestAuthority.Request(Node, "dns:n1 ip:10.0.0.1", rsa))!, spec, Now);
        using var certificate = X509Certificate2.CreateFromPem(authority.Sign(terms.Certificate, terms.From, terms.Until));
        Assert.Equal(Node, certificate.Subject);
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();
        Assert.Equal(["n1"], names.EnumerateDnsNames());
        Assert.Equal(["10.0.0.1"], names.EnumerateIPAddresses().Select(a => $"{a}"));
        Assert.Equal(X509KeyUsageFlags.DigitalSignature, certificate.Extensions.OfType<X509KeyUsageExtension>().Single().KeyUsages);
        Assert.Equal(["1.3.6.1.5.5.7.3.1"], certificate.Extensions.OfType<X509EnhancedKeyUsageExtension>().Single().EnhancedKeyUsages.Cast<System.Security.Cryptography.Oid>().Select(use => use.Value));
        Assert.False(certificate.Extensions.OfType<X509BasicConstraintsExtension>().Single().CertificateAuthority);
    }
}
