using System.IO.Pipelines;
using Slipway.Api;

namespace Slipway.ApiServer.Wire;

/// <summary>
/// Turns a body that is written over time into a stream to read. The writing starts at once and is cancelled when the stream is
/// disposed.
/// </summary>
internal sealed class ReplyStream : ReadOnlyStream
{
    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, useSynchronizationContext: false));
    private readonly CancellationTokenSource _stop = new();
    private bool _disposed;

    public ReplyStream(StreamedBody body) => _ = WriteAsync(body);

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var result = await _pipe.Reader.ReadAsync(cancellationToken);
        var available = result.Buffer;
        var count = (int)Math.Min(available.Length, buffer.Length);
        var taken = available.Slice(0, count);
        foreach (var segment in taken)
        {
            segment.CopyTo(buffer);
            buffer = buffer[segment.Length..];
        }
        _pipe.Reader.AdvanceTo(taken.End);
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            _stop.Cancel();
            _stop.Dispose();
            _pipe.Reader.Complete();
        }
        base.Dispose(disposing);
    }

    private async Task WriteAsync(StreamedBody body)
    {
        var cancellation = _stop.Token;
        Exception? failure = null;
        try
        {
            await body(_pipe.Writer, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The reader has gone.
        }
        catch (Exception e)
        {
            // Whatever ended the writing, the reader is told instead of waiting for ever.
            failure = e;
        }
        await _pipe.Writer.CompleteAsync(failure);
    }
}
