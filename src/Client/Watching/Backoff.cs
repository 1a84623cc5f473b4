namespace Slipway.Client;

/// <summary>Exponential back-off with jitter: each delay is between the full step and half of it.</summary>
/// <param name="first">The first step.</param>
/// <param name="limit">No step is longer.</param>
/// <param name="random">Source of the jitter.</param>
internal sealed class Backoff(TimeSpan first, TimeSpan limit, Random random)
{
    private int _failures;

    public static TimeSpan Step(TimeSpan first, TimeSpan limit, int failures)
    {
        // Beyond 2^30 the limit has long been reached.
        var factor = 1L << Math.Min(failures, 30);
        var ticks = Math.Min((double)first.Ticks * factor, limit.Ticks);
        return TimeSpan.FromTicks((long)ticks);
    }

    public static TimeSpan WithJitter(TimeSpan step, Random random) => step * (1 - random.NextDouble() / 2);

    public TimeSpan Next() => WithJitter(Step(first, limit, _failures++), random);

    public void Reset() => _failures = 0;
}
