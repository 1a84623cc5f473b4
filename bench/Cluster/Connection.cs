using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>The cluster's API over HTTPS, as any client outside reaches it.</summary>
internal sealed class Connection : IDisposable
{
    private readonly HttpsApi api;

    private Connection(HttpsApi api) => this.api = api;

    public static Connection To(SlipwayCli slipway) =>
        new(new HttpsApi(Kubeconfig.Read(slipway.Kubeconfig).Context() ?? throw new InvalidOperationException("The kubeconfig has no context.")));

    /// <summary>Sends a request; a failure if the answer is not <paramref name="expected"/>.</summary>
    public Task SendExpectingAsync(string method, string path, byte[]? body, int expected) =>
        SendExpectingAsync(new ApiRequest(method, path) { Body = body }, expected);

    /// <summary>Sends a request; a failure if the answer is not <paramref name="expected"/>.</summary>
    /// <returns>The answer's body.</returns>
    public async Task<ReadOnlyMemory<byte>> SendExpectingAsync(ApiRequest request, int expected)
    {
        await using var response = await api.SendAsync(request, CancellationToken.None);
        if (response.StatusCode != expected)
            throw new InvalidOperationException($"{request.Method} {request.PathAndQuery} was answered with {response.StatusCode}: {Encoding.UTF8.GetString(response.Body.Span)}");
        return response.Body;
    }

    /// <summary>Opens a watch: lines that each tell one change. Completes when the server has accepted it.</summary>
    public async Task<StreamReader> OpenWatchAsync(string path)
    {
        var response = await api.SendAsync(new ApiRequest("GET", path), CancellationToken.None);
        return new StreamReader(response.Stream ?? throw new InvalidOperationException($"{path} was answered with {response.StatusCode}."));
    }

    /// <summary>Watches a pod, from its present state on, until it is as wanted.</summary>
    public async Task WatchPodUntilAsync(string name, Func<JsonNode, bool> wanted)
    {
        await foreach (var (_, pod) in WatchAsync(Named(name)))
            if (wanted(pod))
                return;
        throw new InvalidOperationException($"The watch on pod {name} ended.");
    }

    /// <summary>Watches pods with a label, from their present state on, until one is as wanted.</summary>
    public async Task WatchPodsUntilAsync(string label, Func<JsonNode, bool> wanted)
    {
        await foreach (var (_, pod) in WatchAsync($"labelSelector={Uri.EscapeDataString(label)}"))
            if (wanted(pod))
                return;
        throw new InvalidOperationException($"The watch on pods with {label} ended.");
    }

    /// <summary>Waits until a deleted pod is gone.</summary>
    public async Task WaitUntilGoneAsync(string name)
    {
        await using var response = await api.SendAsync(new ApiRequest("GET", $"/api/v1/namespaces/default/pods?fieldSelector=metadata.name%3D{name}"), CancellationToken.None);
        var list = JsonNode.Parse(response.Body.Span)!;
        if (list["items"]!.AsArray().Count == 0)
            return;
        await foreach (var (type, _) in WatchAsync(Named(name), (string)list["metadata"]!["resourceVersion"]!))
            if (type == "DELETED")
                return;
    }

    public void Dispose() => api.Dispose();

    private static string Named(string name) => $"fieldSelector=metadata.name%3D{name}";

    private async IAsyncEnumerable<(string Type, JsonNode Object)> WatchAsync(string selector, string? since = null)
    {
        var path = $"/api/v1/namespaces/default/pods?watch=true&{selector}{(since is null ? "" : $"&resourceVersion={since}")}";
        using var lines = await OpenWatchAsync(path);
        while (await lines.ReadLineAsync() is { } line)
        {
            var change = JsonNode.Parse(line)!;
            yield return ((string)change["type"]!, change["object"]!);
        }
    }
}
