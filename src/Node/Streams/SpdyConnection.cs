using System.Buffers.Binary;

namespace Slipway.Node.Streams;

/// <summary>A piece of what a stream brings.</summary>
/// <param name="Stream">The stream; 0 when the connection has ended.</param>
/// <param name="Length">How many bytes of the buffer it fills.</param>
/// <param name="IsLast">Whether the stream brings nothing more.</param>
internal readonly record struct SpdyPiece(int Stream, int Length, bool IsLast);

/// <summary>
/// The client's end of a SPDY/3.1 connection to a container runtime. What is written waits for the connection, and nothing is
/// read before it is asked for; so neither side can make the other one buffer. Windows play no part: runtimes neither keep nor
/// announce them.
/// </summary>
/// <param name="connection">The connection, after the switch to SPDY.</param>
internal sealed class SpdyConnection(Stream connection) : IAsyncDisposable
{
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly byte[] _head = new byte[SpdyHeader.Size];
    private readonly byte[] _control = new byte[8];
    private int _opened;
    private SpdyHeader _current;
    private int _left;

    /// <summary>Opens a stream; one caller at a time.</summary>
    /// <returns>Its number.</returns>
    public async ValueTask<int> OpenAsync(IReadOnlyList<KeyValuePair<string, string>> headers, CancellationToken cancellation)
    {
        var stream = (2 * _opened) + 1;
        await SendAsync(SpdyFrames.SynStream(stream, headers, isFirst: _opened++ == 0), cancellation);
        return stream;
    }

    /// <summary>Writes to a stream, and ends it if nothing more is to follow.</summary>
    /// <exception cref="IOException">The connection has ended.</exception>
    public async ValueTask WriteAsync(int stream, ReadOnlyMemory<byte> data, bool isLast, CancellationToken cancellation)
    {
        var head = new byte[SpdyHeader.Size];
        new SpdyHeader(SpdyFrameType.Data, stream, isLast ? SpdyHeader.Fin : (byte)0, data.Length).Write(head);
        await _writing.WaitAsync(cancellation);
        try
        {
            await connection.WriteAsync(head, cancellation);
            if (!data.IsEmpty) await connection.WriteAsync(data, cancellation);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>The next piece of any stream, of a frame at most as much as fits the buffer.</summary>
    /// <exception cref="InvalidDataException">What comes is not SPDY.</exception>
    public async ValueTask<SpdyPiece> ReadAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (_left == 0)
        {
            if (await connection.ReadAtLeastAsync(_head, _head.Length, throwOnEndOfStream: false, cancellation) < _head.Length) return default;
            _current = SpdyHeader.Read(_head);
            if (_current.Type != SpdyFrameType.Data)
            {
                if (await ControlAsync(cancellation) is { } ended) return ended;
                continue;
            }
            _left = _current.Length;
            if (_left == 0 && _current.IsLast) return new(_current.Stream, 0, true);
        }
        var read = await connection.ReadAsync(buffer[..Math.Min(buffer.Length, _left)], cancellation);
        if (read == 0) return default;
        _left -= read;
        return new(_current.Stream, read, _left == 0 && _current.IsLast);
    }

    public ValueTask DisposeAsync() => connection.DisposeAsync();

    // A stream that is answered or reset, a ping; all else says nothing that matters here.
    private async ValueTask<SpdyPiece?> ControlAsync(CancellationToken cancellation)
    {
        var known = Math.Min(_current.Length, _control.Length);
        await connection.ReadExactlyAsync(_control.AsMemory(0, known), cancellation);
        await SkipAsync(_current.Length - known, cancellation);
        switch (_current.Type)
        {
            case SpdyFrameType.RstStream:
            case SpdyFrameType.SynReply when _current.IsLast:
                return new(BinaryPrimitives.ReadInt32BigEndian(_control) & int.MaxValue, 0, true);
            case SpdyFrameType.Ping when _control[3] % 2 == 0:   // ours are odd
                await SendAsync(SpdyFrames.Control(SpdyFrameType.Ping, _control.AsSpan(0, 4)), cancellation);
                return null;
            default:
                return null;
        }
    }

    private async ValueTask SkipAsync(int count, CancellationToken cancellation)
    {
        var waste = new byte[Math.Min(count, 4096)];
        while (count > 0)
        {
            var size = Math.Min(count, waste.Length);
            await connection.ReadExactlyAsync(waste.AsMemory(0, size), cancellation);
            count -= size;
        }
    }

    private async ValueTask SendAsync(byte[] frame, CancellationToken cancellation)
    {
        await _writing.WaitAsync(cancellation);
        try
        {
            await connection.WriteAsync(frame, cancellation);
        }
        finally
        {
            _writing.Release();
        }
    }
}
