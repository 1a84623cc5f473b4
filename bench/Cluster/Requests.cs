using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Bench.Peers.Etcd;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>
/// How long single requests take, one after the other, and what an object costs in memory, while the cluster holds 1,000,
/// 10,000 and 100,000 objects; beside etcd that holds the same documents and does what Kubernetes would ask of it.
/// </summary>
internal static class Requests
{
    private const int Repetitions = 500;
    private const int Fillers = 64;
    private const string Namespace = "bench-requests";
    private const string Collection = $"/api/v1/namespaces/{Namespace}/configmaps";

    public static async Task MeasureAsync(SlipwayCli slipway, ResultTable table)
    {
        var directory = Directory.CreateDirectory($"/var/lib/slipway/{slipway.Name}/bench-requests").FullName;
        await using var server = await EtcdServer.StartAsync(directory, CancellationToken.None);
        using var etcd = new EtcdClient(server.Address);
        using var api = Connection.To(slipway);
        await api.SendExpectingAsync("POST", "/api/v1/namespaces", Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"{{{Namespace}}}"}}"""), 201);

        var process = slipway.ServerPid ?? throw new InvalidOperationException("The server does not run.");
        var (mine, theirs) = (ProcessMemory.Anonymous(process), ProcessMemory.Anonymous(server.ProcessId));
        var count = 0;
        foreach (var size in new[] { 1_000, 10_000, 100_000 })
        {
            await FillAsync(api, etcd, count, size);
            count = size;
            await OperationsAsync(api, etcd, size, table);
        }

        table.Add("memory for each of 100,000 objects of 1.1 KB", PerObject(ProcessMemory.Anonymous(process) - mine), $"etcd {PerObject(ProcessMemory.Anonymous(server.ProcessId) - theirs)}");
        await api.SendExpectingAsync("DELETE", $"/api/v1/namespaces/{Namespace}", null, 200);

        string PerObject(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1000.0 / count:0.0} KB");
    }

    private static async Task FillAsync(Connection api, EtcdClient etcd, int from, int to)
    {
        var next = from - 1;
        await Task.WhenAll(Enumerable.Range(0, Fillers).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < to;)
            {
                await api.SendExpectingAsync("POST", Collection, Document($"o{i}", ""), 201);
                await etcd.CreateAsync(Key($"o{i}"), Document($"o{i}", ""), CancellationToken.None);
            }
        })));
    }

    /// <summary>Each operation of the API on objects chosen at random, and what a Kubernetes over etcd asks of etcd for it.</summary>
    private static async Task OperationsAsync(Connection api, EtcdClient etcd, int size, ResultTable table)
    {
        var random = new Random(size);
        var names = Enumerable.Range(0, Repetitions).Select(_ => $"o{random.Next(size)}").Distinct().ToArray();

        await AddAsync("get",
            i => api.SendExpectingAsync("GET", $"{Collection}/{names[i]}", null, 200),
            i => etcd.GetAsync(Key(names[i]), CancellationToken.None));
        await AddAsync("create",
            i => api.SendExpectingAsync("POST", Collection, Document($"n{size}-{i}", ""), 201),
            i => etcd.CreateAsync(Key($"n{size}-{i}"), Document($"n{size}-{i}", ""), CancellationToken.None));
        await AddAsync("update",
            i => api.SendExpectingAsync("PUT", $"{Collection}/{names[i]}", Document(names[i], "updated"), 200),
            i => WriteAsync(names[i], "updated"));
        await AddAsync("patch (merge)",
            i => api.SendExpectingAsync(new ApiRequest("PATCH", $"{Collection}/{names[i]}") { Body = """{"data":{"state":"patched"}}"""u8.ToArray(), ContentType = MediaTypes.MergePatch }, 200),
            i => WriteAsync(names[i], "patched"));
        await AddAsync("apply on the server",
            i => api.SendExpectingAsync(new ApiRequest("PATCH", $"{Collection}/{names[i]}?fieldManager=bench&force=true") { Body = Document(names[i], "applied"), ContentType = MediaTypes.ApplyPatch }, 200),
            i => WriteAsync(names[i], "applied"));

        async Task WriteAsync(string name, string state)
        {
            var (_, revision) = await etcd.GetAsync(Key(name), CancellationToken.None);
            if (await etcd.UpdateAsync(Key(name), Document(name, state), revision, CancellationToken.None) is null)
                throw new InvalidOperationException($"{name} was changed by another");
        }

        async Task AddAsync(string operation, Func<int, Task> call, Func<int, Task> peer)
        {
            await call(0);
            await peer(0);
            var (mine, theirs) = await Times.InTurnAsync(names.Length - 1, i => call(i + 1), i => peer(i + 1));
            table.Add(string.Create(CultureInfo.InvariantCulture, $"{operation}, of {size:N0} objects, p50 / p99"), mine.Percentiles,
                string.Create(CultureInfo.InvariantCulture, $"etcd {theirs.Percentiles}: {mine.Median / theirs.Median:0.00}x"));
        }
    }

    private static string Key(string name) => $"/registry/core/configmaps/{Namespace}/{name}";

    private static byte[] Document(string name, string state) => Encoding.UTF8.GetBytes(new JsonObject
    {
        ["apiVersion"] = "v1",
        ["kind"] = "ConfigMap",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace, ["labels"] = new JsonObject { ["app"] = "bench" } },
        ["data"] = new JsonObject { ["state"] = state, ["text"] = new string('x', 1000) },
    }.ToJsonString());
}
