using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Slipway.Api;

namespace Slipway.Network.Ingress;

public sealed class IngressCertificatesTests
{
    private static readonly ObjectKey Key = new("shop", "cert");
    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), To = new(2056, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("a.org", "exact")]
    [InlineData("A.org", "exact")]
    [InlineData("www.b.org", "wildcard")]
    [InlineData("x.www.b.org", "any")]
    [InlineData("b.org", "any")]
    [InlineData("", "any")]
    [InlineData(null, "any")]
    public void Clients_get_the_certificate_of_the_name_they_ask_for(string? name, string expected) =>
        Assert.Equal($"CN={expected}", Certificates(
            MakeIngress.Of("a", """ "tls":[{"hosts":["a.org"],"secretName":"exact"},{"hosts":["*.b.org"],"secretName":"wildcard"},{"hosts":["c.org"]}] """, created: 1),
            MakeIngress.Of("b", """ "tls":[{"hosts":["a.org"],"secretName":"later"},{"secretName":"any"},{"hosts":["broken.org"],"secretName":"broken"}] """, created: 2)).Find(name).TargetCertificate.Subject);

    [Fact]
    public void Names_without_a_certificate_get_one_that_nobody_vouches_for() =>
        Assert.Equal("CN=Slipway Ingress Default Certificate", Certificates(MakeIngress.Of("a", """ "tls":[{"hosts":["a.org"],"secretName":"broken"}] """)).Find("a.org").TargetCertificate.Subject);

    [Fact]
    public void A_certificate_is_read_with_its_issuers()
    {
        var (rootKey, issuerKey, leafKey) = (ECDsa.Create(ECCurve.NamedCurves.nistP256), ECDsa.Create(ECCurve.NamedCurves.nistP256), ECDsa.Create(ECCurve.NamedCurves.nistP256));
        using var root = Authority("CN=root", rootKey).CreateSelfSigned(From, To);
        using var issuer = Authority("CN=issuer", issuerKey).Create(root, From, To, [1]);
        using var leaf = new CertificateRequest("CN=leaf", leafKey, HashAlgorithmName.SHA256).Create(issuer.CopyWithPrivateKey(issuerKey), From, To, [2]);
        var read = IngressCertificate.Of(Key, Secret($"{leaf.ExportCertificatePem()}\n{issuer.ExportCertificatePem()}\n", leafKey.ExportPkcs8PrivateKeyPem()));
        Assert.Null(read.Fault);
        Assert.Equal(("CN=leaf", true), (read.Context!.TargetCertificate.Subject, read.Context.TargetCertificate.HasPrivateKey));
        Assert.Equal("CN=issuer", Assert.Single(read.Context.IntermediateCertificates).Subject);
    }

    [Fact]
    public void What_is_wrong_with_a_Secret_is_told()
    {
        var (certificate, key) = Pem("leaf");
        Assert.Equal("the Secret shop/cert does not exist", IngressCertificate.Of(Key, null).Fault);
        Assert.Equal("the Secret shop/cert has no entry tls.crt", IngressCertificate.Of(Key, Secret("", key)).Fault);
        Assert.Equal("the Secret shop/cert has no entry tls.key", IngressCertificate.Of(Key, Secret(certificate, "")).Fault);
        Assert.StartsWith("the Secret shop/cert holds no certificate with its key in PEM: ", IngressCertificate.Of(Key, Secret("text", key)).Fault, StringComparison.Ordinal);
        Assert.StartsWith("the Secret shop/cert holds no certificate with its key in PEM: ", IngressCertificate.Of(Key, Secret(certificate, Pem("other").Key)).Fault, StringComparison.Ordinal);
    }

    private static CertificateRequest Authority(string name, ECDsa key)
    {
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request;
    }

    /// <summary>A certificate of its own making, and its key.</summary>
    public static (string Certificate, string Key) Pem(string name, params string[] hosts)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        foreach (var host in hosts) names.AddDnsName(host);
        if (hosts.Length > 0) request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(From, To);
        return ($"{certificate.ExportCertificatePem()}\n", key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>A Secret of these entries.</summary>
    private static SecretView Secret(string certificate, string key) => new()
    {
        Metadata = new() { NamespaceProperty = Key.Namespace, Name = Key.Name },
        Data = new() { Certificate = Encoding.UTF8.GetBytes(certificate), Key = Encoding.UTF8.GetBytes(key) },
    };

    private static IngressCertificates Certificates(params IngressView[] ingresses) => new(ingresses, secret =>
    {
        if (secret.Name == "broken") return new(null, "broken");
        var (certificate, key) = Pem(secret.Name);
        return IngressCertificate.Of(secret, Secret(certificate, key));
    }, new Lazy<SslStreamCertificateContext>(() => IngressCertificates.MakeUnknown(TimeProvider.System)));
}
