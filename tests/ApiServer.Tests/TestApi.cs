using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.Storage;

namespace Slipway.ApiServer.Tests;

/// <summary>A started API server over a store in memory, and short ways to talk to it as an administrator.</summary>
internal sealed class TestApi : IAsyncDisposable
{
    private readonly ApiServer _server;
    private readonly IStore _store;

    private TestApi(ApiServer server, IStore store)
    {
        _server = server;
        _store = store;
        Api = server.For(Admin);
    }

    public static UserInfo Admin { get; } = new("admin", [UserInfo.Masters, "system:authenticated"]);

    public IApi Api { get; }

    public ApiServer Server => _server;

    public IStore Store => _store;

    public static async Task<TestApi> StartAsync(ApiServerOptions? options = null, IStore? store = null, TimeProvider? clock = null)
    {
        store ??= new MemoryStore();
        var server = new ApiServer(store, options ?? new ApiServerOptions(), clock ?? TimeProvider.System, NullLoggerFactory.Instance);
        await server.StartAsync(TestContext.Current.CancellationToken);
        return new TestApi(server, store);
    }

    /// <summary>Sends a request; a body that is text is JSON unless a media type is given.</summary>
    public async Task<Answer> SendAsync(string method, string path, string? body = null, string contentType = MediaTypes.Json, string accept = MediaTypes.Json, UserInfo? user = null, string userAgent = "tests/1.0")
    {
        await using var response = await _server.HandleAsync(user ?? Admin, new ApiRequest(method, path)
        {
            Body = body is null ? default : Encoding.UTF8.GetBytes(body),
            ContentType = contentType,
            Accept = accept,
            UserAgent = userAgent,
        }, TestContext.Current.CancellationToken);
        return new Answer(response.StatusCode, response.ContentType, Encoding.UTF8.GetString(response.Body.Span), response.Headers);
    }

    public Task<Answer> GetAsync(string path, string accept = MediaTypes.Json) => SendAsync("GET", path, accept: accept);

    public Task<Answer> PostAsync(string path, string body) => SendAsync("POST", path, body);

    public Task<Answer> PutAsync(string path, string body) => SendAsync("PUT", path, body);

    public Task<Answer> MergeAsync(string path, string body) => SendAsync("PATCH", path, body, MediaTypes.MergePatch);

    /// <summary>Applies a document, in JSON or YAML, on the server.</summary>
    public Task<Answer> ApplyAsync(string path, string manager, string body, string query = "") => SendAsync("PATCH", $"{path}?fieldManager={manager}{query}", body, MediaTypes.ApplyPatch);

    public Task<Answer> DeleteAsync(string path, string? body = null) => SendAsync("DELETE", path, body);

    /// <summary>Starts a watch.</summary>
    public async Task<WatchReader> WatchAsync(string path, string accept = MediaTypes.Json)
    {
        var response = await Api.SendAsync(new ApiRequest("GET", path) { Accept = accept }, TestContext.Current.CancellationToken);
        return new WatchReader(response);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }
}

/// <summary>An answer and its document.</summary>
internal sealed record Answer(int Code, string ContentType, string Body, IReadOnlyList<KeyValuePair<string, string>> Headers)
{
    public JsonNode Json => field ??= JsonNode.Parse(Body)!;

    /// <summary>The node at a dotted path, as text; null when absent.</summary>
    public string? this[string path]
    {
        get
        {
            JsonNode? node = Json;
            foreach (var step in path.Split('.'))
                node = node is JsonArray list ? list[int.Parse(step, System.Globalization.CultureInfo.InvariantCulture)] : node?[step];
            return node?.ToString();
        }
    }

    public string Version => this["metadata.resourceVersion"]!;

    public IEnumerable<string> Names => Json["items"]!.AsArray().Select(i => i!["metadata"]!["name"]!.ToString());

    public Answer Expect(int code)
    {
        Assert.True(Code == code, $"expected {code}, got {Code}: {Body[..Math.Min(Body.Length, 1000)]}");
        return this;
    }
}

/// <summary>Reads the events of a watch.</summary>
internal sealed class WatchReader(ApiResponse response) : IAsyncDisposable
{
    private readonly StreamReader _lines = new(response.Stream ?? new MemoryStream(response.Body.ToArray()));

    public int StatusCode => response.StatusCode;

    /// <summary>The next event as <c>TYPE name</c> and the document; null at the end.</summary>
    public async Task<WatchLine?> NextAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        return await _lines.ReadLineAsync(limit.Token) is { } line ? new WatchLine(JsonNode.Parse(line)!) : null;
    }

    public async Task<string> NextTextAsync() => (await NextAsync())?.ToString() ?? "end";

    public async ValueTask DisposeAsync()
    {
        _lines.Dispose();
        await response.DisposeAsync();
    }
}

/// <summary>One event of a watch.</summary>
internal sealed record WatchLine(JsonNode Event)
{
    public string Type => Event["type"]!.ToString();

    public JsonNode Object => Event["object"]!;

    public string Version => Object["metadata"]!["resourceVersion"]!.ToString();

    public override string ToString() => $"{Type} {Object["metadata"]?["name"]}".TrimEnd();
}
