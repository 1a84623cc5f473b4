namespace Slipway.Api;

/// <summary>Reads what another program sends, and no more of it than is to be borne.</summary>
public static class BoundedBody
{
    /// <summary>The whole body.</summary>
    /// <param name="stream">The body.</param>
    /// <param name="longest">Most bytes that it may have.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="IOException">It is longer, or breaks off.</exception>
    public static async Task<ReadOnlyMemory<byte>> ReadAsync(Stream stream, int longest, CancellationToken cancellation)
    {
        using var body = new MemoryStream();
        var piece = new byte[16 << 10];
        while (await stream.ReadAsync(piece, cancellation) is > 0 and var read)
        {
            if (body.Length + read > longest) throw new IOException($"the body is longer than {longest} bytes");
            body.Write(piece, 0, read);
        }
        return body.GetBuffer().AsMemory(0, (int)body.Length);
    }
}
