using Slipway.Node.Linux;
using Slipway.Node.Pods;
using Slipway.Node.Volumes;

namespace Slipway.Node.Tests.Volumes;

public sealed class GroupOwnershipTests : IDisposable
{
    private const int Group = 4321;
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-group-").FullName;

    [Fact]
    public void All_in_a_volume_is_given_to_the_group_and_links_lead_nowhere()
    {
        var outside = Directory.CreateDirectory(Path.Combine(_root, "outside")).FullName;
        File.WriteAllText(Path.Combine(outside, "secret"), "");
        File.SetUnixFileMode(Path.Combine(outside, "secret"), UnixFileMode.UserRead);
        var volume = Directory.CreateDirectory(Path.Combine(_root, "volume", "a", "b")).Parent!.Parent!.FullName;
        var file = Path.Combine(volume, "a", "b", "file");
        File.WriteAllText(file, "");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        Directory.CreateSymbolicLink(Path.Combine(volume, "link"), outside);
        File.CreateSymbolicLink(Path.Combine(volume, "dangling"), "/nowhere");

        GroupOwnership.Give(volume, Group, onlyOnMismatch: false);

        Assert.Equal([Group, Group, Group, Group], new[] { volume, Path.Combine(volume, "a"), Path.Combine(volume, "a", "b"), file }.Select(GroupOf));
        Assert.True(File.GetUnixFileMode(Path.Combine(volume, "a")).HasFlag(UnixFileMode.SetGroup | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(file));
        Assert.NotEqual(Group, GroupOf(Path.Combine(outside, "secret")));
        Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Path.Combine(outside, "secret")));
        Assert.NotEqual(Group, GroupOf(outside));
    }

    [Fact]
    public void A_volume_that_is_nested_without_end_is_refused()
    {
        Directory.CreateDirectory(Path.Combine([_root, .. Enumerable.Repeat("a", 300)]));
        Assert.Contains("nested deeper than 256", Assert.Throws<ContainerConfigException>(() => GroupOwnership.Give(_root, Group, onlyOnMismatch: false)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_volume_that_belongs_to_the_group_is_left_alone_if_asked(bool onlyOnMismatch, bool expected)
    {
        GroupOwnership.Give(_root, Group, onlyOnMismatch);
        var late = Path.Combine(_root, "late");
        File.WriteAllText(late, "");
        File.SetUnixFileMode(late, UnixFileMode.UserRead);
        GroupOwnership.Give(_root, Group, onlyOnMismatch);
        Assert.Equal(expected, File.GetUnixFileMode(late).HasFlag(UnixFileMode.GroupWrite));
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

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
}
