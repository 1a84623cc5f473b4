using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Slipway.Client;

namespace Slipway.Network;

/// <summary>Serves the cluster's names, and those of elsewhere by way of a forwarder, over UDP and TCP.</summary>
internal sealed class DnsServer : IDisposable
{
    private const int MostConnections = 256, LongestChain = 8;
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    private readonly ClusterZone _zone;
    private readonly DnsForwarder _forwarder;
    private readonly TimeProvider _clock;
    private readonly ILogger _log;
    private readonly Socket _udp, _tcp;
    private readonly SemaphoreSlim _connections = new(MostConnections);

    /// <summary>Listens at an address: at port 53, or where that is taken at a free one.</summary>
    /// <exception cref="SocketException">The address cannot be listened on.</exception>
    public DnsServer(IPAddress address, int port, ClusterZone zone, DnsForwarder forwarder, TimeProvider clock, ILogger log)
    {
        (_zone, _forwarder, _clock, _log) = (zone, forwarder, clock, log);
        (_udp, _tcp) = Listen(address, port) ?? Listen(address, 0) ?? throw new SocketException((int)SocketError.AddressAlreadyInUse);
        EndPoint = (IPEndPoint)_tcp.LocalEndPoint!;
    }

    /// <summary>Where it listens.</summary>
    public IPEndPoint EndPoint { get; }

    /// <summary>Answers until cancelled.</summary>
    public Task RunAsync(CancellationToken cancellation) => Loops.RunAsync([ServeUdpAsync, ServeTcpAsync], cancellation);

    /// <inheritdoc/>
    public void Dispose()
    {
        _udp.Dispose();
        _tcp.Dispose();
        _connections.Dispose();
    }

    /// <summary>The answer to a message; null where there is none to give.</summary>
    internal async ValueTask<byte[]?> AnswerAsync(ReadOnlyMemory<byte> message, bool overUdp, CancellationToken cancellation)
    {
        if (!DnsQuery.TryRead(message.Span, out var query, out var refusal)) return refusal;
        var limit = overUdp ? query.PayloadSize : ushort.MaxValue;
        if (_zone.Answer(query.Name, query.Type) is { } answer)
        {
            if (answer.Continue is not null) answer = await FollowAsync(query, answer, cancellation);
            return DnsWire.Write(query, Shuffled(answer), authoritative: true, limit);
        }
        return await _forwarder.AskAsync(query, cancellation) is { } found
            ? DnsWire.Relay(query, found.Message, found.Age, limit)
            : DnsWire.Write(query, new(DnsCode.ServerFailure, []), authoritative: false, limit);
    }

    // An alias leads to another name of the cluster, or elsewhere: clients do not follow it themselves.
    private async ValueTask<DnsAnswer> FollowAsync(DnsQuery query, DnsAnswer answer, CancellationToken cancellation)
    {
        var records = answer.Answers.ToList();
        var next = answer.Continue;
        for (var step = 0; next is not null && step < LongestChain; step++)
        {
            if (_zone.Answer(next, query.Type) is { } inside)
            {
                records.AddRange(inside.Answers);
                next = inside.Continue;
                continue;
            }
            if (await _forwarder.AskAsync(query.For(next), cancellation) is not { } outside) return new(DnsCode.ServerFailure, records);
            records.AddRange(DnsWire.Addresses(outside.Message).Select(record => record with { Ttl = record.Ttl > outside.Age ? record.Ttl - outside.Age : 0 }));
            return new((byte)(outside.Message[3] & 0x0f), records);
        }
        return new(next is null ? DnsCode.NoError : DnsCode.ServerFailure, records);
    }

    // Clients take the first of several addresses.
    private static DnsAnswer Shuffled(DnsAnswer answer)
    {
        if (answer.Answers.Count < 2 || answer.Answers[0].Type == DnsType.Cname) return answer;
        var records = answer.Answers.ToArray();
        Random.Shared.Shuffle(records);
        return answer with { Answers = records };
    }

    private async Task ServeUdpAsync(CancellationToken cancellation)
    {
        var buffer = GC.AllocateUninitializedArray<byte>(4096, pinned: true);
        var from = new SocketAddress(_udp.AddressFamily);
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var length = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, from, cancellation);
                var client = new SocketAddress(from.Family, from.Size);
                from.Buffer.CopyTo(client.Buffer);
                // The cluster's own names are answered at once; a question that is passed on must not hold up the next.
                var answer = AnswerAsync(buffer.AsMemory(0, length), overUdp: true, cancellation);
                if (answer.IsCompletedSuccessfully) await SendAsync(answer.Result, client, cancellation);
                else _ = LaterAsync(answer, client, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e)
            {
                _log.LogDebug("A question over UDP could not be answered: {Reason}", e.Message);   // its client has gone
            }
            catch (Exception e)
            {
                // The boundary of the loop: one message must not end the answers to all others.
                _log.LogError(e, "A question over UDP failed");
            }
        }
    }

    private async Task LaterAsync(ValueTask<byte[]?> answer, SocketAddress client, CancellationToken cancellation)
    {
        try
        {
            await SendAsync(await answer, client, cancellation);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            _log.LogDebug("A question over UDP could not be answered: {Reason}", e.Message);
        }
        catch (Exception e)
        {
            _log.LogError(e, "A question over UDP failed");
        }
    }

    private async ValueTask SendAsync(byte[]? answer, SocketAddress client, CancellationToken cancellation)
    {
        if (answer is not null) await _udp.SendToAsync(answer, SocketFlags.None, client, cancellation);
    }

    private async Task ServeTcpAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await _connections.WaitAsync(cancellation);
                _ = ServeAsync(await _tcp.AcceptAsync(cancellation), cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            catch (SocketException e)
            {
                _connections.Release();
                _log.LogDebug("A connection was not accepted: {Reason}", e.Message);
            }
        }
    }

    private async Task ServeAsync(Socket connection, CancellationToken cancellation)
    {
        try
        {
            using var stream = new NetworkStream(connection, ownsSocket: true);
            while (true)
            {
                using var idle = new CancellationTokenSource(Idle, _clock);
                using var end = CancellationTokenSource.CreateLinkedTokenSource(idle.Token, cancellation);
                if (await DnsStream.ReadAsync(stream, end.Token) is not { } message || await AnswerAsync(message, overUdp: false, end.Token) is not { } answer) return;
                await DnsStream.WriteAsync(stream, answer, end.Token);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // The client is done, or does nothing.
        }
        finally
        {
            if (!cancellation.IsCancellationRequested) _connections.Release();
        }
    }

    private static (Socket Udp, Socket Tcp)? Listen(IPAddress address, int port)
    {
        var tcp = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        var udp = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            tcp.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            tcp.Bind(new IPEndPoint(address, port));
            tcp.Listen(128);
            udp.Bind(tcp.LocalEndPoint!);
            return (udp, tcp);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            tcp.Dispose();
            udp.Dispose();
            return null;
        }
    }
}
