using System.Text;
using System.Text.Json.Nodes;
using Slipway.Node.Images;

namespace Slipway.Node.Tests.Images;

public sealed class ImageTests
{
    [Fact]
    public void The_largest_images_are_reported_with_some_of_their_names()
    {
        var images = Enumerable.Range(1, 60).Select(i => new Cri.Image { Id = $"sha256:{i}", Size = (ulong)i, RepoTags = { $"x:{i}" } }).ToList();
        images[0] = new() { Id = "many", Size = 1000, RepoDigests = { "x@sha256:1" }, RepoTags = { "x:a", "x:b", "x:c", "x:d", "x:e" } };
        var reported = ReportedImages.Of(images);
        Assert.Equal((50, 1000, 12), (reported.Count, reported[0].SizeBytes, reported[^1].SizeBytes));
        Assert.Equal(["x@sha256:1", "x:a", "x:b", "x:c", "x:d"], reported[0].Names);
    }

    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData("busybox", "docker.io/library/busybox:latest")]
    [InlineData("busybox:1", "docker.io/library/busybox:1")]
    [InlineData("a/b", "docker.io/a/b:latest")]
    [InlineData("index.docker.io/a/b:2", "docker.io/a/b:2")]
    [InlineData("localhost/x", "localhost/x:latest")]
    [InlineData("127.0.0.1:5000/x/y:3", "127.0.0.1:5000/x/y:3")]
    [InlineData("registry.example/x@" + Digest, "registry.example/x@" + Digest)]
    [InlineData("registry.example/x:1@" + Digest, "registry.example/x:1@" + Digest)]
    public void Names_are_completed(string given, string full)
    {
        Assert.True(ImageName.TryParse(given, out var name));
        Assert.Equal(full, name!.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("UPPER")]
    [InlineData("a/UPPER:1")]
    [InlineData("a:b:c")]
    [InlineData("a@sha256:12")]
    [InlineData("-a")]
    [InlineData("a b")]
    public void What_is_no_name_is_refused(string given) => Assert.False(ImageName.TryParse(given, out _));

    [Fact]
    public void The_most_specific_credentials_come_first()
    {
        var basic = Convert.ToBase64String("carol:p:w"u8);
        var secret = $$"""{ "auths": { "https://registry.example/v2/": { "auth": "{{basic}}" }, "registry.example/team": { "username": "tom", "password": "t" }, "other.example": { "username": "o" }, "*.example": { "username": "any" } } }""";
        Assert.True(ImageName.TryParse("registry.example/team/app:1", out var image));
        var found = RegistryCredentials.For(image!, Encoding.UTF8.GetBytes(secret)).Select(c => $"{c.Username} {c.Password}").ToList();
        Assert.Equal(["tom t", "carol p:w", "any "], found);
        Assert.Empty(RegistryCredentials.For(image!, "no json"u8));
    }

    [Fact]
    public async Task An_archive_is_the_same_for_the_same_image_and_holds_its_name()
    {
        var image = new OciImage("slipway.local/x:1") { Files = [new("/a/b", "content"u8.ToArray())], Entrypoint = ["/a/b"] };
        var (one, two) = (new MemoryStream(), new MemoryStream());
        OciArchive.Write(one, image);
        OciArchive.Write(two, image);
        Assert.Equal(one.ToArray(), two.ToArray());
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllBytesAsync(file, one.ToArray());
            Assert.Equal(["slipway.local/x:1"], (await ImageArchive.ReadNamesAsync(file, default)).Names);
            await File.WriteAllTextAsync(file, "no archive");
            await Assert.ThrowsAsync<InvalidDataException>(() => ImageArchive.ReadNamesAsync(file, default));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("""{ "manifests": [ { "annotations": { "org.opencontainers.image.ref.name": "slipway.local/a:1" } } ] }""", null, "slipway.local/a:1", true)]
    [InlineData("""{ "manifests": [ { "annotations": { "io.containerd.image.name": "slipway.local/a:1", "org.opencontainers.image.ref.name": "1" } } ] }""", null, "slipway.local/a:1", false)]
    [InlineData("""{ "manifests": [ { "annotations": { "org.opencontainers.image.ref.name": "latest" } } ] }""", null, "", false)]
    [InlineData(null, """[ { "RepoTags": [ "app:2" ] } ]""", "docker.io/library/app:2", false)]
    public void Names_are_found_in_either_kind_of_archive(string? index, string? manifest, string names, bool needsNames)
    {
        var found = ImageArchive.Names(index is null ? null : JsonNode.Parse(index), manifest is null ? null : JsonNode.Parse(manifest))!;
        Assert.Equal((names, needsNames), (string.Join(",", found.Names), found.NeedsNames));
    }
}
