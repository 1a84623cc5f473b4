using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Net.WebSockets;
using System.Text;
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
/// A watch or a log over a WebSocket, as browsers' clients ask for it. Each event is a message, of text in JSON and of bytes in protobuf; a log comes in messages of bytes as it
/// is read, or of text in base64. What the client sends means nothing, but for its end.
/// </summary>
/// <remarks>Subprotocols of logs: <see href="https://pkg.go.dev/k8s.io/apiserver/pkg/util/wsstream#NewDefaultReaderProtocols"/>.</remarks>
internal static class WatchSocket
{
    private const string Binary = "binary.k8s.io", Base64 = "base64.binary.k8s.io";

    // Proxies on the way may close what is silent for long.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    // What ends a receive by its token tears down the connection, with what the client has not read yet.
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(5);

    private const int LengthBytes = 4;

    /// <summary>Whether a request asks for a WebSocket.</summary>
    public static bool IsAsked(HttpContext http) =>
        http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } && "websocket".Equals(http.Request.Headers.Upgrade, StringComparison.OrdinalIgnoreCase);

    /// <summary>Switches the connection and sends what arises until either side ends it.</summary>
    public static Task ServeAsync(HttpContext http, Reply reply, CancellationToken ended) =>
        new WebSocketMiddleware(_ => RunAsync(http, reply, ended), Options.Create(new WebSocketOptions { KeepAliveInterval = KeepAlive }), NullLoggerFactory.Instance).Invoke(http);

    private static async Task RunAsync(HttpContext http, Reply reply, CancellationToken ended)
    {
        var asked = http.WebSockets.WebSocketRequestedProtocols;
        var isLog = reply.ContentType is not (MediaTypes.Json or MediaTypes.Protobuf);
        var protocol = isLog ? asked.FirstOrDefault(p => p is Binary or Base64) : asked.FirstOrDefault();
        if (!http.WebSockets.IsWebSocketRequest || (isLog && protocol is null && asked.Count > 0))
        {
            http.Response.StatusCode = StatusCodes.Status400BadRequest;
            await reply.LeaveAsync(http.Response.BodyWriter);
            return;
        }
        using var socket = await http.WebSockets.AcceptWebSocketAsync(protocol);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ended);
        var pipe = new Pipe();
        var receiving = ReceiveAsync(socket, over);
        var writing = WriteAsync(reply, pipe.Writer, over.Token);
        await UntilEndAsync(isLog ? SendPiecesAsync(socket, pipe.Reader, protocol == Base64, over.Token) : SendAsync(socket, pipe.Reader, isText: reply.ContentType == MediaTypes.Json, over.Token));
        // Whichever side has ended it, the other learns so.
        if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await UntilEndAsync(socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, "", ended));
        if (socket.State == WebSocketState.CloseSent) await receiving.WaitAsync(ClosePatience, TimeProvider.System, ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await over.CancelAsync();
        await pipe.Reader.CompleteAsync();
        await writing;
        await receiving;
    }

    private static async Task WriteAsync(Reply reply, PipeWriter output, CancellationToken cancellation)
    {
        try
        {
            await UntilEndAsync(reply.Streamed!(output, cancellation));
        }
        finally
        {
            await output.CompleteAsync(); // whatever ended it: who waits for more is to learn so
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

    // Each message is whole by itself, in base64 too.
    private static async Task SendPiecesAsync(WebSocket socket, PipeReader written, bool isBase64, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await written.ReadAsync(cancellation);
            foreach (var piece in read.Buffer)
            {
                if (isBase64) await socket.SendAsync(Encoding.ASCII.GetBytes(Convert.ToBase64String(piece.Span)), WebSocketMessageType.Text, endOfMessage: true, cancellation);
                else await socket.SendAsync(piece, WebSocketMessageType.Binary, endOfMessage: true, cancellation);
            }
            written.AdvanceTo(read.Buffer.End);
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
