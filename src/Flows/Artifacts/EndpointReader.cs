using System.Text;

namespace Slipway.Flows;

/// <summary>What slipway-task sent cannot be taken; the message says why, and is told.</summary>
internal sealed class ProtocolViolationException(string message) : Exception(message);

/// <summary>Lines and content from one stream.</summary>
internal sealed class EndpointReader(Stream stream)
{
    // The paths of two entries of a directory, percent-encoded: three bytes for one.
    private const int LineLimit = 1 << 15;
    private readonly byte[] buffer = new byte[1 << 16];
    private int start;
    private int end;

    /// <summary>The next line; null at the end.</summary>
    public async ValueTask<string?> LineAsync(CancellationToken cancellation)
    {
        while (true)
        {
            var length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.UTF8.GetString(buffer, start, length);
                start += length + 1;
                return line;
            }

            if (end - start >= LineLimit)
                throw new IOException("a line is too long");
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
            var count = await stream.ReadAsync(buffer.AsMemory(end), cancellation);
            if (count == 0)
                return null;
            end += count;
        }
    }

    /// <summary>The next bytes of content, at most <paramref name="limit"/>; valid until the next call.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> PartAsync(long limit, CancellationToken cancellation)
    {
        if (start == end)
        {
            (start, end) = (0, await stream.ReadAsync(buffer, cancellation));
            if (end == 0)
                throw new IOException("the content ended early");
        }

        var length = (int)Math.Min(limit, end - start);
        var part = buffer.AsMemory(start, length);
        start += length;
        return part;
    }

    /// <summary>Stores the next <paramref name="size"/> bytes; their hash.</summary>
    /// <exception cref="ArtifactRefusedException">They are not taken.</exception>
    public async ValueTask<string> StoreAsync(IArtifactSink store, long size, CancellationToken cancellation)
    {
        await using var writer = store.Begin(size);
        await CopyAsync(size, writer, cancellation);
        return await writer.CommitAsync(cancellation);
    }

    /// <summary>Writes the next <paramref name="size"/> bytes to an artifact.</summary>
    /// <exception cref="ArtifactRefusedException">They are not taken.</exception>
    public async ValueTask CopyAsync(long size, IArtifactWriter writer, CancellationToken cancellation)
    {
        for (var rest = size; rest > 0;)
        {
            var part = await PartAsync(rest, cancellation);
            await writer.AppendAsync(part, cancellation);
            rest -= part.Length;
        }
    }
}
