using Slipway.Node.Linux;
using Slipway.Node.Volumes;

namespace Slipway.Node.Tests.Volumes;

public sealed class SubPathTests : IDisposable
{
    private const int Group = 4321;
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-subpath-").FullName;

    [Fact]
    public void Who_may_write_to_a_volume_may_write_to_the_directories_that_are_made_in_it()
    {
        var volume = Volume((UnixFileMode)0x1FF | UnixFileMode.SetGroup);
        Bind(volume, "a/b");
        foreach (var made in new[] { "a", "a/b" })
            Assert.Equal((UnixFileMode)0x1FF | UnixFileMode.SetGroup, File.GetUnixFileMode(Path.Combine(volume, made)));
        Assert.Equal(Group, GroupOf(Path.Combine(volume, "a/b")));
    }

    [Fact]
    public void What_is_there_keeps_its_permissions()
    {
        var volume = Volume((UnixFileMode)0x1F8);
        var own = Directory.CreateDirectory(Path.Combine(volume, "own"), UnixFileMode.UserRead | UnixFileMode.UserExecute).FullName;
        var closed = Directory.CreateDirectory(Path.Combine(own, "closed"), UnixFileMode.None).FullName;
        Bind(volume, "own/closed/made");
        Bind(volume, "own/closed");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(own));
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(closed));
        Assert.Equal((UnixFileMode)0x1F8, File.GetUnixFileMode(Path.Combine(closed, "made")));
    }

    private string Volume(UnixFileMode mode)
    {
        var volume = Directory.CreateDirectory(Path.Combine(_root, "volume")).FullName;
        Syscalls.ChangeOwner(volume, 0, Group);
        File.SetUnixFileMode(volume, mode);
        return volume;
    }

    private void Bind(string volume, string subPath)
    {
        var target = Path.Combine(_root, "target");
        SubPath.Bind(volume, subPath, target);
        MountTable.UnmountBelow(target);
    }

    private static int GroupOf(string path)
    {
        var opened = Syscalls.Open(path, Syscalls.OpenPath);
        try
        {
            return Syscalls.FactsOf(opened).Group;
        }
        finally
        {
            Syscalls.Close(opened);
        }
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
