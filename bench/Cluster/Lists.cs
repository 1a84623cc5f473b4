using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Bench.Peers.Etcd;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>Lists 1,000, 10,000 and 100,000 pods, 10,000 in each form that clients ask for, beside etcd that hands out the same documents.</summary>
internal static class Lists
{
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
        var filled = 0;
        await FillAsync(1_000);
        await AddAsync("JSON", MediaTypes.Json);
        await FillAsync(10_000);
        await AddAsync("JSON", MediaTypes.Json, "<= 50 ms");
        await AddAsync("protobuf", MediaTypes.Protobuf);
        await AddAsync("as a table", "application/json;as=Table;v=v1;g=meta.k8s.io");
        await AddAsync("metadata alone, JSON", "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io");
        await FillAsync(100_000);
        await AddAsync("JSON", MediaTypes.Json);
        await api.SendExpectingAsync("DELETE", $"/api/v1/namespaces/{Namespace}", null, 200);

        async Task FillAsync(int count)
        {
            var next = filled - 1;
            await Task.WhenAll(Enumerable.Range(0, Fillers).Select(_ => Task.Run(async () =>
            {
                for (int i; (i = Interlocked.Increment(ref next)) < count;)
                {
                    var stored = await api.SendExpectingAsync(new ApiRequest("POST", Collection) { Body = Pod(i) }, 201);
                    await etcd.CreateAsync($"{Prefix}p{i}", stored, CancellationToken.None);
                }
            })));
            filled = count;
        }

        async Task AddAsync(string form, string accept, string aim = "")
        {
            long bytes = 0;
            await ListAsync(0);
            var (mine, theirs) = await Times.InTurnAsync(filled > 10_000 ? 10 : 30, ListAsync, _ => etcd.ListAsync(Prefix, CancellationToken.None));
            table.Add(string.Create(CultureInfo.InvariantCulture, $"list of {filled:N0} pods, {form}, p50 / p99"), string.Create(CultureInfo.InvariantCulture, $"{mine.Percentiles} for {bytes / 1e6:0.0} MB"),
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
