using System.Net;
using System.Net.Sockets;

namespace Slipway.Flows;

/// <summary>
/// Carries requests that users have the cluster make. What leads into the machine itself, or to services of a cloud that trust it by its link, is refused: a user of a
/// namespace is no user of the machine.
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

    /// <summary>Whether an address is another machine's.</summary>
    public static bool IsAllowed(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && !address.IsIPv6Multicast && !address.Equals(IPAddress.IPv6Any)
            && !(address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, _, _] or [0, _, _, _] or [>= 224, _, _, _]);
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var endpoint = context.DnsEndPoint;
        var addresses = (await Dns.GetHostAddressesAsync(endpoint.Host, cancellation)).Where(IsAllowed).ToArray();
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
