namespace Slipway.Controllers;

/// <summary>How long no pod is created after failures: 10 s, doubling with each, up to 10 minutes.</summary>
internal static class JobBackoff
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(10);

    /// <summary>What is left of it for a whole Job, by its failures since the last success; null when nothing is.</summary>
    public static TimeSpan? Left(IEnumerable<PodView> pods, DateTime now)
    {
        var lastSuccess = DateTime.MinValue;
        var failures = new List<DateTime>();
        foreach (var pod in pods)
            if (pod.HasSucceeded)
                lastSuccess = lastSuccess > pod.EndTime ? lastSuccess : pod.EndTime;
            else if (pod.HasFailed)
                failures.Add(pod.EndTime);
        failures.RemoveAll(time => time <= lastSuccess);
        return failures.Count == 0 ? null : Left(failures.Count, failures.Max(), now);
    }

    /// <summary>What is left of it after so many failures, at least one; null when nothing is.</summary>
    public static TimeSpan? Left(long failures, DateTime lastFailure, DateTime now)
    {
        var backoff = TimeSpan.FromTicks((long)Math.Min(First.Ticks * Math.Pow(2, Math.Min(failures - 1, 20)), Longest.Ticks));
        var left = lastFailure + backoff - now;
        return left > TimeSpan.Zero ? left : null;
    }
}
