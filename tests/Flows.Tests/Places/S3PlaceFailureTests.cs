using System.Security.Cryptography;
using Slipway.Testing.Swift;

namespace Slipway.Flows.Tests.Places;

/// <summary>A storage that dies and comes back.</summary>
[Collection("swift")] // one server at a time: each is four programs that take seconds to start
public sealed class S3PlaceFailureTests : IAsyncLifetime
{
    private readonly string files = Directory.CreateTempSubdirectory("slipway-s3-").FullName;
    private SwiftServer server = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await SwiftServer.StartAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(files, recursive: true);
    }

    [Fact]
    public async Task A_storage_that_dies_is_told_as_such_and_has_what_was_kept_when_it_is_back()
    {
        var options = new S3Options { Endpoint = server.Endpoint, Bucket = "kept", AccessKey = SwiftServer.AccessKey, SecretKey = SwiftServer.SecretKey };
        using var place = new S3Place(options);
        await S3Buckets.CreateAsync(options, Cancellation);
        var content = RandomNumberGenerator.GetBytes(100_000);
        var file = Path.Combine(files, "content");
        await File.WriteAllBytesAsync(file, content, Cancellation);
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(content));
        await place.PutAsync(sha256, file, Cancellation);

        await server.KillAsync();
        Assert.Equal(ArtifactPlaceFault.Unreachable, (await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.PutAsync(sha256, file, Cancellation))).Fault);
        Assert.Equal(ArtifactPlaceFault.Unreachable, (await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.OpenAsync(sha256, Cancellation))).Fault);

        await server.StartAgainAsync(Cancellation);
        Assert.True(await place.HasAsync(sha256, Cancellation));
        await place.PutAsync(sha256, file, Cancellation);
    }
}
