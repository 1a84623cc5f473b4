using System.Security.Cryptography;
using Amazon.S3;
using Slipway.Testing.Swift;

namespace Slipway.Flows.Tests.Places;

/// <summary>A server that tests of a class share, each with a bucket of its own.</summary>
public sealed class SwiftFixture : IAsyncLifetime
{
    internal SwiftServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Server = await SwiftServer.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Artifacts in a bucket of a real OpenStack Swift.</summary>
[Collection("swift")] // one server at a time: each is four programs that take seconds to start
public sealed class S3PlaceTests(SwiftFixture swift) : IClassFixture<SwiftFixture>, IAsyncLifetime
{
    private const long PartSize = 5 << 20; // the least that S3 takes

    private readonly string files = Directory.CreateTempSubdirectory("slipway-s3-").FullName;
    private readonly string bucket = $"b{Guid.NewGuid():n}";
    private AmazonS3Client client = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private S3Options Options => new()
    {
        Endpoint = swift.Server.Endpoint,
        Bucket = bucket,
        Prefix = "team/",
        AccessKey = SwiftServer.AccessKey,
        SecretKey = SwiftServer.SecretKey,
        PartSize = PartSize,
    };

    public async ValueTask InitializeAsync()
    {
        client = S3Buckets.Client(Options);
        await client.PutBucketAsync(bucket, Cancellation);
    }

    public ValueTask DisposeAsync()
    {
        client.Dispose();
        Directory.Delete(files, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(PartSize)]
    [InlineData((2 * PartSize) + 7)]
    public async Task An_artifact_comes_back_as_it_was_kept_and_goes_when_it_is_removed(long size)
    {
        using var place = new S3Place(Options);
        var content = RandomNumberGenerator.GetBytes((int)size);
        var (file, sha256) = await FileAsync(content);
        Assert.False(await place.HasAsync(sha256, Cancellation));
        Assert.Null(await place.OpenAsync(sha256, Cancellation));

        await place.PutAsync(sha256, file, Cancellation);
        await place.PutAsync(sha256, file, Cancellation);
        Assert.True(await place.HasAsync(sha256, Cancellation));
        Assert.Equal(content, await ReadAsync(place, sha256));
        var listed = await client.ListObjectsV2Async(new() { BucketName = bucket }, Cancellation);
        Assert.Equal($"team/{sha256[..2]}/{sha256}", Assert.Single(listed.S3Objects).Key);

        await place.RemoveAsync(sha256, Cancellation);
        await place.RemoveAsync(sha256, Cancellation);
        Assert.False(await place.HasAsync(sha256, Cancellation));
    }

    [Fact]
    public async Task The_objects_of_a_prefix_are_listed_however_many_answers_that_takes()
    {
        var began = TimeProvider.System.GetUtcNow();
        foreach (var key in new[] { "team/a b.csv", "team/é", "team/sub/c", "other/d", "team/z" })
            await client.PutObjectAsync(new() { BucketName = bucket, Key = key, ContentBody = key, UseChunkEncoding = false }, Cancellation);
        using var place = new S3Place(Options with { PageSize = 2 });
        var listed = await place.ListAsync(Cancellation).ToListAsync(Cancellation);
        Assert.Equal(["team/a b.csv", "team/sub/c", "team/z", "team/é"], listed.Select(o => o.Name).Order(StringComparer.Ordinal));
        var first = listed.Find(o => o.Name == "team/a b.csv");
        Assert.Equal((12, 32), (first.Size, first.Etag.Length)); // an MD5
        Assert.InRange(first.Modified, began.AddSeconds(-2), TimeProvider.System.GetUtcNow().AddSeconds(2));

        using var none = new S3Place(Options with { Bucket = "none" });
        var told = await Assert.ThrowsAsync<ArtifactPlaceException>(async () => await none.ListAsync(Cancellation).ToListAsync(Cancellation));
        Assert.Equal(ArtifactPlaceFault.NoBucket, told.Fault);
    }

    [Fact]
    public async Task What_is_not_what_was_kept_is_told_when_it_is_read()
    {
        using var place = new S3Place(Options);
        var (file, sha256) = await FileAsync("right"u8.ToArray());
        await place.PutAsync(sha256, file, Cancellation);
        await client.PutObjectAsync(new() { BucketName = bucket, Key = $"team/{sha256[..2]}/{sha256}", ContentBody = "wrong", UseChunkEncoding = false }, Cancellation);
        Assert.Contains("is damaged", (await Assert.ThrowsAsync<IOException>(() => ReadAsync(place, sha256))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Why_a_bucket_cannot_be_used_is_said()
    {
        using (var sound = new S3Place(Options))
            await sound.CheckAsync(Cancellation);
        await Fails(Options with { SecretKey = "other" }, ArtifactPlaceFault.WrongCredentials, "correct the Secret");
        await Fails(Options with { AccessKey = "test:nobody" }, ArtifactPlaceFault.WrongCredentials, "correct the Secret");
        await Fails(Options with { Bucket = "absent" }, ArtifactPlaceFault.NoBucket, "bucket absent at");
        await Fails(Options with { Endpoint = new Uri("http://127.0.0.1:1") }, ArtifactPlaceFault.Unreachable, "is not reached");
    }

    [Fact]
    public async Task A_bucket_that_is_not_there_is_no_absent_artifact()
    {
        using var place = new S3Place(Options with { Bucket = "absent" });
        var (file, sha256) = await FileAsync("x"u8.ToArray());
        Assert.Equal(ArtifactPlaceFault.NoBucket, (await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.PutAsync(sha256, file, Cancellation))).Fault);
        Assert.Equal(ArtifactPlaceFault.NoBucket, (await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.OpenAsync(sha256, Cancellation))).Fault);
        Assert.Equal(ArtifactPlaceFault.NoBucket, (await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.HasAsync(sha256, Cancellation))).Fault);
        Assert.Equal(ArtifactPlaceFault.NoBucket, (await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.RemoveAsync(sha256, Cancellation))).Fault);
    }

    [Fact]
    public async Task A_storage_on_the_machine_itself_is_not_reached_for_users()
    {
        using var place = S3Place.Reach(Options);
        var refusal = await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.CheckAsync(Cancellation));
        Assert.Equal(ArtifactPlaceFault.Unreachable, refusal.Fault);
        Assert.Contains("is an address of the machine itself", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Only_a_bucket_that_is_not_there_is_told_as_such()
    {
        Assert.Equal(ArtifactPlaceFault.NoBucket, Fault("NoSuchBucket"));
        Assert.Equal(ArtifactPlaceFault.Failing, Fault("NoSuchUpload")); // of a large file whose parts somebody has removed
        Assert.Equal(ArtifactPlaceFault.Failing, Fault("")); // of a server that is no storage

        static ArtifactPlaceFault Fault(string code) => S3Transport.Fault("there", new AmazonS3Exception("no") { StatusCode = System.Net.HttpStatusCode.NotFound, ErrorCode = code }).Fault;
    }

    private static async Task Fails(S3Options options, ArtifactPlaceFault fault, string says)
    {
        using var place = new S3Place(options);
        var refusal = await Assert.ThrowsAsync<ArtifactPlaceException>(() => place.CheckAsync(Cancellation));
        Assert.Equal(fault, refusal.Fault);
        Assert.Contains(says, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(options.SecretKey, refusal.Message, StringComparison.Ordinal);
    }

    private async Task<(string File, string Sha256)> FileAsync(byte[] content)
    {
        var path = Path.Combine(files, Guid.NewGuid().ToString("n"));
        await File.WriteAllBytesAsync(path, content, Cancellation);
        return (path, Convert.ToHexStringLower(SHA256.HashData(content)));
    }

    private static async Task<byte[]> ReadAsync(S3Place place, string sha256)
    {
        await using var stream = await place.OpenAsync(sha256, Cancellation) ?? throw new InvalidOperationException($"{sha256} is not there");
        using var content = new MemoryStream();
        await stream.CopyToAsync(content, Cancellation);
        return content.ToArray();
    }
}
