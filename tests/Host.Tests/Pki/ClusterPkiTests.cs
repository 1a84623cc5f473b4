using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.Host.Pki;

public sealed class ClusterPkiTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly IPAddress[] Addresses = [IPAddress.Loopback, IPAddress.Parse("10.128.0.1")];
    private readonly TemporaryDirectory directory = new();

    public void Dispose() => directory.Dispose();

    private ClusterPki Ensure(DateTimeOffset now, params IPAddress[] addresses) => ClusterPki.Ensure(directory["pki"], "demo", addresses, now);

    [Fact]
    public void Certificates_are_kept_from_start_to_start()
    {
        using var first = Ensure(Now, Addresses);
        using var second = Ensure(Now.AddDays(300), Addresses);
        using var read = ClusterPki.Read(directory["pki"]);
        Assert.Equal(first.Authority.Thumbprint, second.Authority.Thumbprint);
        Assert.Equal(first.Server.Thumbprint, second.Server.Thumbprint);
        Assert.Equal(first.Admin.Thumbprint, second.Admin.Thumbprint);
        Assert.Equal(first.Admin.Thumbprint, read!.Admin.Thumbprint);
    }

    [Fact]
    public void Leaves_near_their_end_are_renewed_under_the_same_authority()
    {
        using var first = Ensure(Now, Addresses);
        using var second = Ensure(Now + CertificateAuthority.LeafLife - CertificateAuthority.RenewBefore, Addresses);
        Assert.Equal(first.Authority.Thumbprint, second.Authority.Thumbprint);
        Assert.NotEqual(first.Server.Thumbprint, second.Server.Thumbprint);
        Assert.NotEqual(first.Admin.Thumbprint, second.Admin.Thumbprint);
    }

    [Fact]
    public void Another_address_renews_the_server_alone()
    {
        using var first = Ensure(Now, Addresses);
        using var second = Ensure(Now, IPAddress.Loopback);
        Assert.NotEqual(first.Server.Thumbprint, second.Server.Thumbprint);
        Assert.Equal(first.Admin.Thumbprint, second.Admin.Thumbprint);
    }

    [Fact]
    public void A_new_authority_renews_all()
    {
        using var first = Ensure(Now, Addresses);
        File.Delete(directory["pki/ca.key"]);
        using var second = Ensure(Now, Addresses);
        Assert.NotEqual(first.Authority.Thumbprint, second.Authority.Thumbprint);
        Assert.NotEqual(first.Admin.Thumbprint, second.Admin.Thumbprint);
    }

    [Fact]
    public void A_damaged_file_is_replaced()
    {
        using var first = Ensure(Now, Addresses);
        File.WriteAllText(directory["pki/server.key"], "-----BEGIN");
        using var second = Ensure(Now, Addresses);
        Assert.True(second.Server.HasPrivateKey);
        Assert.NotEqual(first.Server.Thumbprint, second.Server.Thumbprint);
    }

    [Fact]
    public void Clients_trust_the_server_and_the_server_knows_the_administrator()
    {
        using var pki = Ensure(Now, Addresses);
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(pki.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = Now.LocalDateTime;
        Assert.True(chain.Build(pki.Server));
        Assert.True(pki.Server.MatchesHostname("localhost"));
        Assert.True(pki.Server.MatchesHostname("10.128.0.1"));
        Assert.False(pki.Server.MatchesHostname("example.org"));
        Assert.Equal("O=system:masters, CN=slipway-admin", pki.Admin.Subject);
    }

    [Fact]
    public void A_certificate_for_a_key_of_another_is_signed_and_outlives_no_authority()
    {
        using var pki = Ensure(Now, Addresses);
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=jane", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = X509Certificate2.CreateFromPem(CertificateAuthority.Sign(pki.Authority, request, Now, Now.AddDays(36500)));
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(pki.Authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = Now.LocalDateTime;
        Assert.True(chain.Build(certificate));
        Assert.Equal(pki.Authority.NotAfter, certificate.NotAfter);
    }

    [Fact]
    public void Keys_are_readable_by_their_owner_alone()
    {
        using var pki = Ensure(Now, Addresses);
        foreach (var key in Directory.EnumerateFiles(directory["pki"], "*.key"))
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(directory["pki"]));
        Assert.Equal(3, Directory.EnumerateFiles(directory["pki"], "*.key").Count());
    }
}
