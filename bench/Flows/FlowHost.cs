using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Client;
using Slipway.Flows;
using Slipway.Scheduler;
using Slipway.Simulation;
using Slipway.Storage;

namespace Slipway.Bench.Flows;

/// <summary>
/// The API over its durable store, the scheduler, the controllers of flows with their ledger, and simulated nodes whose pods of flows end as soon as
/// they run: all in this process, so that what flows themselves cost is nearly all that is measured.
/// </summary>
internal sealed class FlowHost : IAsyncDisposable
{
    /// <summary>Pods that all nodes together take at a time: 110 each.</summary>
    private const int Nodes = 20;

    private readonly string directory = Directory.CreateTempSubdirectory("slipway-bench-").FullName;
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> loops = [];
    private readonly SqliteStore store;
    private readonly ApiServer.ApiServer server;
    private readonly Ledger ledger;
    private readonly RequestCounts? counts;

    private FlowHost(RequestCounts? counts)
    {
        store = SqliteStore.Open(Path.Combine(directory, "store.db"));
        server = new ApiServer.ApiServer(store, new ApiServerOptions(), TimeProvider.System, NullLoggerFactory.Instance);
        ledger = Ledger.Open(Path.Combine(directory, "ledger.db"));
        this.counts = counts;
        Api = ApiOf("admin", UserInfo.Masters);
    }

    /// <summary>The API as an administrator.</summary>
    public IApi Api { get; }

    /// <summary>Starts all of it; returns when the nodes are ready.</summary>
    /// <param name="counts">Counts the requests of all; null to count none.</param>
    public static async Task<FlowHost> StartAsync(RequestCounts? counts = null)
    {
        var host = new FlowHost(counts);
        await host.server.StartAsync(CancellationToken.None);
        var artifacts = new ArtifactStore(Path.Combine(host.directory, "artifacts"));
        artifacts.Prepare();
        var controllers = new ControllerHost(host.ApiOf("flow-controller", UserInfo.Masters), TimeProvider.System, NullLoggerFactory.Instance);
        FlowControllers.Register(controllers, host.ledger, artifacts, new DeclaredPlaces(() => host.Api, S3Place.Reach, _ => throw new InvalidOperationException("There are no claims here."), TimeProvider.System), () => throw new InvalidOperationException("Nothing here notifies anybody."));
        var scheduler = new PodScheduler(host.ApiOf("system:kube-scheduler"), TimeProvider.System, NullLoggerFactory.Instance);
        var plan = new SimulationPlan { Pods = [new PodRule { RunFor = default(Span) }] };
        var nodes = new SimulatedNodes(host.Api, name => host.ApiOf($"system:node:{name}", "system:nodes"), plan, Nodes, "v1.37.0", TimeProvider.System, NullLoggerFactory.Instance);
        host.loops.AddRange([controllers.RunAsync(host.stop.Token), scheduler.RunAsync(host.stop.Token), nodes.RunAsync(host.stop.Token)]);
        await nodes.Ready;
        await Parallel.ForAsync(0, Nodes, async (i, cancellation) =>
        {
            // What the controller of nodes, which is not here, does for nodes that are ready.
            await host.Api.SendForBodyAsync(new("PATCH", $"/api/v1/nodes/simulated-{i}") { Body = """{"spec":{"taints":null}}"""u8.ToArray(), ContentType = MediaTypes.MergePatch }, cancellation);
        });
        return host;
    }

    /// <summary>Creates a flow of one task.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="items">How many items its task has; null for a task without forEach.</param>
    /// <param name="isCached">Whether earlier results are taken.</param>
    /// <param name="limit">How many of its runs may be under way at a time; null for all.</param>
    public Task CreateFlowAsync(string name, int? items = null, bool isCached = false, int? limit = null)
    {
        var task = new JsonObject { ["name"] = "step", ["image"] = $"registry.example/bench@sha256:{new string('a', 64)}", ["command"] = new JsonArray("true") };
        if (items is { } count)
            task["forEach"] = new JsonObject { ["range"] = new JsonObject { ["from"] = 1, ["to"] = count } };
        if (isCached)
            task["cache"] = new JsonObject();
        var spec = new JsonObject { ["tasks"] = new JsonArray(task) };
        if (limit is { } most)
            spec["concurrency"] = new JsonObject { ["limit"] = most };
        return CreateAsync("flows", new JsonObject { ["kind"] = "Flow", ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = spec });
    }

    /// <summary>Creates a run of a flow.</summary>
    public Task CreateRunAsync(string name, string flow) =>
        CreateAsync("flowruns", new JsonObject { ["kind"] = "FlowRun", ["metadata"] = new JsonObject { ["name"] = name }, ["spec"] = new JsonObject { ["flow"] = flow } });

    /// <summary>The document of a run.</summary>
    public ValueTask<ReadOnlyMemory<byte>> ReadRunAsync(string name) => Api.SendForBodyAsync(new("GET", $"/apis/slipway.dev/v1alpha1/namespaces/default/flowruns/{name}"), CancellationToken.None);

    /// <summary>Waits until the events that have been reported are written: until no more come.</summary>
    /// <returns>How many there are.</returns>
    public async Task<long> EventsAsync()
    {
        for (var (before, now) = (-1L, 0L); ; before = now)
        {
            var list = await Api.SendForBodyAsync(new("GET", "/api/v1/namespaces/default/events?limit=1"), CancellationToken.None);
            var metadata = JsonNode.Parse(list.Span)!["metadata"]!;
            now = (long?)metadata["remainingItemCount"] ?? 0;
            if (now == before)
                return now + 1;
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await ledger.DisposeAsync();
        await server.DisposeAsync();
        await store.DisposeAsync();
        stop.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    private IApi ApiOf(string user, params string[] groups)
    {
        var api = server.For(new(user, [.. groups, UserInfo.Authenticated]));
        return counts is null ? api : counts.Of(user.StartsWith("system:node:", StringComparison.Ordinal) ? "nodes" : user, api);
    }

    private async Task CreateAsync(string plural, JsonObject document)
    {
        document["apiVersion"] = "slipway.dev/v1alpha1";
        await Api.SendForBodyAsync(new("POST", $"/apis/slipway.dev/v1alpha1/namespaces/default/{plural}") { Body = Encoding.UTF8.GetBytes(document.ToJsonString()) }, CancellationToken.None);
    }
}
