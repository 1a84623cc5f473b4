using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;
using Slipway.Api;

namespace Slipway.Node.Streams;

/// <summary>The server's side of WebSockets (RFC 6455) on connections whose protocol has been switched.</summary>
internal static class WebSockets
{
    private const string Upgrade = "websocket";

    // Proxies on the way may close what is silent for long.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    // How long a client may take to answer that it is over.
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(5);

    /// <summary>Whether a request asks for one.</summary>
    public static bool AreAsked(ApiRequest request) => request.Upgrade.Equals(Upgrade, StringComparison.OrdinalIgnoreCase);

    /// <summary>The subprotocols that the client would speak, the dearest first.</summary>
    public static IEnumerable<string> Protocols(ApiRequest request) => request.ListHeader("Sec-WebSocket-Protocol");

    /// <summary>The headers of the answer that switches; null when the request is not of RFC 6455.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>>? Headers(ApiRequest request, string protocol)
    {
        if (request.ListHeader("Sec-WebSocket-Version").FirstOrDefault() != "13" || request.ListHeader("Sec-WebSocket-Key").FirstOrDefault() is not { Length: > 0 } key)
            return null;
        List<KeyValuePair<string, string>> headers = [new("Upgrade", Upgrade), new("Sec-WebSocket-Accept", Answer(key))];
        if (protocol.Length > 0) headers.Add(new("Sec-WebSocket-Protocol", protocol));
        return headers;
    }

    /// <summary>The socket on a connection. Of the subprotocol it needs to know nothing, and some of Kubernetes' are not of the form that it would take.</summary>
    public static WebSocket Accept(Stream connection) => WebSocket.CreateFromStream(connection, new WebSocketCreationOptions
    {
        IsServer = true,
        KeepAliveInterval = KeepAlive,
    });

    /// <summary>Says that nothing more comes, and waits until the client has said so as well: what is on its way to it is then there.</summary>
    public static async Task FarewellAsync(WebSocket socket, Task receiving, TimeProvider clock, CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(Farewell, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellation);
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", either.Token);
        await receiving.WaitAsync(either.Token);
    }

    /// <summary>Whether a failure only says that one of the sides has ended.</summary>
    public static bool IsEnd(Exception e) => e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException;

    // The hash proves that the server has understood, and protects nothing.
    private static string Answer(string key)
    {
#pragma warning disable CA5350
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }
}
