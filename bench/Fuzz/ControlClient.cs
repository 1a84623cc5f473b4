using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.Bench.Fuzz;

/// <summary>A well-behaved client beside the fuzzer: it writes, reads, lists and deletes, and looks whether the answers are right.</summary>
internal sealed class ControlClient(IApi api, TimeProvider clock)
{
    private const string Collection = "/api/v1/namespaces/control/configmaps";
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);
    private readonly List<TimeSpan> _times = [];
    private readonly Lock _lock = new();

    /// <summary>Makes the namespace that it works in.</summary>
    public Task SetUpAsync() => ExpectAsync("POST", "/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"control"}}""", 201);

    /// <summary>Works until cancelled.</summary>
    /// <exception cref="InvalidOperationException">An answer was wrong.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        for (var round = 1; !cancellation.IsCancellationRequested; round++)
        {
            var started = clock.GetTimestamp();
            var (name, value) = ($"c{round}", $"{round}");
            await ExpectAsync("POST", Collection, $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}","labels":{"round":"{{{value}}}"}},"data":{"v":"{{{value}}}"}}""", 201);
            Check((string?)(await ExpectAsync("GET", $"{Collection}/{name}", "", 200))["data"]!["v"] == value, "get");
            Check((await ExpectAsync("GET", $"{Collection}?labelSelector=round%3D{value}", "", 200))["items"]!.AsArray().Count == 1, "list");
            await ExpectAsync("PUT", $"{Collection}/{name}", $$$"""{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"{{{name}}}"},"data":{"v":"new"}}""", 200);
            Check((string?)(await ExpectAsync("GET", $"{Collection}/{name}", "", 200))["data"]!["v"] == "new", "get after update");
            await ExpectAsync("DELETE", $"{Collection}/{name}", "", 200);
            await ExpectAsync("GET", $"{Collection}/{name}", "", 404);
            lock (_lock) _times.Add(clock.GetElapsedTime(started) / 7);
            await Task.Delay(Between, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Median and 99th percentile of the mean time of a request in a round since the last call, and forgets them.</summary>
    public (TimeSpan Median, TimeSpan Slowest1Percent, int Rounds) Take()
    {
        lock (_lock)
        {
            var sorted = _times.Order().ToArray();
            _times.Clear();
            return sorted.Length == 0 ? default : (sorted[sorted.Length / 2], sorted[sorted.Length * 99 / 100], sorted.Length);
        }
    }

    private async Task<JsonNode> ExpectAsync(string method, string path, string body, int code)
    {
        await using var response = await api.SendAsync(new ApiRequest(method, path) { Body = Encoding.UTF8.GetBytes(body) }, CancellationToken.None);
        var text = Encoding.UTF8.GetString(response.Body.Span);
        if (response.StatusCode != code) throw new InvalidOperationException($"the control client got {response.StatusCode} for {method} {path}: {text}");
        return JsonNode.Parse(text)!;
    }

    private static void Check(bool isRight, string what)
    {
        if (!isRight) throw new InvalidOperationException($"the control client read a wrong {what}");
    }
}
