using Slipway.Node.Containerd;
using Slipway.Node.Linux;

namespace Slipway.Node.Tests.Containerd;

/// <summary>Whether an overlay can be mounted is tried, and a trial that was killed leaves nothing beyond the next one.</summary>
public sealed class OverlayTrialTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("slipway-overlay-").FullName;

    public void Dispose()
    {
        MountTable.UnmountBelow(_root);
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public void What_a_killed_trial_left_is_removed_by_the_next()
    {
        var left = Directory.CreateDirectory(Path.Combine(_root, "overlay-trial", "merged")).FullName;
        Syscalls.Mount("tmpfs", left, "tmpfs", 0, "");
        var options = new ContainerdOptions
        {
            Root = _root, State = _root, Socket = $"{_root}/s", CgroupRoot = "/x", CniConfDir = _root, LogFile = $"{_root}/log",
        };
        ContainerdMachineProbe.Snapshotter(options);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_root));
        Assert.DoesNotContain(MountTable.Read(), entry => entry.Target.StartsWith(_root, StringComparison.Ordinal));
    }
}
