using System.Security.Cryptography;
using Slipway.Testing.Swift;

namespace Slipway.Flows.Tests.Places;

/// <summary>A storage with a certificate that the system does not trust.</summary>
[Collection("swift")] // one server at a time: each is four programs that take seconds to start
public sealed class S3PlaceTlsTests : IAsyncLifetime
{
    private readonly string file = Path.GetTempFileName();
    private SwiftServer server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await SwiftServer.StartAsync(Cancellation, isSecure: true);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        File.Delete(file);
    }

    [Fact]
    public async Task A_storage_is_trusted_by_the_authority_that_is_given_and_by_no_other()
    {
        var options = new S3Options
        {
            Endpoint = server.Endpoint,
            Bucket = "kept",
            AccessKey = SwiftServer.AccessKey,
            SecretKey = SwiftServer.SecretKey,
            CertificateAuthority = server.Certificate!.ExportCertificatePem(),
        };
        using (var strange = new S3Place(options with { CertificateAuthority = null }))
            Assert.Equal(ArtifactPlaceFault.Unreachable, (await Assert.ThrowsAsync<ArtifactPlaceException>(() => strange.CheckAsync(Cancellation))).Fault);
        Assert.Throws<InvalidDataException>(() => new S3Place(options with { CertificateAuthority = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" }));

        using var place = new S3Place(options);
        Assert.Equal(ArtifactPlaceFault.NoBucket, (await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.CheckAsync(Cancellation))).Fault);
        await S3Buckets.CreateAsync(options, Cancellation);
        var content = RandomNumberGenerator.GetBytes(100_000);
        await File.WriteAllBytesAsync(file, content, Cancellation);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        await place.PutAsync(sha256, file, Cancellation);
        await using var stream = await place.OpenAsync(sha256, Cancellation);
        using var read = new MemoryStream();
        await stream!.CopyToAsync(read, Cancellation);
        Assert.Equal(content, read.ToArray());
    }
}
