namespace Slipway.Client;

/// <summary>
/// Keeps events within bounds, as client-go's event correlator does with its usual settings: reports of one object that differ in
/// nothing but what they say, and of which part of it, become one event when they are many, and of one object no more than some are written
/// at once.
/// </summary>
internal sealed class EventBounds
{
    /// <summary>What the message of a combined event begins with.</summary>
    public const string Combined = "(combined from similar events): ";

    private const int ManyAlike = 10;
    private const int AtOnce = 25;
    private const int Remembered = 4096;
    private static readonly TimeSpan Together = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan OneMoreEach = TimeSpan.FromMinutes(5);

    private readonly Recent<EventReport, Sayings> _sayings = new(Remembered);
    private readonly Recent<EventSubject, Allowance> _allowances = new(Remembered);

    /// <summary>What a report is counted as: itself, or one for all that are like it.</summary>
    public EventReport Group(EventReport report, DateTimeOffset now)
    {
        var alike = report.Alike;
        var said = _sayings.Find(alike) is { } known && now - known.Last <= Together ? known.Messages : [];
        if (said.Contains(report.Message))
        {
            _sayings.Set(alike, new(said, now));
            return report;
        }
        var isOneOfMany = said.Count + 1 >= ManyAlike;
        // The oldest makes room, so that the next new one is one of many as well.
        _sayings.Set(alike, new([.. isOneOfMany ? said.Skip(1) : said, report.Message], now));
        return isOneOfMany ? alike : report;
    }

    /// <summary>Whether one more event of an object may be written now, which counts it.</summary>
    public bool Allow(EventSubject about, DateTimeOffset now)
    {
        var most = AtOnce * OneMoreEach;
        var saved = _allowances.Find(about) is { } known ? known.Saved + (now - known.At) : most;
        if (saved > most)
            saved = most;
        var isAllowed = saved >= OneMoreEach;
        _allowances.Set(about, new(isAllowed ? saved - OneMoreEach : saved, now));
        return isAllowed;
    }

    private sealed record Sayings(IReadOnlyList<string> Messages, DateTimeOffset Last);

    /// <summary>What may still be written.</summary>
    /// <param name="Saved">Time that is not used up: each event takes <see cref="OneMoreEach"/> of it.</param>
    /// <param name="At">When that was so.</param>
    private sealed record Allowance(TimeSpan Saved, DateTimeOffset At);
}
