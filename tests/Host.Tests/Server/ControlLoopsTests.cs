using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Client;
using Slipway.Flows;
using Slipway.Host.Clusters;
using Slipway.Storage;

namespace Slipway.Host.Server;

/// <summary>Two servers over one store: both serve, and of each kind of loop one acts.</summary>
public sealed class ControlLoopsTests : IAsyncLifetime
{
    private const string Leases = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases";
    private static readonly string[] Loops = ["kube-controller-manager", "kube-scheduler", "slipway-flows"];

    private readonly TemporaryDirectory _directory = new();
    private readonly MemoryStore _store = new();
    private readonly FakeTimeProvider _clock = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<Server> _servers = [];

    public async ValueTask InitializeAsync()
    {
        foreach (var name in (string[])["a", "b"]) _servers.Add(await Server.StartAsync(name, _store, _directory[name], _clock));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        await _store.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task Each_loop_has_one_leader_and_what_a_server_leaves_the_other_takes_up()
    {
        await UntilAsync(async () => (await HoldersAsync()).Count(h => h.Length > 0) == Loops.Length);
        Assert.All(await HoldersAsync(), holder => Assert.Contains(holder, _servers.Select(s => s.Candidate)));
        await WorkIsDoneAsync("one");

        // A server ends, in whatever it led.
        var (gone, left) = (_servers[0], _servers[1]);
        await gone.DisposeAsync();
        await UntilAsync(async () => (await HoldersAsync()).All(h => h == left.Candidate));
        await WorkIsDoneAsync("two");
    }

    // Controllers give a new namespace the cluster's certificate, the scheduler a pod its node.
    private async Task WorkIsDoneAsync(string name)
    {
        var api = _servers[1].Admin;
        await CreateAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        await CreateAsync("/api/v1/nodes", $$$"""{"metadata":{"name":"{{{name}}}"}}""");
        await api.SendForBodyAsync(new("PATCH", $"/api/v1/nodes/{name}/status") { Body = """{"status":{"allocatable":{"cpu":"4","memory":"4Gi","pods":"10"}}}"""u8.ToArray(), ContentType = MediaTypes.MergePatch });
        await CreateAsync($"/api/v1/namespaces/{name}/pods", """{"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await UntilAsync(async () => (await ReadAsync($"/api/v1/namespaces/{name}/configmaps/kube-root-ca.crt"))?["data"]?["ca.crt"]?.ToString() == "PEM");
        await UntilAsync(async () => (await ReadAsync($"/api/v1/namespaces/{name}/pods/p"))?["spec"]!["nodeName"] is not null);
    }

    private async Task<string[]> HoldersAsync()
    {
        var items = (await ReadAsync(Leases))!["items"]!.AsArray();
        return [.. Loops.Select(loop => items.FirstOrDefault(i => i!["metadata"]!["name"]!.ToString() == loop)?["spec"]!["holderIdentity"]?.ToString() ?? "")];
    }

    private Task CreateAsync(string path, string json) => _servers[1].Admin.SendForBodyAsync(new("POST", path) { Body = System.Text.Encoding.UTF8.GetBytes(json) }).AsTask();

    private async Task<JsonNode?> ReadAsync(string path)
    {
        await using var response = await _servers[1].Admin.SendAsync(new("GET", path), TestContext.Current.CancellationToken);
        return response.IsSuccess ? JsonNode.Parse(response.Body.Span) : null;
    }

    private async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(2));
        while (!await condition())
        {
            await timer.WaitForNextTickAsync(patience.Token);
            _clock.Advance(TimeSpan.FromMilliseconds(20));
        }
    }

    private sealed class Server : IAsyncDisposable
    {
        private readonly ApiServer.ApiServer _api;
        private readonly Ledger _ledger;
        private readonly CancellationTokenSource _stop = new();
        private readonly Task[] _loops;

        private Server(string name, ApiServer.ApiServer api, string directory, TimeProvider clock)
        {
            _api = api;
            Directory.CreateDirectory(directory);
            _ledger = Ledger.Open(Path.Combine(directory, "ledger.db"));
            var cluster = new Cluster
            {
                Name = name,
                Id = "0000",
                DataDirectory = directory,
                ApiPort = 6443,
                PodCidr = "10.1.0.0/20",
                ServiceCidr = "10.2.0.0/20",
                Store = new() { Endpoints = "http://127.0.0.1:2379", Prefix = "/slipway/both/" },
            };
            Candidate = $"{Environment.MachineName}_{name}-0000";
            _loops = new ControlLoops(api, cluster, _ledger, new ArtifactStore(Path.Combine(directory, "artifacts")), new DeclaredPlaces(() => Admin, S3Place.Reach, _ => throw new InvalidOperationException("There are no claims here."), clock), clock, NullLoggerFactory.Instance).Run("PEM", (_, _, _) => "", _stop.Token);
        }

        public string Candidate { get; }

        public IApi Admin => _api.For(new("admin", [UserInfo.Masters, UserInfo.Authenticated]));

        public static async Task<Server> StartAsync(string name, IStore store, string directory, TimeProvider clock)
        {
            var api = new ApiServer.ApiServer(store, new ApiServerOptions { Flows = true }, clock, NullLoggerFactory.Instance);
            await api.StartAsync(TestContext.Current.CancellationToken);
            return new(name, api, directory, clock);
        }

        public async ValueTask DisposeAsync()
        {
            if (_stop.IsCancellationRequested) return;
            await _stop.CancelAsync();
            await Task.WhenAll(_loops);
            await _api.DisposeAsync();
            await _ledger.DisposeAsync();
        }
    }
}
