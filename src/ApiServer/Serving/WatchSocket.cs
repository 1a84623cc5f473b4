using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebSockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Slipway.Api;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Serving;

/// <summary>
/// A watch over a WebSocket, as browsers' clients ask for it: each event is a message, of text in JSON and of bytes in protobuf. What the
/// client sends means nothing, but for its end.
/// </summary>
internal static class WatchSocket
{
    // Proxies on the way may close what is silent for long.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    private const int LengthBytes = 4;

    /// <summary>Whether a request asks for a WebSocket.</summary>
    public static bool IsAsked(HttpContext http) =>
        http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } && "websocket".Equals(http.Request.Headers.Upgrade, StringComparison.OrdinalIgnoreCase);

    /// <summary>Switches the connection and sends the events of a watch until either side ends it.</summary>
    public static Task ServeAsync(HttpContext http, Reply watch, CancellationToken ended) =>
        new WebSocketMiddleware(_ => RunAsync(http, watch, ended), Options.Create(new WebSocketOptions { KeepAliveInterval = KeepAlive }), NullLoggerFactory.Instance).Invoke(http);

    private static async Task RunAsync(HttpContext http, Reply watch, CancellationToken ended)
    {
        if (!http.WebSockets.IsWebSocketRequest)
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await watch.LeaveAsync(http.Response.BodyWriter);
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync(http.WebSockets.WebSocketRequestedProtocols is [var first, ..] ? first : null);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ended);
        var pipe = new Pipe();
        var receiving = ReceiveAsync(socket, over);
        var watching = WatchAsync(watch, pipe.Writer, over.Token);
        await UntilEndAsync(SendAsync(socket, pipe.Reader, isText: watch.ContentType == MediaTypes.Json, over.Token));
        // Whichever side has ended it, the other learns so.
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await UntilEndAsync(socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", ended));
        await over.CancelAsync();
        await pipe.Reader.CompleteAsync();
        await watching;
        await receiving;
    }

    private static async Task WatchAsync(Reply watch, PipeWriter output, CancellationToken cancellation)
    {
        try
        {
            await UntilEndAsync(watch.Streamed!(output, cancellation));
        }
        finally
        {
            await output.CompleteAsync(); // whatever ended it: who waits for events is to learn so
        }
    }

    private static async Task SendAsync(WebSocket socket, PipeReader events, bool isText, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await events.ReadAsync(cancellation);
            var rest = read.Buffer;
            while ((isText ? TakeLine(ref rest) : TakeFrame(ref rest)) is { } message)
            {
                foreach (var part in message) await socket.SendAsync(part, isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: false, cancellation);
                await socket.SendAsync(ReadOnlyMemory<byte>.Empty, isText ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, cancellation);
            }
            events.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted) return;
        }
    }

    // An event in JSON is a line.
    private static ReadOnlySequence<byte>? TakeLine(ref ReadOnlySequence<byte> rest)
    {
        if (rest.PositionOf((byte)'\n') is not { } end) return null;
        var line = rest.Slice(0, end);
        rest = rest.Slice(rest.GetPosition(1, end));
        return line;
    }

    // An event in protobuf follows its length.
    private static ReadOnlySequence<byte>? TakeFrame(ref ReadOnlySequence<byte> rest)
    {
        if (rest.Length < LengthBytes) return null;
        Span<byte> head = stackalloc byte[LengthBytes];
        rest.Slice(0, LengthBytes).CopyTo(head);
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (rest.Length < LengthBytes + length) return null;
        var frame = rest.Slice(LengthBytes, length);
        rest = rest.Slice(LengthBytes + length);
        return frame;
    }

    private static async Task ReceiveAsync(WebSocket socket, CancellationTokenSource over)
    {
        await UntilEndAsync(UntilCloseAsync());
        await over.CancelAsync();

        async Task UntilCloseAsync()
        {
            var ignored = new byte[256];
            while ((await socket.ReceiveAsync(ignored, over.Token)).MessageType != WebSocketMessageType.Close) { }
        }
    }

    private static async Task UntilEndAsync(Task work)
    {
        try
        {
            await work;
        }
        catch (Exception e) when (e is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            // The client has gone, or the server is stopping.
        }
    }
}
