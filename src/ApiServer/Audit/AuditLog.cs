using System.Buffers;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Slipway.ApiServer.Audit;

/// <summary>
/// Takes events from requests and writes them to a file, one JSON document a line, in the order in which they came, all that
/// come within a hundredth of a second at once: so a request pays for its line and not for waking the writer. Requests wait when the
/// disk does not keep up; what the disk refuses is counted and told, and requests go on.
/// </summary>
internal sealed class AuditLog(AuditFileOptions options, TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private const int MaxWaiting = 10_000;
    private const int MaxBatchBytes = 1 << 20;
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(10);

    private readonly Channel<byte[]> _waiting = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(MaxWaiting) { SingleReader = true });
    private readonly CancellationTokenSource _ending = new();
    private Task _writing = Task.CompletedTask;
    private long _lost;

    /// <summary>Events that were not written.</summary>
    public long Lost => Volatile.Read(ref _lost);

    public void Start() => _writing = Task.Run(WriteAsync);

    /// <summary>Hands over an event, a line with its end. What ends after the server itself is counted as lost.</summary>
    public ValueTask AddAsync(byte[] line, CancellationToken cancellation) =>
        _waiting.Writer.TryWrite(line) ? ValueTask.CompletedTask : AddSlowlyAsync(line, cancellation);

    /// <summary>Writes what was handed over, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        await _ending.CancelAsync();
        await _writing;
    }

    private async ValueTask AddSlowlyAsync(byte[] line, CancellationToken cancellation)
    {
        try
        {
            await _waiting.Writer.WriteAsync(line, cancellation);
        }
        catch (ChannelClosedException)
        {
            Interlocked.Increment(ref _lost);
        }
    }

    private async Task WriteAsync()
    {
        using var file = new AuditFile(options, clock);
        var batch = new ArrayBufferWriter<byte>(16 << 10);
        while (await _waiting.Reader.WaitToReadAsync())
        {
            await Task.Delay(Gathering, clock, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            batch.ResetWrittenCount();
            var count = 0;
            for (; batch.WrittenCount < MaxBatchBytes && _waiting.Reader.TryRead(out var line); count++) batch.Write(line);
            try
            {
                file.Append(batch.WrittenSpan);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Interlocked.Add(ref _lost, count);
                log.LogError("{Count} audit events could not be written to {Path}: {Cause}", count, options.Path, e.Message);
            }
        }
    }
}
