using System.Net.WebSockets;
using Microsoft.Extensions.Logging;
using Slipway.Api;

namespace Slipway.Node.Streams;

/// <summary>A SPDY connection to the runtime, of which a client's WebSocket carries the bytes.</summary>
/// <param name="runtime">The connection to the runtime, after the switch to SPDY.</param>
internal sealed class TunnelConnection(Stream runtime, TimeProvider clock, ILogger log) : IConnectionHandler
{
    /// <summary>The subprotocol of such WebSockets.</summary>
    public const string Protocol = $"SPDY/3.1+{PortStreams.Protocol}";

    private const int PieceSize = 32 << 10;

    public async Task RunAsync(Stream client, CancellationToken cancellation)
    {
        using var socket = WebSockets.Accept(client);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var fromClient = FromClientAsync(socket, end.Token);
        var toClient = ToClientAsync(socket, end.Token);
        try
        {
            if (await Task.WhenAny(fromClient, toClient) == toClient) await WebSockets.FarewellAsync(socket, fromClient, clock, end.Token);
        }
        catch (Exception e) when (WebSockets.IsEnd(e))
        {
            log.LogDebug("A tunnel to a pod has ended: {Reason}", e.Message);
        }
        await end.CancelAsync();
        await runtime.DisposeAsync();
        await Task.WhenAll(fromClient, toClient);
    }

    public ValueTask DisposeAsync() => runtime.DisposeAsync();

    private async Task FromClientAsync(WebSocket socket, CancellationToken cancellation)
    {
        try
        {
            var buffer = new byte[PieceSize];
            while (true)
            {
                var received = await socket.ReceiveAsync(buffer.AsMemory(), cancellation);
                if (received.MessageType == WebSocketMessageType.Close) return;
                await runtime.WriteAsync(buffer.AsMemory(0, received.Count), cancellation);
            }
        }
        catch (Exception e) when (WebSockets.IsEnd(e))
        {
            // One of the two has ended, and with it the tunnel.
        }
    }

    private async Task ToClientAsync(WebSocket socket, CancellationToken cancellation)
    {
        try
        {
            var buffer = new byte[PieceSize];
            while (await runtime.ReadAsync(buffer, cancellation) is > 0 and var length)
                await socket.SendAsync(buffer.AsMemory(0, length), WebSocketMessageType.Binary, endOfMessage: true, cancellation);
        }
        catch (Exception e) when (WebSockets.IsEnd(e))
        {
            // The same.
        }
    }
}
