using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace EndToEnd.Tests.Streams;

/// <summary>What becomes of sessions when the server is killed under them: they end soon, their containers go on, and new ones are served by the next server.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class RestartedServerTests(ClusterFixture cluster) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly StreamPods pods = new(cluster);

    public ValueTask InitializeAsync() => pods.InitializeAsync();

    public ValueTask DisposeAsync() => pods.DisposeAsync();

    [Theory]
    [InlineData("websocket")]
    [InlineData("spdy")]
    public async Task Sessions_end_with_the_server_and_begin_anew_with_the_next(string way)
    {
        var before = await ContainersAsync();
        var port = FreePort();
        using var exec = Start(way, "exec", "web", "--", "sh", "-c", "echo begun; sleep 1000");
        using var attach = Start(way, "attach", "-i", "shell", "-c", "terminal");
        using var forward = Start(way, "port-forward", "pod/web", $"{port}:8080", "--address", "127.0.0.1");
        // So large, and without content, that it is not copied before the server is killed.
        (await pods.KubectlAsync(way, null, "exec", "web", "--", "dd", "if=/dev/null", "of=/tmp/large", "bs=1M", "seek=7168", "count=0")).Expect();
        var large = new FileInfo(Path.Combine(pods.Slipway.Home, "large"));
        using var copy = Start(way, "cp", "web:/tmp/large", large.FullName);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        Assert.Equal("begun", await exec.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken));
        Assert.StartsWith("Forwarding from", await forward.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("hello\n", await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/"), TestContext.Current.CancellationToken));

        // One that has not begun would begin with the next server.
        await Waiting.UntilAsync("the copy has begun", Patience, () =>
        {
            large.Refresh();
            return Task.FromResult(large is { Exists: true, Length: > 0 });
        });

        pods.Slipway.KillServer();
        (await pods.Slipway.RunAsync("up")).Expect();

        foreach (var session in new[] { exec, attach, copy }) await EndAsync(session);
        // It learns that the connection is gone when it next needs it, if not before.
        await Assert.ThrowsAnyAsync<Exception>(() => http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/"), TestContext.Current.CancellationToken));
        await EndAsync(forward);
        // By SPDY, kubectl takes the end of the connection for the end of the command.
        Assert.Equal(way == "spdy", exec.ExitCode == 0);
        Assert.NotEqual(0, forward.ExitCode);

        large.Refresh();
        Assert.InRange(large.Length, 1, (7168L << 20) - 1);
        large.Delete();

        Assert.Equal(before, await ContainersAsync());
        Assert.Equal("again\n", (await pods.KubectlAsync(way, null, "exec", "web", "--", "echo", "again")).Expect().Out);
        var file = Path.Combine(pods.Slipway.Home, "page");
        (await pods.KubectlAsync(way, null, "cp", "web:/www/index.html", file)).Expect();
        Assert.Equal("hello\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        using var again = Start(way, "port-forward", "pod/web", $"{port}:8080", "--address", "127.0.0.1");
        Assert.StartsWith("Forwarding from", await again.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Equal("hello\n", await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/"), TestContext.Current.CancellationToken));
        again.Kill();
        await EndAsync(again);
    }

    /// <summary>The containers of the shared pods, and how often each was restarted.</summary>
    private async Task<IReadOnlyList<string>> ContainersAsync() =>
        (await pods.Slipway.KubectlAsync("get", "pod", "web", "shell", "-o", "jsonpath={range .items[*].status.containerStatuses[*]}{.containerID} {.restartCount}{\"\\n\"}{end}")).Expect().Out.Split('\n');

    private Process Start(string way, params string[] arguments)
    {
        var start = pods.Start(StreamPods.Kubectl(way), way, arguments);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        return Process.Start(start)!;
    }

    private static async Task EndAsync(Process session)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await session.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            session.Kill();
            Assert.Fail($"kubectl {string.Join(' ', session.StartInfo.ArgumentList)} goes on although its server is gone");
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
