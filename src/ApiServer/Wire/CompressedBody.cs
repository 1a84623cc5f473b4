using System.IO.Compression;
using System.Security.Cryptography;

namespace Slipway.ApiServer.Wire;

/// <summary>
/// A document that is kept as gzip: most clients take it as it is, and descriptions of an API shrink to a tenth.
/// </summary>
/// <param name="Gzip">The compressed bytes.</param>
/// <param name="Length">Size of the document, in bytes.</param>
/// <param name="Tag">Names the content: its <c>ETag</c>, with quotes.</param>
internal sealed record CompressedBody(ReadOnlyMemory<byte> Gzip, int Length, string Tag)
{
    /// <summary>Compresses what <paramref name="write"/> writes.</summary>
    public static CompressedBody Make(Action<Stream> write)
    {
        using var compressed = new MemoryStream();
        using var hash = SHA512.Create();
        var counted = 0L;
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal, leaveOpen: true))
        using (var hashing = new CryptoStream(gzip, hash, CryptoStreamMode.Write))
        using (var counting = new CountingStream(hashing, n => counted += n))
        {
            write(counting);
        }
        return new(compressed.ToArray(), checked((int)counted), $"\"{Convert.ToHexString(hash.Hash!)}\"");
    }

    /// <summary>Compresses bytes.</summary>
    public static CompressedBody Of(byte[] bytes) => Make(stream => stream.Write(bytes));

    /// <summary>The document itself.</summary>
    public byte[] Inflate()
    {
        var bytes = new byte[Length];
        using var gzip = new GZipStream(new MemoryStream(Gzip.ToArray()), CompressionMode.Decompress);
        gzip.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>The reply with this document: 304 without it for a client that has it already.</summary>
    /// <param name="contentType">Its media type.</param>
    /// <param name="ifNoneMatch">The tags that the client knows.</param>
    /// <param name="headers">Headers beside the tag and <c>Vary</c>.</param>
    /// <param name="tag">A tag other than that of the content.</param>
    public Reply Reply(string contentType, string ifNoneMatch, IReadOnlyList<KeyValuePair<string, string>>? headers = null, string? tag = null)
    {
        KeyValuePair<string, string>[] all = [new("ETag", tag ?? Tag), new("Vary", "Accept"), .. headers ?? []];
        return Matches(ifNoneMatch, tag ?? Tag)
            ? new Reply { StatusCode = 304, Headers = all }
            : new Reply { ContentType = contentType, Compressed = this, Headers = all };
    }

    private static bool Matches(string ifNoneMatch, string tag)
    {
        if (ifNoneMatch.Length == 0) return false;
        foreach (var range in ifNoneMatch.AsSpan().Split(','))
        {
            var known = ifNoneMatch.AsSpan()[range].Trim();
            if (known.StartsWith("W/")) known = known[2..];
            if (known.SequenceEqual(tag) || known is "*") return true;
        }
        return false;
    }

    /// <summary>Tells how much was written.</summary>
    private sealed class CountingStream(Stream inner, Action<int> count) : Stream
    {
        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }
        public override void Flush() => inner.Flush();
        public override int Read(byte[] buffer, int offset, int length) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int length) => Write(buffer.AsSpan(offset, length));

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            inner.Write(buffer);
            count(buffer.Length);
        }
    }
}
