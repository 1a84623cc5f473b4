using System.Buffers;
using System.IO.Pipelines;
using Slipway.Api;

namespace Slipway.ApiServer.Serving;

/// <summary>
/// The body of a request as a stream, for who passes it on. When it is disposed no read is left under way, whoever may have begun one.
/// </summary>
internal sealed class RequestBody(PipeReader reader) : ReadOnlyStream
{
    private readonly Lock _turn = new();
    private readonly CancellationTokenSource _left = new();
    private Task<int> _reading = Task.FromResult(0);

    /// <summary>
    /// Reads on. What gives up a read ends it, rather than to leave it: Kestrel takes in the rest of a body after the answer, and counts a
    /// read that ended by its token as one that goes on.
    /// </summary>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public static async ValueTask<ReadResult> ReadAsync(PipeReader reader, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        await using var _ = cancellation.UnsafeRegister(static r => ((PipeReader)r!).CancelPendingRead(), reader);
        var result = await reader.ReadAsync(CancellationToken.None);
        if (!result.IsCanceled || !cancellation.IsCancellationRequested) return result;
        reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        throw new OperationCanceledException(cancellation);
    }

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        lock (_turn) return new(_reading = ReadNextAsync(buffer, cancellationToken));
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _left.CancelAsync();
        Task last;
        lock (_turn) last = _reading;
        await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _left.Dispose();
        await base.DisposeAsync();
    }

    private async Task<int> ReadNextAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, _left.Token);
        while (true)
        {
            var result = await ReadAsync(reader, either.Token);
            var piece = result.Buffer.Slice(0, Math.Min(result.Buffer.Length, buffer.Length));
            piece.CopyTo(buffer.Span);
            reader.AdvanceTo(piece.End);
            if (!piece.IsEmpty || result.IsCompleted || buffer.IsEmpty) return (int)piece.Length;
        }
    }
}
