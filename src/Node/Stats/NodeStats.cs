namespace Slipway.Node.Stats;

/// <summary>
/// What the node and its pods use, for all who ask. Whoever asks within a second of another gets the same answer, and for rates
/// samples are kept of earlier questions; nothing is done while nobody asks.
/// </summary>
internal sealed class NodeStats(Func<NodeReading> read, TimeProvider clock) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    // Timers and the clock of the day are two clocks.
    private static readonly TimeSpan Wait = CpuWindows.Shortest + TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim _one = new(1);
    private NodeReading? _last;
    private CpuWindows _windows = CpuWindows.None;

    /// <summary>What is used now; rates are not asked for.</summary>
    public async Task<NodeReading> ReadAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            return Next();
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>What is used now, with what there is to compare with. The first question for some time takes a second longer than others.</summary>
    public async Task<(NodeReading Reading, CpuWindows Windows)> ReadWithRatesAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            var before = _windows;
            var reading = Next();
            if (!before.Serve(reading.At))
            {
                before = before.With(reading.Sample);
                await Task.Delay(Wait, clock, cancellation);
                reading = Next();
            }
            return (reading, before);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private NodeReading Next()
    {
        if (_last is not null && clock.GetUtcNow() - _last.At < Fresh)
            return _last;
        _last = read();
        _windows = _windows.With(_last.Sample);
        return _last;
    }
}
