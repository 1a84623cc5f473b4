using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Bench.Peers.Etcd;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>Lists 10,000 pods in each form that clients ask for, beside etcd that hands out the same documents.</summary>
internal static class Lists
{
    private const int Count = 10_000;
    private const int Repetitions = 30;
    private const int Fillers = 64;
    private const string Namespace = "bench-lists";
    private const string Collection = $"/api/v1/namespaces/{Namespace}/pods";
    private const string Prefix = $"/registry/core/pods/{Namespace}/";

    public static async Task MeasureAsync(SlipwayCli slipway, ResultTable table)
    {
        var directory = Directory.CreateDirectory($"/var/lib/slipway/{slipway.Name}/bench-lists").FullName;
        await using var server = await EtcdServer.StartAsync(directory, CancellationToken.None);
        using var etcd = new EtcdClient(server.Address);
        using var api = Connection.To(slipway);
        await api.SendExpectingAsync("POST", "/api/v1/namespaces", Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"{{{Namespace}}}"}}"""), 201);
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Fillers).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < Count;)
            {
                var stored = await api.SendExpectingAsync(new ApiRequest("POST", Collection) { Body = Pod(i) }, 201);
                await etcd.CreateAsync($"{Prefix}p{i}", stored, CancellationToken.None);
            }
        })));

        await AddAsync("JSON", MediaTypes.Json, "<= 50 ms");
        await AddAsync("protobuf", MediaTypes.Protobuf);
        await AddAsync("as a table", "application/json;as=Table;v=v1;g=meta.k8s.io");
        await AddAsync("metadata alone, JSON", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io");
        await api.SendExpectingAsync("DELETE", $"/api/v1/namespaces/{Namespace}", null, 200);

        async Task AddAsync(string form, string accept, string aim = "")
        {
            long bytes = 0;
            await ListAsync(0);
            var (mine, theirs) = await Times.InTurnAsync(Repetitions, ListAsync, _ => etcd.ListAsync(Prefix, CancellationToken.None));
            table.Add($"list of 10,000 pods, {form}, p50 / p99", string.Create(CultureInfo.InvariantCulture, $"{mine.Percentiles} for {bytes / 1e6:0.0} MB"),
                string.Create(CultureInfo.InvariantCulture, $"etcd {theirs.Percentiles}: {mine.Median / theirs.Median:0.00}x"), aim);

            async Task ListAsync(int _) => bytes = (await api.SendExpectingAsync(new ApiRequest("GET", Collection) { Accept = accept }, 200)).Length;
        }
    }

    // A gate keeps the scheduler and the node out of the measurement.
    private static byte[] Pod(int i) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "Pod",
        ["metadata"] = new JsonObject { ["name"] = $"p{i}", ["labels"] = new JsonObject { ["app"] = "bench", ["shard"] = $"{i % 100}" } },
        ["spec"] = new JsonObject
        {
            ["schedulingGates"] = new JsonArray(new JsonObject { ["name"] = "bench.slipway.dev/never" }),
            ["containers"] = new JsonArray(new JsonObject
            {
                ["name"] = "main",
                ["image"] = "registry.example/app:1",
                ["args"] = new JsonArray("--serve", "--port=8080"),
                ["env"] = new JsonArray(new JsonObject { ["name"] = "MODE", ["value"] = "production" }),
                ["ports"] = new JsonArray(new JsonObject { ["containerPort"] = 8080 }),
                ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "128Mi" } },
            }),
        },
    }.ToJsonString());
}
