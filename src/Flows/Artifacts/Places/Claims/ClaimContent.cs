using Slipway.Api;

namespace Slipway.Flows;

/// <summary>The content of an artifact while it comes from a claim.</summary>
/// <param name="session">Where it comes from.</param>
/// <param name="size">Its size.</param>
/// <param name="fault">What a failure means.</param>
/// <param name="release">Called once at the end with whether the session can be asked again.</param>
internal sealed class ClaimContent(StoreSession session, long size, Func<Exception, Exception> fault, Action<bool> release) : ReadOnlyStream
{
    private long rest = size;
    private bool isReleased;

    public override long Length { get; } = size;

    public override long Position
    {
        get => Length - rest;
        set => throw new NotSupportedException();
    }

    /// <summary>Reads on.</summary>
    /// <exception cref="ArtifactPlaceException">Nothing more comes.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (rest == 0 || buffer.IsEmpty)
            return 0;
        // The read itself ends, and not only the wait for it: the buffer is somebody else's when this returns.
        using var limit = new CancellationTokenSource(ClaimPlace.Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            var count = await session.ReadAsync(buffer[..(int)Math.Min(rest, buffer.Length)], either.Token);
            rest -= count;
            return count;
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw fault(new TimeoutException("nothing more comes", e));
        }
        catch (IOException e)
        {
            throw fault(e);
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !isReleased)
        {
            isReleased = true;
            release(rest == 0);
        }

        base.Dispose(disposing);
    }
}
