using System.Formats.Tar;
using System.Text.Json.Nodes;
using Slipway.Cli;
using Slipway.Node.Images;

namespace Slipway.Host.Images;

public sealed class OperatorImageTests : IDisposable
{
    private static readonly string[] Libraries = ["libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libssl.so.3", "libcrypto.so.3"];
    private readonly TemporaryDirectory _directory = new();

    public OperatorImageTests()
    {
        foreach (var (architecture, triplet, loader) in new[] { ("amd64", "x86_64-linux-gnu", "lib64/ld-linux-x86-64.so.2"), ("arm64", "aarch64-linux-gnu", "lib/ld-linux-aarch64.so.1") })
        {
            foreach (var file in new[] { "slipway", "slipway-task", "libe_sqlite3.so" }) Put($"{architecture}/slipway/{file}", $"{file} of {architecture}");
            foreach (var library in Libraries) Put($"{architecture}/system/usr/lib/{triplet}/{library}", library);
            Put($"{architecture}/system/{loader}", "loader");
        }
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void An_image_of_two_architectures_is_one_archive_with_an_index()
    {
        var images = OperatorImage.ComposeAll("registry.example/slipway:1", "/nowhere", Given("amd64", "arm64"));
        Assert.Equal([OciArchitecture.Amd64, OciArchitecture.Arm64], images.Select(i => i.Architecture));
        Assert.All(images, i => Assert.Equal("65532:65532", i.User));
        Assert.Contains(images[1].Files, f => f.Path == "/lib/ld-linux-aarch64.so.1");

        var archive = _directory["slipway.tar"];
        OciArchive.Write(archive, images);
        var blobs = Read(archive);
        var entry = JsonNode.Parse(blobs["index.json"])!["manifests"]![0]!;
        Assert.Equal("registry.example/slipway:1", entry["annotations"]!["io.containerd.image.name"]!.ToString());
        var index = JsonNode.Parse(blobs[Blob(entry)])!;
        Assert.Equal(["amd64", "arm64"], index["manifests"]!.AsArray().Select(m => m!["platform"]!["architecture"]!.ToString()));
        foreach (var manifest in index["manifests"]!.AsArray())
        {
            var image = JsonNode.Parse(blobs[Blob(manifest!)])!;
            Assert.Equal(manifest!["platform"]!["architecture"]!.ToString(), JsonNode.Parse(blobs[Blob(image["config"]!)])!["architecture"]!.ToString());
            Assert.Contains(Blob(image["layers"]![0]!), blobs.Keys);
        }
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        File.Delete(_directory["arm64/system/usr/lib/aarch64-linux-gnu/libssl.so.3"]);
        var refusal = Assert.Throws<CommandException>(() => OperatorImage.ComposeAll("x:1", "/nowhere", Given("amd64", "arm64")));
        Assert.StartsWith("libssl.so.3 is in none of ", refusal.Message, StringComparison.Ordinal);
    }

    private Dictionary<OciArchitecture, string?> Given(params string[] architectures) => new()
    {
        [OciArchitecture.Amd64] = architectures.Contains("amd64") ? _directory["amd64"] : null,
        [OciArchitecture.Arm64] = architectures.Contains("arm64") ? _directory["arm64"] : null,
    };

    private void Put(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_directory[path])!);
        File.WriteAllText(_directory[path], content);
    }

    private static string Blob(JsonNode descriptor) => $"blobs/{descriptor["digest"]!.ToString().Replace(':', '/')}";

    private static Dictionary<string, byte[]> Read(string archive)
    {
        using var file = File.OpenRead(archive);
        using var tar = new TarReader(file);
        var blobs = new Dictionary<string, byte[]>();
        while (tar.GetNextEntry(copyData: true) is { } entry)
        {
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            blobs[entry.Name] = content.ToArray();
        }
        return blobs;
    }
}
