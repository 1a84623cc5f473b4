using Slipway.Api;

namespace Slipway.Node.Streams;

/// <summary>A client that speaks the runtime's own protocol: its bytes pass as they are, both ways, until one side ends.</summary>
/// <param name="runtime">The connection to the runtime, after the switch to SPDY.</param>
internal sealed class SpdyPassage(Stream runtime) : IConnectionHandler
{
    public async Task RunAsync(Stream client, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var there = CopyAsync(client, runtime, end.Token);
        var back = CopyAsync(runtime, client, end.Token);
        await Task.WhenAny(there, back);
        await end.CancelAsync();
        await runtime.DisposeAsync();
        await Task.WhenAll(there, back);
    }

    public ValueTask DisposeAsync() => runtime.DisposeAsync();

    private static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        try
        {
            await from.CopyToAsync(to, 32 << 10, cancellation);
        }
        catch (Exception e) when (WebSockets.IsEnd(e))
        {
            // One of the two has ended, and with it both.
        }
    }
}
