using Slipway.Node.Pods;
using Slipway.Node.Volumes;

namespace Slipway.Node.Tests.Volumes;

public sealed class NestedMountsTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-nested-").FullName;

    [Theory]
    [InlineData("/etc/app /data", "")]
    [InlineData("/etc/app /etc/app/extra", "1 in 0: extra")]
    [InlineData("/etc/app/extra/deep/ /etc/app/", "0 in 1: extra/deep")]
    [InlineData("/etc/app /etc/application", "")]
    [InlineData("/a /a/b /a/b/c", "1 in 0: b, 2 in 1: c")]
    [InlineData("/a /a/../b /a/./c", "2 in 0: c")]
    public void A_mount_lies_within_the_nearest_one_around_it(string paths, string expected) =>
        Assert.Equal(expected, string.Join(", ", NestedMounts.Of(paths.Split(' ')).Select(n => $"{n.Inner} in {n.Outer}: {n.Place}")));

    [Fact]
    public void A_place_is_of_the_kind_of_what_is_mounted_there_and_what_is_there_stays()
    {
        var file = Path.Combine(_root, "source");
        File.WriteAllText(file, "");
        var volume = Directory.CreateDirectory(Path.Combine(_root, "volume")).FullName;
        VolumeFiles.Write(volume, [new("key", "text"u8.ToArray(), VolumeFiles.DefaultMode)], group: null);

        NestedMounts.MakePlace(volume, "a/b", _root);
        NestedMounts.MakePlace(volume, "c/d", file);
        NestedMounts.MakePlace(volume, "key", file);

        Assert.True(Directory.Exists(Path.Combine(volume, "a", "b")));
        Assert.Equal("", File.ReadAllText(Path.Combine(volume, "c", "d")));
        Assert.Equal("text", File.ReadAllText(Path.Combine(volume, "key")));

        // Nor does a new key of that name take the place away, or the places keep new keys out.
        Assert.True(VolumeFiles.Write(volume, [new("a", "x"u8.ToArray(), VolumeFiles.DefaultMode), new("new", "y"u8.ToArray(), VolumeFiles.DefaultMode)], group: null));
        Assert.True(Directory.Exists(Path.Combine(volume, "a", "b")));
        Assert.Equal("y", File.ReadAllText(Path.Combine(volume, "new")));
        Assert.False(Path.Exists(Path.Combine(volume, "key")));
    }

    [Theory]
    [InlineData("out/b", true)]
    [InlineData("out/b", false)]
    [InlineData("out", true)]
    [InlineData("up/b/c", false)]
    [InlineData("dangling", true)]
    [InlineData("dangling", false)]
    [InlineData("dangling/b", true)]
    public void No_place_is_made_where_a_link_leads_out_of_the_volume(string place, bool isDirectory)
    {
        var file = Path.Combine(_root, "source");
        File.WriteAllText(file, "");
        var volume = Directory.CreateDirectory(Path.Combine(_root, "volume")).FullName;
        var outside = Directory.CreateDirectory(Path.Combine(_root, "outside")).FullName;
        File.CreateSymbolicLink(Path.Combine(volume, "out"), outside);
        File.CreateSymbolicLink(Path.Combine(volume, "up"), "../outside");
        File.CreateSymbolicLink(Path.Combine(volume, "dangling"), Path.Combine(outside, "new"));
        var failure = Assert.Throws<ContainerConfigException>(() => NestedMounts.MakePlace(volume, place, isDirectory ? _root : file));
        Assert.Contains("leaves its volume", failure.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
    }

    [Fact]
    public void Places_can_be_looked_into_by_all()
    {
        var file = Path.Combine(_root, "source");
        File.WriteAllText(file, "");
        var volume = Directory.CreateDirectory(Path.Combine(_root, "volume")).FullName;
        NestedMounts.MakePlace(volume, "a/b", file);
        Assert.Equal(0x1ED, (int)File.GetUnixFileMode(Path.Combine(volume, "a")));
        Assert.Equal(0x1A4, (int)File.GetUnixFileMode(Path.Combine(volume, "a", "b")));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
