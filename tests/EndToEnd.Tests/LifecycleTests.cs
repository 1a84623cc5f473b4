using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>The life of clusters: start, stop, side by side, and the end without a trace.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class LifecycleTests
{
    private const string Marker = """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: kept }
        data: { word: lasting }
        """;

    [Fact]
    public async Task A_cluster_keeps_its_objects_and_its_place_from_down_to_up()
    {
        await using var slipway = new SlipwayCli("life");
        var up = (await slipway.RunAsync("up")).Expect();
        Assert.Contains($"Cluster \"{slipway.Name}\" is ready at https://127.0.0.1:", up.Out);
        Assert.Matches(@"took \d+ ms", up.Out);
        (await slipway.RunWithInputAsync(Marker, "apply", "-f", "-")).Expect();
        var before = await slipway.JsonAsync("status");
        Assert.Equal("ready", (string?)before["state"]);

        (await slipway.RunAsync("down")).Expect();
        var stopped = JsonNode.Parse((await slipway.RunAsync("status", "-o", "json")).Expect(1).Out)!;
        Assert.Equal("stopped", (string?)stopped["state"]);
        Assert.Empty(Traces.ProcessesOf(slipway.Name));
        var traces = await Traces.OfAsync(slipway.Name, (string)before["id"]!);
        Assert.Empty(traces.Mounts.Concat(traces.Interfaces).Concat(traces.Rules).Concat(traces.Cgroups));

        (await slipway.RunAsync("up")).Expect();
        Assert.Equal("lasting", (string?)(await slipway.JsonAsync("get", "configmap", "kept"))["data"]!["word"]);
        var after = await slipway.JsonAsync("status");
        foreach (var fact in new[] { "id", "server", "nodeAddress", "podCidr", "dataDirectory" })
            Assert.Equal((string?)before[fact], (string?)after[fact]);
    }

    [Fact]
    public async Task A_second_up_says_that_the_cluster_runs_already()
    {
        await using var slipway = new SlipwayCli("twice");
        (await slipway.RunAsync("up")).Expect();
        var server = slipway.ServerPid;
        var again = (await slipway.RunAsync("up")).Expect();
        Assert.Contains("is already running at https://127.0.0.1:", again.Out);
        Assert.Equal(server, slipway.ServerPid);
    }

    [Fact]
    public async Task Two_clusters_run_side_by_side_and_share_nothing()
    {
        await using var one = new SlipwayCli("one");
        await using var two = new SlipwayCli("two");
        await Task.WhenAll(UpAsync(one), UpAsync(two));
        (await one.RunWithInputAsync(Marker, "apply", "-f", "-")).Expect();
        var (first, second) = (await one.JsonAsync("status"), await two.JsonAsync("status"));
        foreach (var fact in new[] { "id", "server", "nodeAddress", "podCidr", "dataDirectory" })
            Assert.NotEqual((string?)first[fact], (string?)second[fact]);
        Assert.Contains("not found", (await two.RunAsync("get", "configmap", "kept")).Expect(1).Error);

        (await one.RunAsync("delete")).Expect();
        Assert.Equal("ready", (string?)(await two.JsonAsync("status"))["state"]);

        static async Task UpAsync(SlipwayCli slipway) => (await slipway.RunAsync("up")).Expect();
    }

    [Fact]
    public async Task A_port_in_use_is_named_with_what_to_do()
    {
        await using var slipway = new SlipwayCli("port");
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var refused = (await slipway.RunAsync("up", "--api-port", $"{port}")).Expect(1);
        Assert.Equal($"error: TCP port {port} is in use by another program; free it, or choose another with \"slipway up --name {slipway.Name} --api-port PORT\".\n", refused.Error);
        Assert.Empty(Traces.ProcessesOf(slipway.Name));

        other.Stop();
        (await slipway.RunAsync("up")).Expect();
        Assert.Equal($"https://127.0.0.1:{port}", (string?)(await slipway.JsonAsync("status"))["server"]);
    }

    [Theory]
    [InlineData("up")]
    [InlineData("down")]
    [InlineData("delete")]
    [InlineData("server")]
    public async Task Without_root_a_command_says_so(string command)
    {
        var start = new ProcessStartInfo("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", Repository.Require(Repository.Slipway), command, "--name", "nobodys"]);
        var refused = (await CommandResult.RunAsync(start, TimeSpan.FromSeconds(30))).Expect(1);
        Assert.Contains("needs root; run the same command with sudo", refused.Error);
        Assert.False(Directory.Exists("/var/lib/slipway/nobodys"));
    }

    [Fact]
    public async Task Delete_leaves_no_trace()
    {
        await using var slipway = new SlipwayCli("trace");
        var id = await RunningPodAsync(slipway);
        (await slipway.RunAsync("delete")).Expect();
        Assert.Empty((await Traces.OfAsync(slipway.Name, id)).All);
        Assert.False(File.Exists(slipway.Kubeconfig) && (await File.ReadAllTextAsync(slipway.Kubeconfig, TestContext.Current.CancellationToken)).Contains(slipway.Name, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Delete_leaves_no_trace_after_everything_was_killed()
    {
        await using var slipway = new SlipwayCli("killed");
        var id = await RunningPodAsync(slipway);
        // Server, containerd and shims first, so that nobody can tidy up after the containers.
        foreach (var process in Traces.ProcessesOf(slipway.Name).OrderByDescending(p => p.Arguments.Contains(slipway.Name, StringComparison.Ordinal)))
            Kill(process.Id);
        var remains = await Traces.OfAsync(slipway.Name, id);
        Assert.NotEmpty(remains.Mounts);
        Assert.NotEmpty(remains.Interfaces);
        Assert.NotEmpty(remains.Cgroups);

        (await slipway.RunAsync("delete")).Expect();
        Assert.Empty((await Traces.OfAsync(slipway.Name, id)).All);
    }

    [Fact]
    public async Task Deleting_what_is_not_there_is_no_failure()
    {
        await using var slipway = new SlipwayCli("absent");
        Assert.Contains("There is no cluster", (await slipway.RunAsync("delete")).Expect().Out);
        Assert.False(Directory.Exists($"/var/lib/slipway/{slipway.Name}"));
    }

    /// <summary>A cluster with a running pod that has everything that must be removed: mounts, a network, cgroups.</summary>
    /// <returns>The cluster's id.</returns>
    private static async Task<string> RunningPodAsync(SlipwayCli slipway)
    {
        (await slipway.RunAsync("up")).Expect();
        await BusyboxImage.BuildAsync(slipway);
        (await slipway.RunWithInputAsync($$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: stays }
            spec:
              containers:
                - name: main
                  image: {{BusyboxImage.Name}}
                  command: [sleep, "3600"]
                  volumeMounts: [{ name: memory, mountPath: /memory }, { name: disk, mountPath: /disk }]
              volumes: [{ name: memory, emptyDir: { medium: Memory } }, { name: disk, emptyDir: {} }]
            """, "apply", "-f", "-")).Expect();
        await Waiting.UntilAsync("the pod runs", TimeSpan.FromSeconds(30), async () => (string?)(await slipway.JsonAsync("get", "pod", "stays"))["status"]?["phase"] == "Running");
        var id = (string)(await slipway.JsonAsync("status"))["id"]!;
        var traces = await Traces.OfAsync(slipway.Name, id);
        Assert.All([traces.Processes, traces.Mounts, traces.Interfaces, traces.Rules, traces.Cgroups, traces.Files], Assert.NotEmpty);
        return id;
    }

    private static void Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended with another one.
        }
    }
}
