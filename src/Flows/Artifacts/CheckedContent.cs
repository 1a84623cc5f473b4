using System.Security.Cryptography;
using Slipway.Api;

namespace Slipway.Flows;

/// <summary>
/// The content of an artifact, compared with its hash while it is read: whoever has read all of it without an error has what was stored.
/// </summary>
/// <param name="content">The file of the artifact; it is disposed with this.</param>
/// <param name="sha256">The hash of what was stored.</param>
/// <param name="whenDamaged">Done when the content is found to be something else.</param>
internal sealed class CheckedContent(Stream content, string sha256, Action? whenDamaged = null) : ReadOnlyStream
{
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private bool isChecked;

    /// <summary>Only in that it tells its length, and where it is: archives ask for that before they take content.</summary>
    public override bool CanSeek => true;

    public override long Length => content.Length;

    public override long Position
    {
        get => content.Position;
        set => throw new NotSupportedException();
    }

    /// <summary>Reads on; at the end compares.</summary>
    /// <exception cref="IOException">The content is not what was stored.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var count = await content.ReadAsync(buffer, cancellationToken);
        Take(buffer.Span[..count], buffer.Length);
        return count;
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        var count = content.Read(buffer);
        Take(buffer[..count], buffer.Length);
        return count;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            content.Dispose();
            hash.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Take(ReadOnlySpan<byte> part, int wanted)
    {
        hash.AppendData(part);
        if (part.Length > 0 || wanted == 0 || isChecked)
            return;
        isChecked = true;
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) == sha256)
            return;
        whenDamaged?.Invoke();
        throw new IOException($"artifact {sha256} is damaged: its content is not what was stored; run the task again that made it");
    }
}
