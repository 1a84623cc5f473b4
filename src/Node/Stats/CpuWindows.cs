namespace Slipway.Node.Stats;

/// <summary>Processor time that each of many had taken at a moment, in nanoseconds.</summary>
internal sealed record CpuSample(DateTimeOffset At, IReadOnlyDictionary<string, long> Nanos);

/// <summary>How much of the processors something uses, in billionths of one, and over which time that was measured.</summary>
internal readonly record struct CpuRate(long NanoCores, TimeSpan Window)
{
    public static CpuRate Of(long nanos, TimeSpan time) => new((long)(nanos / time.TotalSeconds), time);
}

/// <summary>
/// How much of the processors something uses, which takes two moments. Samples are taken when somebody asks, and the last two
/// that lie some time apart are kept to compare with; so nothing runs while nobody asks.
/// </summary>
internal sealed record CpuWindows(CpuSample? Older, CpuSample? Newer)
{
    /// <summary>A shorter time says little: the kernel counts some of it in steps of 10 ms.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>A longer time says little of now.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(10);

    public static readonly CpuWindows None = new(null, null);

    /// <summary>Whether there is something to compare with.</summary>
    public bool Serve(DateTimeOffset now) => Base(now) is not null;

    /// <summary>What is kept after one more sample.</summary>
    public CpuWindows With(CpuSample sample) =>
        Newer is null || sample.At - Newer.At > Longest ? new(null, sample)
        : sample.At - Newer.At >= Apart ? new(Newer, sample)
        : this;

    /// <summary>How much something uses; null when that cannot be told yet.</summary>
    /// <param name="key">What.</param>
    /// <param name="now">The sample of now.</param>
    /// <param name="since">Since when it exists: what began within the window is counted from then on.</param>
    public CpuRate? Rate(string key, CpuSample now, DateTimeOffset since)
    {
        if (!now.Nanos.TryGetValue(key, out var taken))
            return null;
        var from = Base(now.At);
        if (from is not null && from.Nanos.TryGetValue(key, out var before) && before <= taken)
            return CpuRate.Of(taken - before, now.At - from.At);
        return now.At - since >= Shortest && now.At - since <= Longest && (from is null || since >= from.At) ? CpuRate.Of(taken, now.At - since) : null;
    }

    // No longer ago than it must be: who scales by what is used does not count a pod whose window reaches to before it was ready.
    private CpuSample? Base(DateTimeOffset now) => Fits(Newer, now, Apart) ? Newer : Fits(Older, now, Shortest) ? Older : Fits(Newer, now, Shortest) ? Newer : null;

    private static bool Fits(CpuSample? sample, DateTimeOffset now, TimeSpan shortest) => sample is not null && now - sample.At >= shortest && now - sample.At <= Longest;
}
