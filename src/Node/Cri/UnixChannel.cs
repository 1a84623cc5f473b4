using System.Net.Sockets;
using Grpc.Net.Client;

namespace Slipway.Node.Cri;

/// <summary>gRPC over unix sockets.</summary>
internal static class UnixChannel
{
    /// <summary>Whether a path can be a socket's: it has at most 107 bytes.</summary>
    public static bool CanBeMade(string socket)
    {
        try
        {
            _ = new UnixDomainSocketEndPoint(socket);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>A channel to who listens at a socket. Nothing is opened before the first call.</summary>
    /// <exception cref="ArgumentException">No socket can have that path.</exception>
    public static GrpcChannel To(string socket)
    {
        var endpoint = new UnixDomainSocketEndPoint(socket);
        var handler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            UseProxy = false,
            ConnectCallback = async (_, cancellation) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(endpoint, cancellation);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
        return GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = 64 << 20,
        });
    }
}
