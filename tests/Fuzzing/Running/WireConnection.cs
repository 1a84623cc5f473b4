using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Fuzzing.Running;

/// <summary>A connection on which any bytes can be sent, and answers of HTTP/1.1 read.</summary>
internal sealed class WireConnection : IAsyncDisposable
{
    private readonly Stream _stream;
    private byte[] _buffer = new byte[16 << 10];
    private int _start;
    private int _end;

    private WireConnection(Stream stream) => _stream = stream;

    public static async Task<WireConnection> OpenAsync(FuzzTarget target, bool isTls, SslApplicationProtocol protocol, CancellationToken cancellation)
    {
        var socket = new Socket(target.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(target.Address, cancellation);
            var plain = new NetworkStream(socket, ownsSocket: true);
            if (!isTls) return new(plain);
            var tls = new SslStream(plain);
            await tls.AuthenticateAsClientAsync(target.Tls(protocol), cancellation);
            return new(tls);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        await _stream.WriteAsync(bytes, cancellation);
        await _stream.FlushAsync(cancellation);
    }

    /// <summary>Reads an answer; null when the connection ends before one.</summary>
    /// <param name="hasBody">Whether it may have a body: that to HEAD has none.</param>
    /// <param name="moment">When to leave an answer that lasts; a time that never comes for others.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<FuzzAnswer?> ReadAsync(bool hasBody, Func<CancellationTokenSource>? moment, CancellationToken cancellation)
    {
        while (true)
        {
            var head = await LinesAsync(cancellation);
            if (head is null) return null;
            if (!int.TryParse(head[0].Split(' ') is [_, var code, ..] ? code : "", out var status)) throw new InvalidDataException($"the answer begins with {head[0]}");
            if (status is >= 100 and < 200) continue;
            var isWhole = true;
            byte[] body = [];
            if (hasBody && status is not (204 or 304))
            {
                if (Header("Transfer-Encoding") == "chunked") (body, isWhole) = await ChunksAsync(moment, cancellation);
                else if (Header("Content-Length") is { } length) body = await ExactlyAsync(int.Parse(length), cancellation) ?? throw new InvalidDataException("the answer ends before its length");
            }
            return new(status, Header("Content-Type") ?? "", body, isWhole, Header("Content-Encoding") == "gzip", !isWhole || Header("Connection") == "close");

            string? Header(string name) => head.Skip(1).Where(h => h.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(h => h[(name.Length + 1)..].Trim()).FirstOrDefault();
        }
    }

    /// <summary>Whether the server ends the connection before the time is over; what it sends is thrown away.</summary>
    public async Task DrainAsync(CancellationToken cancellation)
    {
        while (await _stream.ReadAsync(_buffer, cancellation) > 0) { }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task<(byte[] Body, bool IsWhole)> ChunksAsync(Func<CancellationTokenSource>? moment, CancellationToken cancellation)
    {
        var body = new MemoryStream();
        using var leave = moment?.Invoke();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, leave?.Token ?? CancellationToken.None);
        try
        {
            while (true)
            {
                var size = Convert.ToInt32(await LineAsync(either.Token) ?? throw new InvalidDataException("the answer ends between its chunks"), 16);
                if (await ExactlyAsync(size + 2, either.Token) is not { } chunk) throw new InvalidDataException("the answer ends within a chunk");
                if (size == 0) return (body.ToArray(), true);
                body.Write(chunk, 0, size);
                if (moment is not null && body.Length > 64 << 10) return (body.ToArray(), false);
            }
        }
        catch (OperationCanceledException) when (leave?.IsCancellationRequested == true)
        {
            return (body.ToArray(), false);
        }
    }

    private async Task<List<string>?> LinesAsync(CancellationToken cancellation)
    {
        var lines = new List<string>();
        while (true)
        {
            var line = await LineAsync(cancellation);
            if (line is null) return lines.Count == 0 ? null : throw new InvalidDataException("the answer ends within its headers");
            if (line.Length > 0) lines.Add(line);
            else if (lines.Count > 0) return lines;
        }
    }

    private async Task<string?> LineAsync(CancellationToken cancellation)
    {
        var seen = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + seen, _end - _start - seen).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = Encoding.Latin1.GetString(_buffer, _start, seen + at).TrimEnd('\r');
                _start += seen + at + 1;
                return line;
            }
            seen = _end - _start;
            if (!await FillAsync(cancellation)) return null;
        }
    }

    private async Task<byte[]?> ExactlyAsync(int count, CancellationToken cancellation)
    {
        while (_end - _start < count)
            if (!await FillAsync(cancellation)) return null;
        var bytes = _buffer.AsSpan(_start, count).ToArray();
        _start += count;
        return bytes;
    }

    private async Task<bool> FillAsync(CancellationToken cancellation)
    {
        if (_start == _end) _start = _end = 0;
        if (_end == _buffer.Length)
        {
            var larger = _end - _start > _buffer.Length / 2 ? new byte[_buffer.Length * 2] : _buffer;
            _buffer.AsSpan(_start, _end - _start).CopyTo(larger);
            (_buffer, _end, _start) = (larger, _end - _start, 0);
        }
        var read = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
        _end += read;
        return read > 0;
    }
}
