using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Slipway.Network;

/// <summary>
/// Asks the machine's name servers for names of elsewhere, and keeps their answers as long as these say. The same question
/// of several clients is asked once.
/// </summary>
/// <param name="servers">The servers to ask, the first one first.</param>
/// <param name="port">Their port.</param>
/// <param name="clock">Time of answers and patience.</param>
internal sealed class DnsForwarder(Func<IReadOnlyList<IPAddress>> servers, int port, TimeProvider clock)
{
    private const int Capacity = 4096;
    private const uint LongestTtl = 300, LongestNegativeTtl = 30;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<Question, Kept> _kept = new();
    private readonly ConcurrentDictionary<Question, Task<byte[]?>> _asking = new();

    /// <summary>The answer, as a message, with the seconds that it has been kept here; null when no server gave one.</summary>
    public async ValueTask<(byte[] Message, uint Age)?> AskAsync(DnsQuery query, CancellationToken cancellation)
    {
        var question = new Question(query.Name, query.Type, query.Extended, query.WantsSignatures, query.ChecksItself);
        if (_kept.TryGetValue(question, out var kept))
        {
            var age = (uint)Math.Max(0, clock.GetElapsedTime(kept.Since).TotalSeconds);
            if (age < kept.Ttl) return (kept.Message, age);
            _kept.TryRemove(new(question, kept));
        }
        var source = new TaskCompletionSource<byte[]?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var asking = _asking.GetOrAdd(question, source.Task);
        if (asking == source.Task) _ = AskForAllAsync(question, query, source);
        return await asking.WaitAsync(cancellation) is { } message ? (message, 0) : null;
    }

    // Runs to its end whoever stops waiting: others may wait for the same answer.
    private async Task AskForAllAsync(Question question, DnsQuery query, TaskCompletionSource<byte[]?> source)
    {
        byte[]? message = null;
        try
        {
            message = await AskServersAsync(query);
            if (message is not null) Keep(question, message);
        }
        finally
        {
            _asking.TryRemove(question, out _);
            source.TrySetResult(message);
        }
    }

    private async Task<byte[]?> AskServersAsync(DnsQuery query)
    {
        byte[]? failure = null;
        // Twice, since a packet may be lost.
        foreach (var server in servers().Concat(servers()))
        {
            using var patience = new CancellationTokenSource(Patience, clock);
            try
            {
                var answer = await AskAsync(query, new(server, port), overTcp: false, patience.Token);
                if ((answer[2] & 2) != 0) answer = await AskAsync(query, new(server, port), overTcp: true, patience.Token);
                if ((answer[3] & 0x0f) is not (DnsCode.ServerFailure or DnsCode.Refused or DnsCode.NotImplemented)) return answer;
                failure = answer;
            }
            catch (Exception e) when (e is SocketException or IOException or OperationCanceledException)
            {
                // The next one is asked.
            }
        }
        return failure;
    }

    private static async Task<byte[]> AskAsync(DnsQuery query, IPEndPoint server, bool overTcp, CancellationToken cancellation)
    {
        var message = query.ToMessage(BinaryPrimitives.ReadUInt16LittleEndian(RandomNumberGenerator.GetBytes(2)));
        // A socket, and so a port, for each question: who wants to forge an answer has to guess it.
        using var socket = new Socket(server.AddressFamily, overTcp ? SocketType.Stream : SocketType.Dgram, overTcp ? ProtocolType.Tcp : ProtocolType.Udp);
        await socket.ConnectAsync(server, cancellation);
        if (overTcp)
        {
            using var stream = new NetworkStream(socket);
            await DnsStream.WriteAsync(stream, message, cancellation);
            var reply = await DnsStream.ReadAsync(stream, cancellation);
            return reply is not null && IsAnswer(reply, message, query) ? reply : throw new IOException("the server closed the connection or answered something else");
        }
        await socket.SendAsync(message, cancellation);
        var buffer = new byte[4096];
        while (true)
        {
            var length = await socket.ReceiveAsync(buffer, cancellation);
            if (IsAnswer(buffer.AsSpan(0, length), message, query)) return buffer[..length];
        }
    }

    private static bool IsAnswer(ReadOnlySpan<byte> answer, ReadOnlySpan<byte> question, DnsQuery query)
    {
        if (answer.Length < 12 + query.Question.Length || !answer[..2].SequenceEqual(question[..2]) || (answer[2] & 0x80) == 0) return false;
        var at = 12;
        return DnsWire.ReadName(answer, ref at) == query.Name && at == 12 + query.Question.Length - 4 && answer.Slice(at, 4).SequenceEqual(query.Question.AsSpan(^4));
    }

    private void Keep(Question question, byte[] message)
    {
        if ((message[3] & 0x0f) is not (DnsCode.NoError or DnsCode.NoSuchName) || DnsWire.Ages(message) is not { Positions.Count: > 0 } ages) return;
        var negative = BinaryPrimitives.ReadUInt16BigEndian(message.AsSpan(6)) == 0;
        var ttl = Math.Min(ages.Least, negative ? LongestNegativeTtl : LongestTtl);
        if (ttl == 0) return;
        if (_kept.Count >= Capacity) MakeRoom();
        _kept[question] = new(message, clock.GetTimestamp(), ttl);
    }

    // Rare enough to look at all: first what is over, then whatever comes.
    private void MakeRoom()
    {
        foreach (var (question, kept) in _kept)
            if (clock.GetElapsedTime(kept.Since).TotalSeconds >= kept.Ttl) _kept.TryRemove(question, out _);
        foreach (var question in _kept.Keys.Take(Math.Max(0, _kept.Count - (Capacity * 3 / 4)))) _kept.TryRemove(question, out _);
    }

    private readonly record struct Question(string Name, ushort Type, bool Extended, bool WantsSignatures, bool ChecksItself);

    private sealed record Kept(byte[] Message, long Since, uint Ttl);
}

/// <summary>DNS messages over a stream, each after its length (RFC 1035, section 4.2.2).</summary>
internal static class DnsStream
{
    /// <summary>Writes a message.</summary>
    public static async Task WriteAsync(Stream stream, byte[] message, CancellationToken cancellation)
    {
        var framed = new byte[2 + message.Length];
        BinaryPrimitives.WriteUInt16BigEndian(framed, (ushort)message.Length);
        message.CopyTo(framed, 2);
        await stream.WriteAsync(framed, cancellation);
    }

    /// <summary>Reads a message; null when the stream has ended.</summary>
    public static async Task<byte[]?> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var length = new byte[2];
        if (await stream.ReadAtLeastAsync(length, 2, throwOnEndOfStream: false, cancellation) < 2) return null;
        var message = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
        return await stream.ReadAtLeastAsync(message, message.Length, throwOnEndOfStream: false, cancellation) < message.Length ? null : message;
    }
}
