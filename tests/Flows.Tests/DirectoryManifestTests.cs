using System.Text;

namespace Slipway.Flows.Tests;

public sealed class DirectoryManifestTests
{
    private static readonly string Hash = new('a', 64);

    [Fact]
    public void The_same_content_has_the_same_hash_in_whatever_order_it_came()
    {
        DirectoryEntry[] entries = [File("b/x", 3), new("b"), new("empty"), File("a.bin", 4) with { IsExecutable = true }, new("latest") { Link = "../b" }];
        var manifest = DirectoryManifest.Of(entries);
        Assert.Equal(["a.bin", "b", "b/x", "empty", "latest"], manifest.Entries.Select(e => e.Path));
        Assert.Equal((7L, 2), (manifest.Size, manifest.FileCount));
        Assert.Equal(manifest.Sha256, DirectoryManifest.Of(entries.Reverse()).Sha256);
        Assert.NotEqual(manifest.Sha256, DirectoryManifest.Of(entries[..3].Append(File("a.bin", 4)).Append(entries[4])).Sha256);

        var read = DirectoryManifest.Parse(manifest.Content);
        Assert.Equal(manifest.Sha256, read.Sha256);
        Assert.Equal(manifest.Entries, read.Entries);
    }

    [Fact]
    public void Its_form_is_fixed_because_its_hash_is_kept() => Assert.Equal(
        $$"""{"version":1,"entries":[{"path":"d"},{"path":"d/f","sha256":"{{Hash}}","size":3},{"path":"l","link":"d/f"},{"path":"run","sha256":"{{Hash}}","size":0,"executable":true}]}""",
        Encoding.UTF8.GetString(DirectoryManifest.Of([new("d"), File("d/f", 3), File("run", 0) with { IsExecutable = true }, new("l") { Link = "d/f" }]).Content.Span));

    [Theory]
    [InlineData("", "it must be a path below the directory")]
    [InlineData("/etc/passwd", "it must be a path below the directory")]
    [InlineData("../x", "it must be a path below the directory")]
    [InlineData("d/../../x", "it must be a path below the directory")]
    [InlineData("d/", "it must be a path below the directory")]
    [InlineData("d//x", "it must be a path below the directory")]
    [InlineData("./x", "it must be a path below the directory")]
    [InlineData("x\0", "it must be a path below the directory")]
    [InlineData("nowhere/x", "it must lie in a directory that is an entry")]
    [InlineData("link/x", "it must lie in a directory that is an entry")]
    [InlineData("f/x", "it must lie in a directory that is an entry")]
    [InlineData("f", "it is there twice")]
    public void What_would_lead_elsewhere_is_refused(string path, string problem)
    {
        var refusal = Assert.Throws<FormatException>(() => DirectoryManifest.Of([new("d"), File("f", 1), new("link") { Link = "/etc" }, File(path, 1)]));
        Assert.Contains(problem, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Paths_that_no_file_system_takes_and_too_many_entries_are_refused()
    {
        Assert.Throws<FormatException>(() => DirectoryManifest.Of([File(new string('ü', 1501), 1)]));
        Assert.Equal(100_000, DirectoryManifest.Of(Enumerable.Range(0, 100_000).Select(i => File($"{i}", 1))).FileCount);
        Assert.Contains("leave an archive of it", Assert.Throws<FormatException>(() => DirectoryManifest.Of(Enumerable.Range(0, 100_001).Select(i => File($"{i}", 1)))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"raw":"00"}""")]
    [InlineData("""{"version":2,"entries":[]}""")]
    [InlineData("""{"version":1,"entries":[{"path":"x","sha256":"00","size":1}]}""")]
    [InlineData("""{"version":1,"entries":[{"path":"x","executable":true}]}""")]
    [InlineData("""{"version":1,"entries":[{"path":"x","link":""}]}""")]
    [InlineData("""{"version":1,"entries":[{"path":"y"},{"path":"x"}]}""")]
    public void What_is_no_manifest_is_refused(string content) =>
        Assert.Throws<FormatException>(() => DirectoryManifest.Parse(Encoding.UTF8.GetBytes(content)));

    private static DirectoryEntry File(string path, long size) => new(path) { Sha256 = Hash, Size = size };
}
