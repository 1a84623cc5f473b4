using System.Text.Json.Nodes;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Api.Kinds;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Flows.Tests;

/// <summary>The flow controllers on the real API server; the test plays the node.</summary>
internal sealed class FlowCluster : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-flows-").FullName;
    private IAsyncDisposable? controllers;

    private readonly ITaskDelivery? delivery;
    private readonly Func<HttpMessageHandler> transport;
    private readonly Func<S3Options, IArtifactPlace> places;
    private readonly Func<ClaimOptions, IArtifactPlace> claims;

    private FlowCluster(TestCluster cluster, ITaskDelivery? delivery, Func<HttpMessageHandler> transport, Func<S3Options, IArtifactPlace> places, Func<ClaimOptions, IArtifactPlace> claims)
    {
        (this.delivery, this.transport, this.places, this.claims) = (delivery, transport, places, claims);
        Cluster = cluster;
        Open();
        Store.Prepare();
    }

    public TestCluster Cluster { get; }

    public ArtifactStore Store { get; private set; }

    public Ledger Ledger { get; private set; }

    /// <summary>The stores that are declared, as the controllers reach them.</summary>
    public DeclaredPlaces Places { get; private set; }

    public IApi Api => Cluster.Admin;

    /// <summary>What stands between the controllers that are started next and the API.</summary>
    public Func<IApi, IApi> Around { get; set; } = api => api;

    /// <summary>What pods wrote, by their names; of others the node has no log.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, string> PodLogs { get; } = new();

    /// <summary>The directories of the node.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, IReadOnlyList<FileState>> Directories { get; } = new();

    /// <summary>The objects of buckets.</summary>
    public System.Collections.Concurrent.ConcurrentDictionary<string, IReadOnlyList<FileState>> Buckets { get; } = new();

    /// <summary>What was reached of them, in its order.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<ListedBucket> ReachedBuckets { get; } = new();

    /// <summary>A directory whose reads do not return; null for none.</summary>
    public HungDirectory? HungDirectory { get; set; }

    /// <param name="delivery">How pods get what they need; null for the nodes of Slipway.</param>
    /// <param name="options">How the API server is set up.</param>
    /// <param name="transport">What carries requests of controllers to other machines; nothing if not given.</param>
    /// <param name="places">Reaches declared buckets; nothing if not given.</param>
    /// <param name="claims">Reaches declared claims; nothing if not given.</param>
    public static async Task<FlowCluster> StartAsync(
        ITaskDelivery? delivery = null, ApiServer.ApiServerOptions? options = null, Func<HttpMessageHandler>? transport = null, Func<S3Options, IArtifactPlace>? places = null,
        Func<ClaimOptions, IArtifactPlace>? claims = null)
    {
        var flows = new FlowCluster(
            await TestCluster.StartAsync((options ?? new()) with { Flows = true }), delivery, transport ?? (() => throw new InvalidOperationException("no test expects a request")), places ?? (_ => throw new InvalidOperationException("no test expects a store")),
            claims ?? (_ => throw new InvalidOperationException("no test expects a claim")));
        flows.StartControllers();
        return flows;
    }

    public void StartControllers()
    {
        var host = new ControllerHost(new NodeLogs(Around(Controllers), PodLogs), Cluster.Clock, Cluster.Logs);
        FlowControllers.Register(host, Ledger, Store, Places, transport, delivery, ReadDirectory, Reach);
        controllers = Cluster.Run(host.RunAsync);
    }

    private IReadOnlyList<FileState> ReadDirectory(string directory)
    {
        HungDirectory?.Enter(directory);
        return Directories.TryGetValue(directory, out var files) ? files : throw new IOException($"{directory} is not there");
    }

    public async Task StopControllersAsync()
    {
        await controllers!.DisposeAsync();
        await Ledger.DisposeAsync();
        Open();
    }

    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(Store), nameof(Ledger), nameof(Places))]
    private void Open()
    {
        Ledger = Ledger.Open(Path.Combine(directory, "ledger.db"));
        Places = new DeclaredPlaces(() => Controllers, places, claims, Cluster.Clock);
        Store = new ArtifactStore(Path.Combine(directory, "artifacts"), origin: new PlacedArtifacts(Ledger, Places));
    }

    private ListedBucket Reach(S3Options options)
    {
        var bucket = new ListedBucket(options, Buckets);
        ReachedBuckets.Enqueue(bucket);
        return bucket;
    }

    private IApi Controllers => Cluster.As("system:serviceaccount:slipway-system:flows", "system:serviceaccounts");

    public async Task ApplyAsync(string yaml)
    {
        foreach (var document in DocumentReader.ParseYaml(yaml))
        {
            var plural = $"{document["kind"]!.GetValue<string>().ToLowerInvariant()}s";
            await Cluster.CreateAsync($"/apis/slipway.dev/v1alpha1/namespaces/default/{plural}", document.ToJsonString());
        }
    }

    public Task<FlowRun> RunAsync(string name, Func<FlowRun, bool> condition) =>
        Cluster.WaitAsync(FlowKinds.Runs, "default", name, r => r is not null && condition(r))!;

    /// <summary>Waits until pods of these items are there that have not ended; gives them.</summary>
    public async Task<List<V1Pod>> PodsAsync(params string[] items)
    {
        var pods = await Cluster.WaitForAllAsync(FlowKinds.Pods, "default", all => items.All(i => all.Exists(p => IsLive(p, i))));
        return [.. items.Select(i => pods.First(p => IsLive(p, i)))];

        static bool IsLive(V1Pod pod, string item) => RunSimulation.ItemOf(pod) == item && pod.Status?.Phase is not ("Succeeded" or "Failed");
    }

    /// <summary>The node reports that a pod runs.</summary>
    public Task RunningAsync(V1Pod pod) => StatusAsync(pod, new JsonObject
    {
        ["phase"] = "Running",
        ["containerStatuses"] = Container(new JsonObject { ["running"] = new JsonObject { ["startedAt"] = Cluster.Clock.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null) } }),
    });

    /// <summary>The node reports that a pod has ended, with the report of slipway-task.</summary>
    public async Task EndAsync(V1Pod pod, int exitCode = 0, string reason = "", string[]? files = null, Dictionary<string, string>? values = null, string[]? directories = null, bool isKilled = false)
    {
        var report = new JsonObject { ["version"] = 1, ["exitCode"] = exitCode, ["reason"] = reason, ["end"] = Cluster.Clock.GetUtcNow() };
        report["files"] = await OutputsAsync((files ?? []).ToDictionary(f => f, f => $"content of {f}"));
        foreach (var name in directories ?? [])
            report["files"]![name] = await DirectoryAsync(name);
        report["values"] = await OutputsAsync(values ?? []);
        await StatusAsync(pod, new JsonObject
        {
            ["phase"] = exitCode == 0 && !isKilled ? "Succeeded" : "Failed",
            ["containerStatuses"] = Container(new JsonObject { ["terminated"] = new JsonObject { ["exitCode"] = isKilled ? 137 : exitCode, ["message"] = report.ToJsonString() } }),
        });
    }

    public Task StatusAsync(V1Pod pod, JsonObject status) => Cluster.PatchAsync(
        $"/api/v1/namespaces/default/pods/{pod.Metadata.Name}/status", new JsonObject { ["status"] = status }.ToJsonString());

    public async ValueTask DisposeAsync()
    {
        await Cluster.DisposeAsync();
        await Ledger.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    private async Task<JsonObject> OutputsAsync(Dictionary<string, string> contents)
    {
        var outputs = new JsonObject();
        foreach (var (name, content) in contents)
        {
            var bytes = System.Text.Encoding.UTF8.GetBytes(content);
            outputs[name] = new JsonObject { ["sha256"] = await Store.WriteAsync(bytes, CancellationToken.None), ["size"] = bytes.Length, ["fileName"] = $"{name}.bin" };
        }

        return outputs;
    }

    /// <summary>Stores a directory of two files, one of them in a directory of its own, as the endpoint would.</summary>
    private async Task<JsonObject> DirectoryAsync(string name)
    {
        async Task<DirectoryEntry> FileAsync(string path, string content) =>
            new(path) { Sha256 = await Store.WriteAsync(System.Text.Encoding.UTF8.GetBytes(content), CancellationToken.None), Size = content.Length };
        var manifest = DirectoryManifest.Of([await FileAsync("first", $"first of {name}"), new("below"), await FileAsync("below/second", $"second of {name}")]);
        await Store.WriteAsync(manifest.Content, CancellationToken.None);
        return new JsonObject { ["sha256"] = manifest.Sha256, ["size"] = manifest.Size, ["fileName"] = name, ["fileCount"] = manifest.FileCount };
    }

    private static JsonArray Container(JsonObject state) => new(new JsonObject
    {
        ["name"] = FlowNames.Container,
        ["image"] = "x:1",
        ["imageID"] = RunSimulation.Digest,
        ["ready"] = false,
        ["restartCount"] = 0,
        ["state"] = state,
    });
}
