using System.Text;
using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Client;
using Slipway.Node.Volumes;
using Slipway.Testing;

namespace Slipway.Node.Tests.Real;

/// <summary>A node's agent over the shared containerd and an API server of its own; can be ended and started again.</summary>
internal sealed class RunningNode : IAsyncDisposable
{
    private readonly NodeFixture _fixture;
    private readonly TestCluster _cluster;
    private readonly NodeOptions _options;
    private CancellationTokenSource? _stop;
    private Task _running = Task.CompletedTask;

    private RunningNode(NodeFixture fixture, TestCluster cluster, IReadOnlyList<IInlineVolumeDriver> drivers, Func<NodeOptions, NodeOptions>? configure)
    {
        (_fixture, _cluster) = (fixture, cluster);
        var home = Path.Combine(fixture.Home, Guid.NewGuid().ToString("n")[..6]);
        var options = new NodeOptions
        {
            NodeName = "node-" + Path.GetFileName(home),
            Address = "192.0.2.1",
            ContainerdSocket = fixture.Options.Socket,
            ContainerdState = fixture.Options.State,
            PodsRoot = Path.Combine(home, "pods"),
            LogsRoot = Path.Combine(home, "logs"),
            CgroupParent = $"{fixture.Options.CgroupRoot}/kubepods",
            InlineVolumes = drivers,
        };
        _options = configure is null ? options : configure(options);
        Home = home;
    }

    public string Home { get; }
    public string Name => _options.NodeName;
    public NodeOptions Options => _options;
    public NodeAgent Agent { get; private set; } = null!;
    public TestCluster Cluster => _cluster;
    public IApi Api => _cluster.Admin;

    public static async Task<RunningNode> StartAsync(NodeFixture fixture, params IInlineVolumeDriver[] drivers)
    {
        return await StartAsync(fixture, new Slipway.ApiServer.ApiServerOptions(), drivers);
    }

    public static async Task<RunningNode> StartAsync(NodeFixture fixture, Func<NodeOptions, NodeOptions> configure)
    {
        await fixture.StartAsync();
        var node = new RunningNode(fixture, await TestCluster.StartAsync(), [], configure);
        await node.StartAgentAsync();
        return node;
    }

    public static async Task<RunningNode> StartAsync(NodeFixture fixture, Slipway.ApiServer.ApiServerOptions options, params IInlineVolumeDriver[] drivers)
    {
        await fixture.StartAsync();
        var node = new RunningNode(fixture, await TestCluster.StartAsync(options), drivers, null);
        await node.StartAgentAsync();
        return node;
    }

    /// <param name="through">What the agent's calls to the API go through.</param>
    public async Task StartAgentAsync(Func<IApi, IApi>? through = null)
    {
        _stop = new();
        var api = _cluster.As($"system:node:{Name}", "system:nodes");
        Agent = new(through is null ? api : through(api), _options, TimeProvider.System, new TestOutputLog());
        _running = Agent.RunAsync(_stop.Token);
        if (await Task.WhenAny(Agent.Ready, _running).WaitAsync(TestCluster.Patience) == _running)
            await _running;
    }

    public async Task StopAgentAsync()
    {
        await _stop!.CancelAsync();
        await _running.WaitAsync(TestCluster.Patience);
        await Agent.DisposeAsync();
        _stop.Dispose();
        _stop = null;
    }

    /// <summary>Creates a pod that is bound to the node, from the fields of its spec and the first container.</summary>
    public async Task<V1Pod> CreateAsync(string name, string container, string spec = "", string metadata = "")
    {
        var json = $$"""
            { "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "{{name}}" {{metadata}} },
              "spec": { "nodeName": "{{Name}}" {{(spec.Contains("restartPolicy", StringComparison.Ordinal) ? "" : ", \"restartPolicy\": \"Never\"")}} {{spec}},
                "containers": [ { {{(container.Contains("\"image\"", StringComparison.Ordinal) ? "\"name\": \"main\"" : $"\"name\": \"main\", \"image\": \"{NodeFixture.Busybox}\"")}} {{container}} } ] } }
            """;
        return await CreateAsync(JsonNode.Parse(json)!);
    }

    public async Task<V1Pod> CreateAsync(JsonNode pod) => NodeKinds.Pods.Read((await Api.SendForBodyAsync(
        new("POST", "/api/v1/namespaces/default/pods") { Body = Encoding.UTF8.GetBytes(pod.ToJsonString()) })).Span);

    public async Task<V1Pod> WaitAsync(string name, Func<V1Pod, bool> condition) =>
        (await _cluster.WaitAsync(NodeKinds.Pods, "default", name, p => p is not null && condition(p)))!;

    public Task<V1Pod> WaitForPhaseAsync(string name, string phase) => WaitAsync(name, p => p.Status?.Phase == phase);

    public Task WaitUntilGoneAsync(string name) => _cluster.WaitAsync(NodeKinds.Pods, "default", name, p => p is null);

    /// <summary>The log of a pod's container as the node serves it.</summary>
    public async Task<string> LogAsync(string pod, string query = "", string container = "main")
    {
        await using var response = await Agent.HandleAsync(new("GET", $"/containerLogs/default/{pod}/{container}?{query}"), default);
        if (response.Stream is null)
            return Encoding.UTF8.GetString(response.Body.Span);
        using var reader = new StreamReader(response.Stream);
        return await reader.ReadToEndAsync();
    }

    public async Task<IReadOnlyList<string>> EventsAsync(string pod) =>
        [.. JsonNode.Parse((await Api.SendForBodyAsync(new("GET", "/api/v1/namespaces/default/events"))).Span)!["items"]!.AsArray()
            .Where(e => (string?)e!["involvedObject"]!["name"] == pod).Select(e => (string)e!["reason"]!)];

    /// <summary>Reasons and messages of the events about a pod, such as <c>Started: Container started: main</c>.</summary>
    public async Task<IReadOnlyList<string>> EventMessagesAsync(string pod) =>
        [.. JsonNode.Parse((await Api.SendForBodyAsync(new("GET", "/api/v1/namespaces/default/events"))).Span)!["items"]!.AsArray()
            .Where(e => (string?)e!["involvedObject"]!["name"] == pod).Select(e => $"{(string?)e!["reason"]}: {(string?)e["message"]}")];

    /// <summary>Waits until an event about a pod begins with this.</summary>
    public async Task WaitForEventAsync(string pod, string start)
    {
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        while ((await EventMessagesAsync(pod)) is var events && !events.Any(e => e.StartsWith(start, StringComparison.Ordinal)))
        {
            if (patience.IsCancellationRequested)
                throw new TimeoutException($"no event about pod {pod} began with \"{start}\"; there were:\n{string.Join('\n', events)}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>Deletes all pods with what they hold, then ends the agent and its API server.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stop is not null)
        {
            foreach (var pod in (await Api.ListAsync(NodeKinds.Pods, "default")).Items)
            {
                await Api.DeleteAsync(NodeKinds.Pods, "default", pod.Metadata.Name, new() { GracePeriodSeconds = 0 });
                await WaitUntilGoneAsync(pod.Metadata.Name);
            }
            using var patience = new CancellationTokenSource(TestCluster.Patience);
            while (Directory.EnumerateDirectories(_options.PodsRoot).Any())
                await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, patience.Token);
            await StopAgentAsync();
        }
        await _cluster.DisposeAsync();
    }
}
