namespace Slipway.Node.Pods;

/// <summary>
/// The delay before a container is started again: none for the first time, then 10 s, doubled up to 5 min, and forgotten
/// after 10 min without a failure.
/// </summary>
/// <param name="Delay">Delay after the next end.</param>
/// <param name="Since">When the delay was set.</param>
internal readonly record struct RestartBackOff(TimeSpan Delay, DateTimeOffset Since)
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>When something that failed or ended at a time may be tried again.</summary>
    public DateTimeOffset NextAt(DateTimeOffset ended) => IsExpired(ended) ? ended : ended + Delay;

    /// <summary>The back-off after one more try, made because of what ended at <paramref name="ended"/>.</summary>
    public RestartBackOff Next(DateTimeOffset ended, DateTimeOffset now) => Delay == default || IsExpired(ended)
        ? new(First, now)
        : new(TimeSpan.FromTicks(Math.Min(Delay.Ticks * 2, Longest.Ticks)), now);

    /// <summary>The back-off of something that has been tried again this often, where nothing else is known.</summary>
    public static RestartBackOff AfterTries(int tries, DateTimeOffset now)
    {
        var backOff = new RestartBackOff();
        for (var i = 0; i < Math.Min(tries, 6); i++)
            backOff = backOff.Next(now, now);
        return backOff;
    }

    private bool IsExpired(DateTimeOffset at) => at - Since > 2 * Longest;
}
