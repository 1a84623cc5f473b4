namespace Slipway.Api;

/// <summary>Joins a client's connection to another one, both ways and byte by byte, until one of them ends.</summary>
/// <param name="server">The other connection; it is disposed with this.</param>
public sealed class ConnectedStreams(Stream server) : IConnectionHandler
{
    /// <inheritdoc/>
    public async Task RunAsync(Stream client, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var there = CopyAsync(client, server, end.Token);
        var back = CopyAsync(server, client, end.Token);
        await Task.WhenAny(there, back);
        await end.CancelAsync();
        await server.DisposeAsync();
        await Task.WhenAll(there, back);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static async Task CopyAsync(Stream from, Stream to, CancellationToken cancellation)
    {
        try
        {
            await from.CopyToAsync(to, 32 << 10, cancellation);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            // One of the two has ended, and with it both.
        }
    }
}
