using System.Globalization;
using System.Net.Sockets;

namespace Slipway.Node.Probes;

/// <summary>Why a connection was not made, in the words of the kubelet, which people search and alert for.</summary>
internal static class DialFailure
{
    /// <param name="host">Name or address; one of IPv6 with or without brackets.</param>
    public static string Of(string host, int port, SocketException failure) => string.Create(CultureInfo.InvariantCulture,
        $"dial tcp {(host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('[') ? $"[{host}]" : host)}:{port}: {Reason(host, failure)}");

    /// <summary>Why a request failed that was to go to a place.</summary>
    public static string Of(Uri uri, Exception failure) => failure is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError, InnerException: SocketException dial }
        ? Of(uri.Host, uri.Port, dial)
        : failure.GetBaseException().Message;

    private static string Reason(string host, SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "connect: connection refused",
        SocketError.HostUnreachable => "connect: no route to host",
        SocketError.NetworkUnreachable => "connect: network is unreachable",
        SocketError.TimedOut => "connect: connection timed out",
        SocketError.ConnectionReset => "connect: connection reset by peer",
        SocketError.HostNotFound or SocketError.NoData => $"lookup {host}: no such host",
        _ => $"connect: {failure.Message}",
    };
}
