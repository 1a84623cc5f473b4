namespace Slipway.Api;

/// <summary>
/// The Kubernetes API as one byte-level call. A handle is bound to one identity; every call on it is
/// authorized and admitted as that identity.
/// </summary>
/// <remarks>
/// Two transports implement it: in process over the API server (no sockets, no TLS), and HTTPS to any
/// Kubernetes. Typed methods are extensions above both.
/// </remarks>
public interface IApi
{
    /// <summary>
    /// Sends one request. Refusals arrive as a response with the API's status code and a <c>Status</c> body,
    /// never as an exception; only a transport that cannot reach the server throws (<see cref="IOException"/>).
    /// </summary>
    ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation);
}

/// <summary>Reaches the API of a node's agent (the kubelet's HTTPS API): container logs, statistics, streams.</summary>
public interface INodeTransport
{
    /// <summary>Sends a request to the agent of <paramref name="node"/>.</summary>
    /// <exception cref="IOException">The node cannot be reached.</exception>
    ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation);
}

/// <summary>A request to the Kubernetes API.</summary>
/// <param name="Method">HTTP method in capitals: <c>GET</c>, <c>POST</c>, <c>PUT</c>, <c>PATCH</c>, <c>DELETE</c>.</param>
/// <param name="PathAndQuery">Escaped path and query, such as <c>/api/v1/namespaces/default/pods?watch=true</c>.</param>
public sealed record ApiRequest(string Method, string PathAndQuery)
{
    /// <summary>The body, empty when there is none.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>Media type of <see cref="Body"/>; for a PATCH it chooses the kind of patch.</summary>
    public string ContentType { get; init; } = MediaTypes.Json;

    /// <summary>The <c>Accept</c> header.</summary>
    public string Accept { get; init; } = MediaTypes.Json;

    /// <summary>The <c>User-Agent</c>, which also names the field manager when none is given.</summary>
    public string UserAgent { get; init; } = "slipway";

    /// <summary>The user to act as, if the caller may impersonate that one (<c>Impersonate-User</c>); empty to act as oneself.</summary>
    public string ActAs { get; init; } = "";

    /// <summary>The <c>If-None-Match</c> header: tags of documents that the client has; empty when there are none.</summary>
    public string IfNoneMatch { get; init; } = "";

    /// <summary>Address of the client; null in process.</summary>
    public string? SourceAddress { get; init; }

    /// <summary>All headers as they came, for requests that are passed on (streams and proxies); otherwise empty.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The body as it arrives, in place of <see cref="Body"/>, for requests that are passed on.</summary>
    public Stream? Stream { get; init; }

    /// <summary>
    /// The protocol that the client wants its connection to be switched to, as its <c>Upgrade</c> header says
    /// (<c>websocket</c>, <c>SPDY/3.1</c>); empty when there is none, or the connection cannot be switched.
    /// </summary>
    public string Upgrade { get; init; } = "";

    /// <summary>The first line of a header; null when there is none.</summary>
    public string? Header(string name) => Headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value;

    /// <summary>The members of a header that is a list, however many lines it comes in.</summary>
    public IEnumerable<string> ListHeader(string name) => Headers
        .Where(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase))
        .SelectMany(header => header.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));
}

/// <summary>Has the connection of a client once its protocol has been switched (HTTP status 101).</summary>
public interface IConnectionHandler : IAsyncDisposable
{
    /// <summary>Serves the connection until either side ends it. That it breaks is an end as well, and no error.</summary>
    /// <param name="client">The connection, both ways; the caller closes it.</param>
    /// <param name="cancellation">Ends the work.</param>
    Task RunAsync(Stream client, CancellationToken cancellation);
}

/// <summary>An answer of the Kubernetes API: a whole body, a stream (watches and followed logs), or a connection that is switched to another protocol.</summary>
public sealed class ApiResponse : IAsyncDisposable
{
    /// <summary>HTTP status code.</summary>
    public required int StatusCode { get; init; }

    /// <summary>Media type of the body or stream.</summary>
    public string ContentType { get; init; } = MediaTypes.Json;

    /// <summary>Further headers (<c>Warning</c>, <c>Retry-After</c>, <c>ETag</c>), by name.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    /// <summary>The whole body; empty when <see cref="Stream"/> is set.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The body as it is produced, for watches and followed logs; otherwise <see langword="null"/>.</summary>
    public Stream? Stream { get; init; }

    /// <summary>With status 101: who has the connection from now on; otherwise <see langword="null"/>.</summary>
    public IConnectionHandler? Connection { get; init; }

    /// <summary>Whether the code is 2xx.</summary>
    public bool IsSuccess => StatusCode is >= 200 and < 300;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Stream is not null) await Stream.DisposeAsync();
        if (Connection is not null) await Connection.DisposeAsync();
    }
}

/// <summary>Media types of the Kubernetes API.</summary>
public static class MediaTypes
{
    public const string Json = "application/json";
    public const string Yaml = "application/yaml";
    public const string Protobuf = "application/vnd.kubernetes.protobuf";
    public const string JsonPatch = "application/json-patch+json";
    public const string MergePatch = "application/merge-patch+json";
    public const string StrategicMergePatch = "application/strategic-merge-patch+json";
    public const string ApplyPatch = "application/apply-patch+yaml";
    public const string Text = "text/plain";
}
