using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Node.Logs;

namespace Slipway.Node.Tests.Logs;

public sealed class PodLogsTests : IDisposable
{
    private readonly string _home = Directory.CreateTempSubdirectory("slipway-pod-logs-").FullName;

    public void Dispose() => Directory.Delete(_home, recursive: true);

    private string Root => Path.Combine(_home, "own");

    private string Shared => Path.Combine(_home, "var-log");

    [Fact]
    public void Logs_lie_where_collectors_look_and_leave_nothing()
    {
        var logs = new PodLogs(Root, Shared, NullLogger.Instance);
        foreach (var uid in new[] { "u1", "u2" })
        {
            var directory = Path.Combine(Root, $"default_web_{uid}");
            logs.Make(directory);
            logs.Make(directory);
            Write(Path.Combine(directory, "main", "0.log"), uid);
            logs.Link(Pod, "main", $"id-{uid}", Path.Combine(directory, "main", "0.log"));
        }
        // As a container sees them that mounts the machine's directory alone.
        Assert.Equal("u1", File.ReadAllText(Path.Combine(Shared, "pods", "default_web_u1", "main", "0.log")));
        Assert.Null(new DirectoryInfo(Path.Combine(Shared, "pods", "default_web_u1")).LinkTarget);
        Assert.Equal(Path.Combine(Shared, "pods", "default_web_u1", "main", "0.log"), new FileInfo(Path.Combine(Shared, "containers", "web_default_main-id-u1.log")).LinkTarget);

        Assert.Equal([Path.Combine(Root, "default_web_u1")], logs.Of("u1"));
        logs.Remove(Path.Combine(Root, "default_web_u1"), default);
        Assert.Empty(logs.Of("u1"));
        Assert.Equal(["default_web_u2"], Names(Path.Combine(Shared, "pods")));
        Assert.Equal(["web_default_main-id-u2.log"], Names(Path.Combine(Shared, "containers")));
        logs.Unlink("id-u2");
        Assert.Empty(Names(Path.Combine(Shared, "containers")));

        PodLogs.RemoveAll(Root, Shared);
        Assert.Empty(Names(Shared));
    }

    [Fact]
    public void Of_others_nothing_is_removed()
    {
        Write(Path.Combine(Shared, "pods", "default_theirs_u9", "main", "0.log"), "theirs");
        Directory.CreateDirectory(Path.Combine(Shared, "containers"));
        File.CreateSymbolicLink(Path.Combine(Shared, "containers", "theirs.log"), Path.Combine(Shared, "pods", "default_theirs_u9", "main", "0.log"));
        Directory.CreateDirectory(Root);
        Write(Path.Combine(_home, "precious", "file"), "kept");
        File.CreateSymbolicLink(Path.Combine(Root, "default_odd_u3"), Path.Combine(_home, "precious"));

        PodLogs.RemoveAll(Root, Shared);
        Assert.Equal("kept", File.ReadAllText(Path.Combine(_home, "precious", "file")));
        Assert.Equal("theirs", File.ReadAllText(Path.Combine(Shared, "containers", "theirs.log")));
    }

    [Fact]
    public void What_a_stop_left_half_done_is_found_by_the_pod_and_removed()
    {
        var logs = new PodLogs(Root, Shared, NullLogger.Instance);
        Directory.CreateDirectory(Root);
        var directory = Path.Combine(Root, "default_web_u1");
        File.CreateSymbolicLink(directory, Path.Combine(Shared, "pods", "default_web_u1")); // the link is there, and not what it leads to
        Assert.Equal([directory], logs.Of("u1"));
        logs.Make(directory);
        Assert.True(Directory.Exists(Path.Combine(Shared, "pods", "default_web_u1")));
        Directory.Delete(Path.Combine(Shared, "pods", "default_web_u1"));
        logs.Remove(directory, default);
        Assert.Empty(logs.Of("u1"));
    }

    [Fact]
    public void Links_to_logs_that_lie_in_the_nodes_own_directory_go_with_them()
    {
        // As a pod has it that was there before logs were shared.
        var directory = Path.Combine(Root, "default_web_u1");
        new PodLogs(Root, null, NullLogger.Instance).Make(directory);
        Write(Path.Combine(directory, "main", "0.log"), "x");
        var logs = new PodLogs(Root, Shared, NullLogger.Instance);
        logs.Make(directory);
        logs.Link(Pod, "main", "id", Path.Combine(directory, "main", "0.log"));
        Assert.Equal("x", File.ReadAllText(Path.Combine(Shared, "containers", "web_default_main-id.log")));
        logs.Remove(directory, default);
        Assert.Empty(Names(Root));
        Assert.Empty(Names(Path.Combine(Shared, "containers")));
    }

    [Fact]
    public void A_node_whose_logs_nobody_collects_keeps_them_to_itself()
    {
        var logs = new PodLogs(Root, null, NullLogger.Instance);
        var directory = Path.Combine(Root, "default_web_u1");
        logs.Make(directory);
        Write(Path.Combine(directory, "main", "0.log"), "x");
        logs.Link(Pod, "main", "id", Path.Combine(directory, "main", "0.log"));
        logs.Remove(directory, default);
        Assert.Empty(Names(Root));
        Assert.False(Directory.Exists(Shared));
    }

    [Fact]
    public void Names_of_links_fit_into_a_directory()
    {
        Assert.Equal("web_default_main-abc.log", PodLogs.NameOf("web", "default", "main", "abc"));
        var name = PodLogs.NameOf(new string('p', 200), "default", "main", new string('0', 64));
        Assert.Equal(255, name.Length);
        Assert.EndsWith(".log", name, StringComparison.Ordinal);
    }

    private static V1Pod Pod => new() { Metadata = new() { Name = "web", NamespaceProperty = "default" } };

    private static void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    private static string[] Names(string directory) => [.. Directory.EnumerateFileSystemEntries(directory).Select(path => Path.GetFileName(path)!).Order()];
}
