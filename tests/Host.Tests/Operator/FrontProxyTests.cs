using System.Security.Cryptography.X509Certificates;
using Slipway.Host.Pki;

namespace Slipway.Host.Operator;

public sealed class FrontProxyTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly X509Certificate2 _authority = CertificateAuthority.CreateAuthority("proxy", Now);
    private readonly X509Certificate2 _other = CertificateAuthority.CreateAuthority("proxy", Now);

    public void Dispose()
    {
        _authority.Dispose();
        _other.Dispose();
    }

    [Theory]
    [InlineData("front", """["front"]""", false, 0, true)]
    [InlineData("front", """["other","front"]""", false, 0, true)]
    [InlineData("anybody", "[]", false, 0, true)]
    [InlineData("anybody", """["front"]""", false, 0, false)]
    [InlineData("front", """["front"]""", true, 0, false)]
    [InlineData("front", """["front"]""", false, 3000, false)]
    public void A_certificate_is_trusted_by_its_authority_name_and_time(string name, string allowed, bool isOfOther, int days, bool isTrusted)
    {
        using var certificate = CertificateAuthority.IssueClient(isOfOther ? _other : _authority, name, "g", Now);
        Assert.Equal(isTrusted, FrontProxy.IsTrusted(certificate, _authority.ExportCertificatePem(), allowed, Now.AddDays(days)));
        Assert.False(FrontProxy.IsTrusted(certificate, "", allowed, Now.AddDays(days)));
    }

    [Fact]
    public void A_servers_certificate_is_no_clients()
    {
        using var certificate = CertificateAuthority.IssueServer(_authority, "front", [], [], Now);
        Assert.False(FrontProxy.IsTrusted(certificate, _authority.ExportCertificatePem(), "[]", Now));
    }
}
