using System.Diagnostics;
using Slipway.Node.Linux;

namespace Slipway.Node.Tests.Linux;

public sealed class TreeRemovalTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("slipway-removal-").FullName;
    private readonly string _tree;
    private readonly string _outside;

    public TreeRemovalTests()
    {
        _tree = Directory.CreateDirectory(Path.Combine(_home, "tree")).FullName;
        _outside = Directory.CreateDirectory(Path.Combine(_home, "outside", "kept")).Parent!.FullName;
        File.WriteAllText(Path.Combine(_outside, "kept", "file"), "kept");
    }

    public void Dispose()
    {
        MountTable.UnmountBelow(_home);
        TreeRemoval.Remove(_home);
    }

    [Fact]
    public void All_goes_but_what_links_lead_to()
    {
        for (var i = 0; i < 300; i++)
        {
            var inner = Directory.CreateDirectory(Path.Combine(_tree, $"{i}", "a", "b")).FullName;
            File.WriteAllText(Path.Combine(inner, "file"), "");
            File.CreateSymbolicLink(Path.Combine(inner, "link"), _outside);
        }
        File.CreateSymbolicLink(Path.Combine(_tree, "dangling"), "/nowhere");
        // Names need not be text.
        Shell("touch \"$(printf 'a\\377b')\"; mkdir -p \"$(printf 'c\\377')/d\"; mkfifo fifo; chmod 0 0/a; touch .hidden");

        TreeRemoval.Remove(_tree);

        Assert.False(Directory.Exists(_tree));
        AssertKept();
        TreeRemoval.Remove(_tree);
    }

    [Theory]
    [InlineData("link")]
    [InlineData("file")]
    [InlineData("nothing")]
    [InlineData("other")]
    public void What_takes_the_place_of_a_directory_is_not_followed(string replacement)
    {
        Directory.CreateDirectory(Path.Combine(_tree, "victim", "kept", "deeper"));
        var met = new List<string>();
        TreeRemoval.Remove(_tree, name =>
        {
            met.Add(name);
            if (name != "victim" || met.Count > 1)
                return;
            var victim = Path.Combine(_tree, name);
            Directory.Move(victim, Path.Combine(_tree, "elsewhere"));
            if (replacement == "link")
                File.CreateSymbolicLink(victim, _outside);
            else if (replacement == "file")
                File.WriteAllText(victim, "");
            else if (replacement == "other")
                Directory.CreateDirectory(Path.Combine(victim, "kept"));
        }, Syscalls.MoveAt, CancellationToken.None);
        Assert.Equal("victim", met[0]);
        Assert.False(Directory.Exists(_tree));
        AssertKept();
    }

    [Fact]
    public void A_link_in_place_of_the_tree_itself_is_refused()
    {
        Directory.Delete(_tree);
        File.CreateSymbolicLink(_tree, _outside);
        Assert.Contains(_tree, Assert.Throws<IOException>(() => TreeRemoval.Remove(_tree)).Message, StringComparison.Ordinal);
        AssertKept();
    }

    [Fact]
    public void A_hundred_thousand_levels_take_neither_stack_nor_open_files()
    {
        const int Levels = 100_000;
        // In memory, since disks take a minute for it.
        Syscalls.Mount("tmpfs", _home, "tmpfs", 0, null);
        Directory.CreateDirectory(_tree);
        // Too deep for any path: made the way in which containers can make it.
        Shell($"perl -e 'for (1..{Levels}) {{ mkdir \"d\" or die; chdir \"d\" or die }} open(F, \">f\")'");
        var most = 0;
        var entered = 0;
        TreeRemoval.Remove(_tree, _ =>
        {
            if (entered++ % 10_000 == 0)
                most = Math.Max(most, Opened());
        }, Syscalls.MoveAt, CancellationToken.None);
        Assert.False(Directory.Exists(_tree));
        Assert.InRange(entered, Levels - 2, Levels);
        Assert.InRange(most, 1, 2);
    }

    [Theory]
    [InlineData("mount")]
    [InlineData("a/mount")]
    [InlineData("a/b/c/mount")]
    [InlineData(".")]
    public void What_is_mounted_is_refused_and_not_entered(string at)
    {
        var mount = Directory.CreateDirectory(Path.Combine(_tree, at)).FullName;
        Syscalls.Mount(_outside, mount, null, Syscalls.MountBind, null);
        Assert.Contains("mounted", Assert.Throws<IOException>(() => TreeRemoval.Remove(_tree)).Message, StringComparison.Ordinal);
        AssertKept();
        MountTable.UnmountBelow(_tree);
        TreeRemoval.Remove(_tree);
        Assert.False(Directory.Exists(_tree));
    }

    [Fact]
    public void What_is_mounted_while_a_directory_is_entered_is_refused()
    {
        Directory.CreateDirectory(Path.Combine(_tree, "a", "b"));
        Assert.Contains("mounted", Assert.Throws<IOException>(() => TreeRemoval.Remove(_tree, name => Syscalls.Mount(_outside, Path.Combine(_tree, name), null, Syscalls.MountBind, null), Syscalls.MoveAt, CancellationToken.None)).Message,
            StringComparison.Ordinal);
        AssertKept();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(1000)]
    public void What_cannot_be_moved_is_emptied_where_it_is(int every)
    {
        for (var i = 0; i < 200; i++)
        {
            var inner = Directory.CreateDirectory(Path.Combine(_tree, $"{i % 3}", "a", $"{i}", "b", "c", "d", "e")).FullName;
            File.WriteAllText(Path.Combine(inner, "file"), "");
            File.CreateSymbolicLink(Path.Combine(inner, "..", "link"), _outside);
        }
        var asked = 0;
        TreeRemoval.Remove(_tree, _ => { }, (from, name, to, newName) => ++asked % every == 0 ? Syscalls.ErrCrossDevice : Syscalls.MoveAt(from, name, to, newName), CancellationToken.None);
        Assert.False(Directory.Exists(_tree));
        Assert.InRange(asked, 200, int.MaxValue);
        AssertKept();
    }

    [Fact]
    public void What_lies_in_a_lower_layer_of_an_overlay_is_emptied_where_it_is()
    {
        // An overlay cannot lie on every file system, such as another overlay.
        Syscalls.Mount("tmpfs", _home, "tmpfs", 0, null);
        string Made(string name) => Directory.CreateDirectory(Path.Combine(_home, name)).FullName;
        Directory.CreateDirectory(Path.Combine(Made("lower"), "t", "a", "b", "c", "d", "e"));
        File.WriteAllText(Path.Combine(_home, "lower", "t", "a", "b", "c", "file"), "");
        Syscalls.Mount("overlay", Made("tree"), "overlay", 0, $"lowerdir={Made("lower")},upperdir={Made("upper")},workdir={Made("work")}");
        TreeRemoval.Remove(Path.Combine(_tree, "t"));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_tree));
        Assert.True(File.Exists(Path.Combine(_home, "lower", "t", "a", "b", "c", "file")));
    }

    [Theory]
    [InlineData("link")]
    [InlineData("file")]
    [InlineData("nothing")]
    [InlineData("mount")]
    public void Nothing_that_takes_the_place_of_a_directory_emptied_in_place_is_followed(string replacement)
    {
        var victim = Directory.CreateDirectory(Path.Combine(_tree, "a", "victim", "kept", "deeper")).Parent!.Parent!.FullName;
        var met = new List<string>();
        void Remove() => TreeRemoval.Remove(_tree, name =>
        {
            met.Add(name);
            if (name != "victim" || met.Count(m => m == name) > 1)
                return;
            if (replacement == "mount")
            {
                Syscalls.Mount(_outside, victim, null, Syscalls.MountBind, null);
                return;
            }
            Directory.Move(victim, Path.Combine(_tree, "elsewhere"));
            if (replacement == "link")
                File.CreateSymbolicLink(victim, _outside);
            else if (replacement == "file")
                File.WriteAllText(victim, "");
        }, CannotMove, CancellationToken.None);
        if (replacement == "mount")
        {
            Assert.Contains("mounted", Assert.Throws<IOException>(Remove).Message, StringComparison.Ordinal);
            MountTable.UnmountBelow(_tree);
        }
        Remove();
        Assert.Equal(["a", "victim"], met.Take(2));
        Assert.False(Directory.Exists(_tree));
        AssertKept();
    }

    [Fact]
    public void Directories_that_are_emptied_where_they_are_are_not_nested_without_end()
    {
        const int Levels = 1000;
        Shell($"perl -e 'for (1..{Levels}) {{ mkdir \"d\" or die; chdir \"d\" or die }}'");
        var most = 0;
        Assert.Contains("in each other", Assert.Throws<IOException>(() => TreeRemoval.Remove(_tree, _ => most = Math.Max(most, Opened()), CannotMove, CancellationToken.None)).Message, StringComparison.Ordinal);
        Assert.InRange(most, 65, 130);
        Assert.Equal(0, Opened());
        TreeRemoval.Remove(_tree);
        Assert.False(Directory.Exists(_tree));
    }

    [Fact]
    public void What_was_stopped_can_be_removed_again()
    {
        Directory.CreateDirectory(Path.Combine(_tree, "a", "b", "c", "d"));
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => TreeRemoval.Remove(_tree, name =>
        {
            if (name != "a")
                stop.Cancel();
        }, Syscalls.MoveAt, stop.Token));
        Assert.True(Directory.Exists(_tree));
        TreeRemoval.Remove(_tree);
        Assert.False(Directory.Exists(_tree));
    }

    private static int CannotMove(int from, ReadOnlySpan<byte> name, int to, ReadOnlySpan<byte> newName) => Syscalls.ErrCrossDevice;

    private int Opened() => Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.StartsWith(_tree, StringComparison.Ordinal) == true);

    private void AssertKept() => Assert.Equal("kept", File.ReadAllText(Path.Combine(_outside, "kept", "file")));

    private void Shell(string script)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-ec", script]) { WorkingDirectory = _tree })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
