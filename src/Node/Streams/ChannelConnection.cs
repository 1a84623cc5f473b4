using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Node.Streams;

/// <summary>Joins the channels of a client's WebSocket to streams of the runtime, until either side ends.</summary>
/// <param name="protocol">How the client carries its channels.</param>
/// <param name="streams">The channels.</param>
/// <param name="runtime">The connection to the runtime, after the switch to SPDY.</param>
internal sealed class ChannelConnection(ChannelProtocol protocol, IReadOnlyList<ChannelStream> streams, Stream runtime, TimeProvider clock, ILogger log) : IConnectionHandler
{
    private const int PieceSize = 32 << 10;

    private readonly SpdyConnection _runtime = new(runtime);
    private readonly Dictionary<int, ChannelStream> _toClient = [];
    private readonly Dictionary<byte, int> _fromClient = [];
    private bool _heardError;

    public async Task RunAsync(Stream client, CancellationToken cancellation)
    {
        using var socket = WebSockets.Accept(client);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        try
        {
            await OpenAsync(socket, end.Token);
            var fromClient = FromClientAsync(socket, end.Token);
            var toClient = ToClientAsync(socket, end.Token);
            if (await Task.WhenAny(fromClient, toClient) == toClient) await WebSockets.FarewellAsync(socket, fromClient, clock, end.Token);
            await end.CancelAsync();
            await _runtime.DisposeAsync();
            await Task.WhenAll(fromClient, toClient);
        }
        catch (Exception e) when (WebSockets.IsEnd(e))
        {
            log.LogDebug("A stream of a container has ended: {Reason}", e.Message);
        }
    }

    public ValueTask DisposeAsync() => _runtime.DisposeAsync();

    private async Task OpenAsync(WebSocket socket, CancellationToken cancellation)
    {
        foreach (var stream in streams)
        {
            var number = await _runtime.OpenAsync(stream.Headers, cancellation);
            if (stream.ToClient) _toClient[number] = stream;
            if (stream.FromClient) _fromClient[stream.Channel] = number;
            else await _runtime.WriteAsync(number, default, isLast: true, cancellation);
        }
        foreach (var stream in streams.OrderBy(s => s.Channel))
            if (stream.Greeting is { } greeting) await SendAsync(socket, stream.Channel, [0, .. greeting], greeting.Length, cancellation);
    }

    private async Task FromClientAsync(WebSocket socket, CancellationToken cancellation)
    {
        try
        {
            var reader = new ChannelReader(protocol.IsBase64);
            var piece = new byte[PieceSize];
            var data = new byte[PieceSize + 3];
            while (true)
            {
                var received = await socket.ReceiveAsync(piece.AsMemory(), cancellation);
                if (received.MessageType == WebSocketMessageType.Close) return;
                var length = reader.Read(piece.AsSpan(0, received.Count), received.EndOfMessage, data);
                if (length < 0)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.InvalidPayloadData, $"a message is not of {protocol.Name}", cancellation);
                    return;
                }
                await TakeAsync(reader.Channel, data.AsMemory(0, length), cancellation);
            }
        }
        catch (Exception e) when (WebSockets.IsEnd(e))
        {
            // The client has gone, which the other direction learns when this one returns.
        }
    }

    private async ValueTask TakeAsync(byte channel, ReadOnlyMemory<byte> data, CancellationToken cancellation)
    {
        try
        {
            if (protocol.ClosesStreams && channel == ChannelProtocol.CloseChannel)
            {
                if (data.Length == 1 && _fromClient.Remove(data.Span[0], out var closed)) await _runtime.WriteAsync(closed, default, isLast: true, cancellation);
            }
            else if (data.Length > 0 && _fromClient.TryGetValue(channel, out var stream))
            {
                await _runtime.WriteAsync(stream, data, isLast: false, cancellation);
            }
        }
        catch (IOException)
        {
            // The runtime takes nothing more; what it has still to say comes by the other direction.
            _fromClient.Clear();
        }
    }

    private async Task ToClientAsync(WebSocket socket, CancellationToken cancellation)
    {
        try
        {
            await CopyToClientAsync(socket, cancellation);
        }
        catch (Exception e) when (WebSockets.IsEnd(e))
        {
            // The client has gone.
        }
    }

    private async Task CopyToClientAsync(WebSocket socket, CancellationToken cancellation)
    {
        var buffer = new byte[1 + PieceSize];
        while (_toClient.Count > 0)
        {
            SpdyPiece piece;
            try
            {
                piece = await _runtime.ReadAsync(buffer.AsMemory(1), cancellation);
            }
            catch (Exception e) when (e is IOException or InvalidDataException)
            {
                log.LogWarning("The runtime's end of a stream has broken: {Reason}", e.Message);
                piece = default;
            }
            if (piece.Stream == 0) break;
            if (!_toClient.TryGetValue(piece.Stream, out var stream)) continue;
            if (piece.Length > 0)
            {
                _heardError |= stream.IsError;
                await SendAsync(socket, stream.Channel, buffer, piece.Length, cancellation);
            }
            if (piece.IsLast) _toClient.Remove(piece.Stream);
        }
        // How the command ended is always said, so that silence means that the runtime has gone.
        if (protocol.HasStatus && !_heardError) await SendAsync(socket, CommandStreams.ErrorChannel, [0, .. LostStatus], LostStatus.Length, cancellation);
    }

    private static ReadOnlySpan<byte> LostStatus =>
        """{"metadata":{},"status":"Failure","message":"the connection to the container runtime has broken before the command ended","reason":"InternalError","code":500}"""u8;

    private ValueTask SendAsync(WebSocket socket, byte channel, byte[] buffer, int length, CancellationToken cancellation) => socket.SendAsync(
        ChannelWriter.Message(protocol.IsBase64, channel, buffer, length),
        protocol.IsBase64 ? WebSocketMessageType.Text : WebSocketMessageType.Binary, endOfMessage: true, cancellation);
}
