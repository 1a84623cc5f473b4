using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>
/// A cluster of very many simulated nodes and pods: how quickly they come to run, what memory they take, how long requests take
/// while pods come and go, and how long a server that was killed takes to be ready again. In a cluster of its own.
/// </summary>
internal sealed class Scale(int nodes, int pods)
{
    private const int Clients = 64;
    private const int Churners = 8;
    private const string Collection = "/api/v1/namespaces/default/pods";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Churn = TimeSpan.FromSeconds(60);

    public async Task MeasureAsync(ResultTable table)
    {
        await using var slipway = new SlipwayCli("bench-scale");
        var up = (await slipway.RunAsync("up", "--simulated-nodes", nodes.ToString(CultureInfo.InvariantCulture))).Expect();
        table.Add(Text($"`slipway up --simulated-nodes {nodes}`, a new cluster, to all nodes Ready"), Text($"{up.Took.TotalSeconds:0.0} s"));
        using (var api = Connection.To(slipway))
        {
            await FillAsync(api, table);
            AddMemory(Text($"resident memory with {pods:N0} pods that run"), "<= 2 GB");
            await ChurnAsync(api, table);
            AddMemory("resident memory after that");
        }

        slipway.KillServer();
        var again = (await slipway.RunAsync("up")).Expect();
        table.Add("`slipway up` after the server was killed, to all nodes Ready", Text($"{again.Took.TotalSeconds:0.0} s"));
        using (var api = Connection.To(slipway))
        {
            var began = TimeProvider.System.GetTimestamp();
            await api.SendExpectingAsync("POST", Collection, Pod(int.MaxValue), 201);
            await api.WatchPodUntilAsync(Name(int.MaxValue), pod => (string?)pod["status"]?["phase"] == "Running");
            table.Add("the first new pod after that, to Running", Text($"{TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s"));
        }
        AddMemory("resident memory after the restart");

        void AddMemory(string what, string aim = "")
        {
            var process = slipway.ServerPid ?? throw new InvalidOperationException("The server does not run.");
            table.Add(what, Text($"{ProcessMemory.Resident(process) / 1e6:N0} MB (of that {ProcessMemory.Anonymous(process) / 1e6:N0} MB not backed by files)"), aim: aim);
        }
    }

    private async Task FillAsync(Connection api, ResultTable table)
    {
        var began = TimeProvider.System.GetTimestamp();
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < pods;)
                await api.SendExpectingAsync("POST", Collection, Pod(i), 201);
        })));
        var created = TimeProvider.System.GetElapsedTime(began);
        await UntilNoneAsync(api, "spec.nodeName=");
        var bound = TimeProvider.System.GetElapsedTime(began);
        await UntilNoneAsync(api, "status.phase=Pending");
        var running = TimeProvider.System.GetElapsedTime(began);
        table.Add(Text($"{pods:N0} pods created, bound and running, from the first create on"),
            Text($"{created.TotalSeconds:0} s, {bound.TotalSeconds:0} s, {running.TotalSeconds:0} s: {pods / running.TotalSeconds:N0} pods/s through their whole start"));
    }

    private static async Task UntilNoneAsync(Connection api, string selector)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (JsonNode.Parse((await api.SendExpectingAsync(new ApiRequest("GET", $"{Collection}?limit=1&fieldSelector={Uri.EscapeDataString(selector)}"), 200)).Span)!["items"]!.AsArray().Count > 0)
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
                throw new TimeoutException($"There are pods of {selector} after {Patience}.");
            await Task.Delay(Look, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Some clients delete pods out of the first half and make others, while one measures on the second.</summary>
    private async Task ChurnAsync(Connection api, ResultTable table)
    {
        var began = TimeProvider.System.GetTimestamp();
        var (replaced, next) = (0, pods);
        var churn = Enumerable.Range(0, Churners).Select(client => Task.Run(async () =>
        {
            for (var i = client; i < pods / 2 && TimeProvider.System.GetElapsedTime(began) < Churn; i += Churners)
            {
                await api.SendExpectingAsync("DELETE", $"{Collection}/{Name(i)}", null, 200);
                await api.SendExpectingAsync("POST", Collection, Pod(Interlocked.Increment(ref next)), 201);
                Interlocked.Increment(ref replaced);
            }
        })).ToArray();

        var (get, patch, page) = (new Times(), new Times(), new Times());
        var random = new Random(1);
        while (TimeProvider.System.GetElapsedTime(began) < Churn)
        {
            // From the half that stays.
            var name = Name(pods - 1 - random.Next(Math.Min(1000, pods / 2)));
            get.Add(await TimeAsync(() => api.SendExpectingAsync("GET", $"{Collection}/{name}", null, 200)));
            patch.Add(await TimeAsync(() => api.SendExpectingAsync(new ApiRequest("PATCH", $"{Collection}/{name}") { Body = Encoding.UTF8.GetBytes($$"""{"metadata":{"labels":{"n":"{{random.Next()}}"} } }"""), ContentType = MediaTypes.MergePatch }, 200)));
            page.Add(await TimeAsync(() => api.SendExpectingAsync("GET", $"{Collection}?limit=500", null, 200)));
        }
        await Task.WhenAll(churn);
        var rate = replaced / Churn.TotalSeconds;
        table.Add(Text($"get of a pod while {rate:N0} pods/s are replaced, p50 / p99"), get.Percentiles);
        table.Add("patch of a pod, likewise", patch.Percentiles);
        table.Add("list of 500 pods, likewise", page.Percentiles);
    }

    private static async Task<TimeSpan> TimeAsync(Func<Task> call)
    {
        var began = TimeProvider.System.GetTimestamp();
        await call();
        return TimeProvider.System.GetElapsedTime(began);
    }

    private static string Name(int i) => $"p{i}";

    // On simulated nodes alone: the machine's own could not bear them.
    private static byte[] Pod(int i) => Encoding.UTF8.GetBytes(
        $$$"""{"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{Name(i)}}}","labels":{"app":"bench"}},"spec":{"nodeSelector":{"simulation.slipway.dev/simulated":"true"},"containers":[{"name":"c","image":"registry.k8s.io/pause:3.10","resources":{"requests":{"cpu":"100m","memory":"500Mi"} } }]} }""");

    private static string Text(FormattableString text) => FormattableString.Invariant(text);
}
