using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Storage.Tests.Etcd;

/// <summary>Stands between a store and etcd, and can keep back what one side sends and then cut the connections.</summary>
internal sealed class CuttingProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly ConcurrentBag<Socket> _open = [];
    private volatile bool _losesRequests, _losesAnswers, _isClosed;

    public CuttingProxy(Uri target)
    {
        _target = target.Port;
        _listener.Start();
        _ = AcceptAsync();
    }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>From now on requests do not arrive.</summary>
    public void LoseRequests() => _losesRequests = true;

    /// <summary>From now on requests arrive, and their answers do not.</summary>
    public void LoseAnswers() => _losesAnswers = true;

    /// <summary>Cuts all connections; new ones work.</summary>
    public void Cut()
    {
        (_losesRequests, _losesAnswers) = (false, false);
        while (_open.TryTake(out var socket))
            socket.Dispose();
    }

    /// <summary>Cuts all connections, and takes no new ones.</summary>
    public void Dispose()
    {
        _isClosed = true;
        _listener.Dispose();
        Cut();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync();
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                _open.Add(client);
                _open.Add(server);
                await server.ConnectAsync(IPAddress.Loopback, _target);
                _ = PumpAsync(client, server, () => _losesRequests);
                _ = PumpAsync(server, client, () => _losesAnswers);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException && _isClosed)
        {
        }
    }

    private static async Task PumpAsync(Socket from, Socket to, Func<bool> loses)
    {
        var buffer = new byte[64 << 10];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
                if (!loses())
                    await to.SendAsync(buffer.AsMemory(0, count));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
        }
        from.Dispose();
        to.Dispose();
    }
}
