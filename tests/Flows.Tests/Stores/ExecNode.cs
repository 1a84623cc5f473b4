using System.Diagnostics;
using System.Net.WebSockets;
using Slipway.Api;

namespace Slipway.Flows.Tests.Stores;

/// <summary>A node whose containers run commands as processes of this machine, with a directory in place of the volume.</summary>
/// <param name="volume">What is mounted at <c>/claim</c>.</param>
internal sealed class ExecNode(string volume) : INodeTransport
{
    private volatile bool isAway;

    /// <summary>Whether nobody reaches it.</summary>
    public bool IsAway
    {
        get => isAway;
        set => isAway = value;
    }

    public ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation)
    {
        if (isAway)
            throw new IOException("the node is away");
        string[] command = [.. request.PathAndQuery.Split('?')[1].Split('&').Where(p => p.StartsWith("command=", StringComparison.Ordinal)).Select(p => Uri.UnescapeDataString(p["command=".Length..]))];
        Assert.Equal(["/slipway-task", "store"], command[..2]);
        Assert.StartsWith("/claim/", command[2], StringComparison.Ordinal);
        return ValueTask.FromResult(new ApiResponse { StatusCode = 101, Connection = new Command(Path.Combine(volume, command[2]["/claim/".Length..])) });
    }

    private sealed class Command(string directory) : IConnectionHandler
    {
        public async Task RunAsync(Stream client, CancellationToken cancellation)
        {
            using var socket = WebSocket.CreateFromStream(client, new WebSocketCreationOptions { IsServer = true });
            using var process = Process.Start(new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "slipway-task"), ["store", directory]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            var taking = TakeAsync(socket, process.StandardInput.BaseStream);
            var buffer = new byte[1 + (16 << 10)];
            buffer[0] = 1;
            try
            {
                while (await process.StandardOutput.BaseStream.ReadAsync(buffer.AsMemory(1), cancellation) is > 0 and var count)
                    await socket.SendAsync(buffer.AsMemory(0, 1 + count), WebSocketMessageType.Binary, true, cancellation);
                await process.WaitForExitAsync(cancellation);
                await socket.SendAsync((byte[])[3, .. """{"status":"Success"}"""u8], WebSocketMessageType.Binary, true, cancellation);
            }
            catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException)
            {
                // The client has gone.
            }

            socket.Abort();
            await taking;
            await process.WaitForExitAsync(CancellationToken.None);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private static async Task TakeAsync(WebSocket socket, Stream input)
        {
            var buffer = new byte[64 << 10];
            try
            {
                while (await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: WebSocketMessageType.Binary, EndOfMessage: true } message)
                {
                    await input.WriteAsync(buffer.AsMemory(1, message.Count - 1));
                    await input.FlushAsync();
                }
            }
            catch (Exception e) when (e is WebSocketException or IOException or ObjectDisposedException or OperationCanceledException)
            {
                // The client has gone, or the process.
            }

            await input.DisposeAsync();
        }
    }
}
