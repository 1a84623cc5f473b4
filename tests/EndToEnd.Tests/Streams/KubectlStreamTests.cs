using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Slipway.Testing;

namespace EndToEnd.Tests.Streams;

/// <summary>Unmodified kubectl runs commands in containers, joins in with them, copies files and forwards ports.</summary>
[Collection(StreamTestGroup.Name)]
public sealed class KubectlStreamTests(StreamPods pods)
{
    private const int MiB = 1 << 20;

    public static TheoryData<string> Ways => StreamPods.Ways;

    [Theory, MemberData(nameof(Ways))]
    public async Task Outputs_and_exit_codes_come_back(string way)
    {
        var result = (await pods.KubectlAsync(way, null, "exec", "web", "--", "sh", "-c", "echo out; echo err >&2; exit 7")).Expect(7);
        Assert.Equal("out\n", result.Out);
        Assert.StartsWith("err\n", result.Error, StringComparison.Ordinal);
        Assert.Contains("command terminated with exit code 7", result.Error, StringComparison.Ordinal);
        Assert.Equal("", (await pods.KubectlAsync(way, null, "exec", "web", "--", "true")).Expect().Out);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task The_end_of_the_input_arrives(string way)
    {
        var lines = string.Join('\n', Enumerable.Range(0, 20_000));
        Assert.Equal(lines, (await pods.KubectlAsync(way, lines, "exec", "-i", "web", "--", "cat")).Expect().Out);
        Assert.Equal("", (await pods.KubectlAsync(way, "", "exec", "-i", "web", "--", "cat")).Expect().Out);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_terminal_has_a_size_that_may_change_and_keys_that_interrupt(string way) =>
        Assert.Equal("size resized interrupted 5", (await TerminalAsync(way, "exec", "-it", "web", "--", "sh")).Expect().Out.Trim());

    [Fact]
    public async Task A_containers_own_terminal_can_be_joined()
    {
        Assert.Equal("size resized interrupted 5", (await TerminalAsync("websocket", "attach", "-it", "shell", "-c", "terminal")).Expect().Out.Trim().Replace("interrupted 0", "interrupted 5", StringComparison.Ordinal));
        // The shell has ended: the tests that follow meet it begun again.
        (await pods.Slipway.KubectlAsync("wait", "pod", "shell", "--for=jsonpath={.status.containerStatuses[?(@.name==\"terminal\")].restartCount}=1", "--timeout=60s")).Expect();
        (await pods.Slipway.KubectlAsync("wait", "pod", "shell", "--for=condition=Ready", "--timeout=60s")).Expect();
    }

    [Fact]
    public async Task A_container_for_debugging_is_joined()
    {
        await pods.ApplyAsync("""
            apiVersion: v1
            kind: Pod
            metadata: { name: debugged }
            spec:
              containers: [ { name: main, image: IMAGE, command: [httpd, -f, -p, "8080", -h, /www] } ]
            """);
        (await pods.Slipway.KubectlAsync("wait", "pod", "debugged", "--for=condition=Ready", "--timeout=60s")).Expect();
        var said = (await TerminalAsync("websocket", "debug", "-it", "debugged", "--image=" + StreamPods.Image, "--target=main", "--container=debugger", "--", "sh")).Expect().Out;
        Assert.StartsWith("size resized interrupted", said, StringComparison.Ordinal);
        (await pods.Slipway.KubectlAsync("wait", "pod", "debugged", "--for=jsonpath={.status.ephemeralContainerStatuses[0].state.terminated.exitCode}=5", "--timeout=20s")).Expect();
        // It shares the processes of its target, and has ended without it.
        Assert.Equal("hello\n", (await pods.KubectlAsync("websocket", null, "exec", "debugged", "-c", "main", "--", "cat", "/www/index.html")).Expect().Out);
        (await pods.KubectlAsync("websocket", null, "debug", "debugged", "--image=" + StreamPods.Image, "--target=main", "--container=looker", "--", "sh", "-c", "cat /proc/1/cmdline")).Expect();
        (await pods.Slipway.KubectlAsync("wait", "pod", "debugged", "--for=jsonpath={.status.ephemeralContainerStatuses[1].state.terminated.exitCode}=0", "--timeout=20s")).Expect();
        Assert.StartsWith("httpd\0", (await pods.Slipway.KubectlAsync("logs", "debugged", "-c", "looker")).Expect().Out, StringComparison.Ordinal);
        (await pods.Slipway.KubectlAsync("delete", "pod", "debugged", "--grace-period=0", "--force")).Expect();
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task The_input_of_a_container_can_be_given_once(string way)
    {
        var name = $"once-{way}";
        await pods.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: {{name}} }
            spec:
              restartPolicy: Never
              containers: [ { name: main, image: IMAGE, command: [cat], stdin: true, stdinOnce: true } ]
            """);
        (await pods.Slipway.KubectlAsync("wait", "pod", name, "--for=condition=Ready", "--timeout=60s")).Expect();
        Assert.Equal("given\n", (await pods.KubectlAsync(way, "given\n", "attach", "-i", name)).Expect().Out);
        (await pods.Slipway.KubectlAsync("wait", "pod", name, "--for=jsonpath={.status.phase}=Succeeded", "--timeout=60s")).Expect();
        Assert.Equal("given\n", (await pods.Slipway.KubectlAsync("logs", name)).Expect().Out);
        (await pods.Slipway.KubectlAsync("delete", "pod", name)).Expect();
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Large_files_are_copied_both_ways(string way)
    {
        var (there, back) = (Path.Combine(pods.Slipway.Home, "there"), Path.Combine(pods.Slipway.Home, $"back-{way}"));
        var content = RandomNumberGenerator.GetBytes(50 * MiB);
        await File.WriteAllBytesAsync(there, content);
        (await pods.KubectlAsync(way, null, "cp", there, $"web:/tmp/{way}")).Expect();
        (await pods.KubectlAsync(way, null, "cp", $"web:/tmp/{way}", back)).Expect();
        Assert.Equal(SHA256.HashData(content), SHA256.HashData(await File.ReadAllBytesAsync(back)));
        (await pods.KubectlAsync(way, null, "exec", "web", "--", "rm", $"/tmp/{way}")).Expect();
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_forwarded_port_serves_many_connections(string way)
    {
        await using var forward = await Forward.StartAsync(pods, way, 8080);
        using var client = new HttpClient();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetStringAsync(forward.Address)));
        Assert.All(answers, answer => Assert.Equal("hello\n", answer));
    }

    [Fact]
    public async Task A_port_that_nobody_serves_is_told_of()
    {
        await using var forward = await Forward.StartAsync(pods, "websocket", 9);
        using var client = new HttpClient();
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => client.GetStringAsync(forward.Address));
        Assert.Contains("failed to connect to localhost:9 inside namespace", await forward.EndAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("none", "", "pods \"none\" not found")]
    [InlineData("web", "absent", "container absent is not valid for pod web")]
    public async Task What_is_not_there_is_named(string pod, string container, string message)
    {
        string[] choice = container.Length > 0 ? ["-c", container] : [];
        foreach (var way in new[] { "websocket", "spdy" })
            Assert.Contains(message, (await pods.KubectlAsync(way, null, ["exec", pod, .. choice, "--", "ls"])).Expect(1).Error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_command_that_is_not_there_is_named(string way) =>
        Assert.Contains("exec: \"nosuch\": executable file not found in $PATH", (await pods.KubectlAsync(way, null, "exec", "web", "--", "nosuch")).Expect(1).Error, StringComparison.Ordinal);

    [Fact]
    public async Task The_preferred_container_is_taken()
    {
        Assert.Equal("3\n", (await pods.KubectlAsync("websocket", null, "exec", "shell", "--", "sh", "-c", "echo 3 > /tmp/main; cat /tmp/main")).Expect().Out);
        (await pods.KubectlAsync("websocket", null, "exec", "shell", "-c", "other", "--", "test", "-e", "/tmp/main")).Expect(1);
        (await pods.KubectlAsync("websocket", null, "exec", "shell", "-c", "main", "--", "test", "-e", "/tmp/main")).Expect();
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("spdy")]
    public async Task A_session_ends_with_its_container(string way)
    {
        var name = $"mortal-{way}";
        await pods.ApplyAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: {{name}} }
            spec:
              terminationGracePeriodSeconds: 0
              containers: [ { name: main, image: IMAGE, command: [sleep, "100000"] } ]
            """);
        (await pods.Slipway.KubectlAsync("wait", "pod", name, "--for=condition=Ready", "--timeout=60s")).Expect();
        using var session = Process.Start(Redirected(pods.Start(StreamPods.Kubectl(way), way, "exec", name, "--", "sh", "-c", "echo begun; sleep 1000")))!;
        Assert.Equal("begun", await session.StandardOutput.ReadLineAsync());
        (await pods.Slipway.KubectlAsync("delete", "pod", name, "--now")).Expect();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        await session.WaitForExitAsync(patience.Token);
        Assert.Equal(137, session.ExitCode);
    }

    [Theory]
    [InlineData("websocket")]
    [InlineData("spdy")]
    public async Task A_slow_reader_makes_nobody_buffer(string way)
    {
        using var session = Process.Start(Redirected(pods.Start(StreamPods.Kubectl(way), way, "exec", "web", "--", "sh", "-c", "dd if=/dev/zero bs=1M count=300 2>/dev/null")))!;
        var buffer = new byte[MiB];
        await session.StandardOutput.BaseStream.ReadExactlyAsync(buffer);
        var before = Memory(pods.Slipway.ServerPid!.Value);
        // Meanwhile others go on.
        for (var i = 0; i < 5; i++) (await pods.KubectlAsync(way, null, "exec", "web", "--", "true")).Expect();
        Assert.InRange(Memory(pods.Slipway.ServerPid!.Value) - before, long.MinValue, 100 * MiB);
        long rest = 0;
        for (int read; (read = await session.StandardOutput.BaseStream.ReadAsync(buffer)) > 0;) rest += read;
        Assert.Equal(299L * MiB, rest);
        await session.WaitForExitAsync();
        Assert.Equal(0, session.ExitCode);
    }

    [Fact]
    public async Task Several_sessions_go_on_at_once()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => pods.KubectlAsync(i % 2 == 0 ? "websocket" : "spdy", $"{i}", "exec", "-i", "web", "--", "cat")));
        Assert.Equal(Enumerable.Range(0, 6).Select(i => $"{i}"), results.Select(r => r.Expect().Out));
    }

    private Task<CommandResult> TerminalAsync(string way, params string[] arguments) =>
        pods.RunAsync("/usr/bin/python3", way, null, [Path.Combine(AppContext.BaseDirectory, "Streams", "Programs", "terminal.py"), StreamPods.Kubectl(way), .. arguments]);

    private static ProcessStartInfo Redirected(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        return start;
    }

    private static long Memory(int process)
    {
        using var running = Process.GetProcessById(process);
        return running.WorkingSet64;
    }

    private sealed class Forward(Process process, int port) : IAsyncDisposable
    {
        public string Address => $"http://127.0.0.1:{port}/";

        public static async Task<Forward> StartAsync(StreamPods pods, string way, int target)
        {
            var port = FreePort();
            var start = Redirected(pods.Start(StreamPods.Kubectl(way), way, "port-forward", "pod/web", $"{port}:{target}", "--address", "127.0.0.1"));
            start.RedirectStandardError = true;
            var process = Process.Start(start)!;
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            Assert.StartsWith("Forwarding from", await process.StandardOutput.ReadLineAsync(patience.Token), StringComparison.Ordinal);
            return new Forward(process, port);
        }

        /// <summary>Waits until it ends by itself.</summary>
        /// <returns>What it complained of.</returns>
        public async Task<string> EndAsync()
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
            return await process.StandardError.ReadToEndAsync(patience.Token);
        }

        public async ValueTask DisposeAsync()
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
