using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Slipway.Fuzzing.Running;

/// <summary>Sends bytes that need not be a request, and sees that the server ends it.</summary>
internal static class RawExchange
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    // A server may wait for what a client has announced; the client does not wait that long.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    /// <summary>Does it; there is nothing to see but that the server is still there, which the next request shows.</summary>
    /// <exception cref="SocketException">The server does not listen any more.</exception>
    public static async Task RunAsync(FuzzTarget target, FuzzBytes bytes, TimeProvider clock, CancellationToken cancellation)
    {
        var isHttp2 = bytes.Pieces[0].AsSpan().StartsWith("PRI "u8);
        try
        {
            await using var connection = await WireConnection.OpenAsync(target, bytes.IsTls, isHttp2 ? SslApplicationProtocol.Http2 : SslApplicationProtocol.Http11, cancellation);
            foreach (var piece in bytes.Pieces)
            {
                await connection.SendAsync(piece, cancellation);
                if (bytes.Pieces.Count > 1) await Task.Delay(Pause, clock, cancellation);
            }
            if (bytes.Leaves) return;
            using var patience = new CancellationTokenSource(Patience, clock);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
            await connection.DrainAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            // It waits for more.
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // It has refused by ending the connection.
        }
    }
}
