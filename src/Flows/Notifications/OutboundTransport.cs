using System.Net;
using System.Net.Sockets;
using Slipway.Api;

namespace Slipway.Flows;

/// <summary>
/// Carries requests that users have the cluster make, to other machines only (<see cref="OutboundAddress"/>).
/// </summary>
public static class OutboundTransport
{
    /// <summary>Makes one. Redirections are not followed.</summary>
    public static SocketsHttpHandler Create() => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        ConnectTimeout = TimeSpan.FromSeconds(10),
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = ConnectAsync,
    };

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var endpoint = context.DnsEndPoint;
        var addresses = (await Dns.GetHostAddressesAsync(endpoint.Host, cancellation)).Where(OutboundAddress.IsAllowed).ToArray();
        if (addresses.Length == 0)
            throw new IOException($"{endpoint.Host} is an address of the machine itself, or link-local; name one that others can reach");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, endpoint.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
