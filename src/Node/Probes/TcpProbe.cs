using System.Globalization;
using System.Net.Sockets;

namespace Slipway.Node.Probes;

/// <summary>Probes by opening a TCP connection.</summary>
internal static class TcpProbe
{
    public static async Task<ProbeOutcome> RunAsync(string host, int port, TimeSpan timeout, TimeProvider clock, CancellationToken cancellation)
    {
        using var timer = new CancellationTokenSource(timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellation);
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(host, port, either.Token);
            return ProbeOutcome.Success;
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellation.IsCancellationRequested)
        {
            return ProbeOutcome.Failure(string.Create(CultureInfo.InvariantCulture, $"dial tcp {host}:{port}: i/o timeout"));
        }
        catch (SocketException failure)
        {
            return ProbeOutcome.Failure(DialFailure.Of(host, port, failure));
        }
    }
}
