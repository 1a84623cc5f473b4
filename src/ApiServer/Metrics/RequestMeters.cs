using System.Collections.Concurrent;
using System.Globalization;
using Prometheus;
using Slipway.ApiServer.Wire;

namespace Slipway.ApiServer.Metrics;

/// <summary>What requests of one kind are counted by, found once. What never happens to a kind takes no memory.</summary>
/// <param name="metrics">The metrics of all kinds.</param>
/// <param name="kind">The kind.</param>
/// <param name="inFlight">Those of its sort that are being answered.</param>
internal sealed class RequestMeters(RequestMetrics metrics, RequestKind kind, Gauge.Child inFlight)
{
    private readonly ConcurrentDictionary<int, Counter.Child> _byCode = new();
    private Histogram.Child? _seconds;
    private Histogram.Child? _indicator;
    private Histogram.Child? _sizes;
    private Gauge.Child? _running;

    /// <summary>Counts a request as being answered until what is returned is disposed.</summary>
    public IDisposable Begin() => inFlight.TrackInProgress();

    /// <summary>Counts an answer that arises over time until what is returned is disposed.</summary>
    public IDisposable BeginLong() => (_running ??= metrics.Running.WithLabels(kind.Values()[..7])).TrackInProgress();

    /// <summary>Counts a request whose answer is there.</summary>
    /// <param name="code">Status code of the answer.</param>
    /// <param name="time">How long it took.</param>
    /// <param name="waited">How much of this was time in queues and of webhooks.</param>
    public void Observe(int code, TimeSpan time, TimeSpan waited)
    {
        _byCode.GetOrAdd(code, static (c, self) => self.Count(c), this).Inc();
        if (kind.IsLasting) return;
        (_seconds ??= metrics.Seconds.WithLabels(kind.Values())).Observe(time.TotalSeconds);
        (_indicator ??= metrics.IndicatorSeconds.WithLabels(kind.Values()[..7])).Observe((time - waited).TotalSeconds);
    }

    /// <summary>The same reply, whose size is told once it is known; of GET and LIST alone.</summary>
    public Reply Sized(Reply reply)
    {
        if (kind.Verb is not ("GET" or "LIST") || reply.IsLasting) return reply;
        var sizes = _sizes ??= metrics.Sizes.WithLabels(kind.Values()[..7]);
        if (reply.Chunks is { } chunks) return reply with { Chunks = output => Count(chunks, output, sizes) };
        sizes.Observe(reply.Compressed?.Length ?? (reply.Forwarded?.Body ?? reply.Body).Length);
        return reply;
    }

    /// <summary>Counts a request that was refused or given up so that others fare better.</summary>
    public void Terminate(int code) => metrics.Terminations.WithLabels([.. kind.Values()[..7], Text(code)]).Inc();

    /// <summary>Counts a request whose connection was broken off.</summary>
    public void Abort() => metrics.Aborts.WithLabels(kind.Values()[1..7]).Inc();

    /// <summary>Notes that something deprecated was asked for. None of what is served has a release that it is gone from.</summary>
    public void NoteDeprecated() => metrics.Deprecated.WithLabels(kind.Group, kind.Version, kind.Resource, kind.Subresource, "").Set(1);

    private static IEnumerable<int> Count(ChunkedBody chunks, System.Buffers.IBufferWriter<byte> output, Histogram.Child sizes)
    {
        var counting = new CountingWriter(output);
        foreach (var piece in chunks(counting)) yield return piece;
        sizes.Observe(counting.Count);
    }

    private Counter.Child Count(int code) => metrics.Total.WithLabels([.. kind.Values(), Text(code)]);

    private static string Text(int code) => code.ToString(CultureInfo.InvariantCulture);
}
