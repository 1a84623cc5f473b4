using System.Diagnostics;
using System.Globalization;
using Slipway.Node.Linux;

namespace Slipway.Node.Tests.Linux;

public sealed class TreeMeasureTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("slipway-measure-").FullName;
    private readonly string _tree;

    public TreeMeasureTests() => _tree = Directory.CreateDirectory(Path.Combine(_home, "tree")).FullName;

    public void Dispose()
    {
        MountTable.UnmountBelow(_home);
        TreeRemoval.Remove(_home);
    }

    [Fact]
    public void It_counts_as_du_does()
    {
        File.WriteAllBytes(Path.Combine(_home, "outside"), new byte[1 << 20]);
        for (var i = 0; i < 700; i++)
            File.WriteAllBytes(Path.Combine(Directory.CreateDirectory(Path.Combine(_tree, $"{i}", "a")).FullName, "file"), new byte[i]);
        // Names need not be text; a file of two names is one; holes take no room; what links lead to lies elsewhere.
        Shell("mkdir \"$(printf 'c\\377')\"; echo a > \"$(printf 'c\\377/d')\"; head -c 100000 /dev/zero > 1/large; ln 1/large 2/large; truncate -s 1G 3/sparse; ln -s ../../outside 4/link; mkfifo fifo; ln -s .. 5/up");
        Assert.Equal(Reported(), TreeMeasure.Of(_tree));
    }

    [Fact]
    public void What_is_not_there_takes_nothing() => Assert.Equal((0, 0), TreeMeasure.Of(Path.Combine(_home, "no")));

    [Fact]
    public void What_is_mounted_is_not_counted()
    {
        var mount = Directory.CreateDirectory(Path.Combine(_tree, "a", "mount")).FullName;
        Syscalls.Mount("tmpfs", mount, "tmpfs", 0, null);
        File.WriteAllText(Path.Combine(mount, "file"), "x");
        Assert.Equal(2, TreeMeasure.Of(_tree).Inodes);
    }

    [Fact]
    public void A_hundred_thousand_levels_are_counted_with_few_open_files()
    {
        const int Levels = 100_000;
        // In memory, since disks take a minute for it.
        Syscalls.Mount("tmpfs", _home, "tmpfs", 0, null);
        Directory.CreateDirectory(_tree);
        // Too deep for any path. At each level more is found on the way back.
        Shell($"perl -e 'for (1..{Levels}) {{ open(F, \">f\"); print F \"x\"; close(F); mkdir \"d\" or die; mkdir \"e\" if $_ % 1000 == 0; chdir \"d\" or die }}'");
        var (most, entered) = (0, 0);
        var (bytes, inodes) = TreeMeasure.Of(_tree, _ =>
        {
            if (entered++ % 10_000 == 0)
                most = Math.Max(most, Opened());
        });
        Assert.Equal(1 + Levels + Levels + Levels / 1000, inodes);
        Assert.Equal(Levels * 4096L, bytes); // directories in memory take no room
        Assert.InRange(most, 60, 66);
        Assert.Equal(0, Opened());
    }

    [Fact]
    public void The_way_back_out_of_a_directory_that_was_moved_leads_nowhere_else()
    {
        const int Levels = 100;
        Shell($"perl -e 'for (1..{Levels}) {{ mkdir \"d$_\" or die; mkdir \"x\" or die; chdir \"d$_\" or die }}'");
        Directory.CreateDirectory(Path.Combine(_home, "outside", "many", "more"));
        var moved = false;
        var (_, inodes) = TreeMeasure.Of(_tree, name =>
        {
            if (name != "d100" || moved)
                return;
            moved = true;
            Directory.Move(Path.Combine([_tree, .. Enumerable.Range(1, 90).Select(i => $"d{i}")]), Path.Combine(_home, "outside", "d90"));
        });
        // All on the way down is counted, and beside it what lies above and below the directory that was moved.
        Assert.True(moved);
        Assert.InRange(inodes, 1 + Levels + 60, 1 + (2 * Levels));
        Assert.Equal(0, Opened());
    }

    private (long, long) Reported()
    {
        long Of(params string[] how)
        {
            using var du = Process.Start(new ProcessStartInfo("du", ["-s", .. how, _tree]) { RedirectStandardOutput = true })!;
            return long.Parse(du.StandardOutput.ReadToEnd().Split('\t')[0], CultureInfo.InvariantCulture);
        }
        return (Of("--block-size=1"), Of("--inodes"));
    }

    private int Opened() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.StartsWith(_tree, StringComparison.Ordinal) == true);

    private void Shell(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-ec", script]) { WorkingDirectory = _tree })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
