using System.Text;
using k8s.Models;
using Slipway.Node.Pods;
using Slipway.Node.Volumes;

namespace Slipway.Node.Tests.Volumes;

public sealed class VolumeFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("slipway-volume-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_change_comes_in_one_step_and_takes_away_what_is_gone()
    {
        Assert.True(VolumeFiles.Write(_directory, [File("a", "1"), File("sub/b", "2")], null));
        var first = new DirectoryInfo(Path.Combine(_directory, "..data")).LinkTarget;
        Assert.False(VolumeFiles.Write(_directory, [File("sub/b", "2"), File("a", "1")], null));
        Assert.Equal(first, new DirectoryInfo(Path.Combine(_directory, "..data")).LinkTarget);

        Directory.CreateDirectory(Path.Combine(_directory, "..interrupted"));
        Assert.True(VolumeFiles.Write(_directory, [File("a", "3"), File("c", "4")], null));
        Assert.Equal(["..data", "a", "c"], Directory.EnumerateFileSystemEntries(_directory).Select(e => Path.GetFileName(e)!)
            .Where(n => n != new DirectoryInfo(Path.Combine(_directory, "..data")).LinkTarget).Order(StringComparer.Ordinal));
        Assert.Equal("3", System.IO.File.ReadAllText(Path.Combine(_directory, "a")));
        Assert.Equal("..data/a", new FileInfo(Path.Combine(_directory, "a")).LinkTarget);
    }

    [Theory]
    [InlineData(0x1A4, 0x100, true)]
    [InlineData(0x1A4, 0x1A4, false)]
    public void A_changed_mode_is_a_change(int before, int after, bool written)
    {
        VolumeFiles.Write(_directory, [File("a", "1", before)], null);
        Assert.Equal(written, VolumeFiles.Write(_directory, [File("a", "1", after)], null));
        Assert.Equal((UnixFileMode)after, new FileInfo(Path.Combine(_directory, "..data/a")).UnixFileMode);
    }

    [Theory]
    [InlineData("../a")]
    [InlineData("/a")]
    [InlineData("a//b")]
    public void A_path_that_leaves_the_volume_is_refused(string path) =>
        Assert.Contains(path, Assert.Throws<ContainerConfigException>(() => VolumeFiles.Write(_directory, [File(path, "")], null)).Message, StringComparison.Ordinal);

    // Users that the pod's containers run as, and its fsGroup, against mode and owner of a token.
    [Theory]
    [InlineData(null, null, null, 0x1A4, null)]
    [InlineData(1000L, 1000L, null, 0x180, 1000L)]
    [InlineData(1000L, 1001L, null, 0x1A4, null)]
    [InlineData(null, 1000L, null, 0x1A4, null)]
    [InlineData(null, null, 2000L, 0x180, null)]
    public void A_token_is_for_the_user_of_its_pod(long? one, long? other, long? group, int mode, long? owner)
    {
        var pod = new V1Pod
        {
            Metadata = new() { Name = "p" },
            Spec = new()
            {
                SecurityContext = new() { FsGroup = group },
                Containers = [.. new[] { one, other }.Select(u => new V1Container { Name = "c", SecurityContext = new() { RunAsUser = u } })],
            },
        };
        var file = VolumeContent.TokenFile(pod, "token", "t", 0x1A4);
        Assert.Equal((mode, owner), (file.Mode, file.Owner));
    }

    [Theory]
    [InlineData(3605, 2884)]
    [InlineData(600, 480)]
    [InlineData(864_000, 86_400)]
    public void A_token_is_replaced_well_before_it_expires_and_daily(int seconds, double after)
    {
        var issued = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
        Assert.Equal(issued.AddSeconds(after), ServiceAccountTokens.RefreshAt(issued, issued.AddSeconds(seconds)));
    }

    private static VolumeFile File(string path, string text, int mode = VolumeFiles.DefaultMode) => new(path, Encoding.UTF8.GetBytes(text), mode);
}
