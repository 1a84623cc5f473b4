namespace EndToEnd.Tests;

/// <summary>Asks again and again whether something is so, since what a cluster does is seen only from outside.</summary>
internal static class Waiting
{
    private static readonly TimeSpan LeastPause = TimeSpan.FromMilliseconds(100), LongestPause = TimeSpan.FromSeconds(2);

    /// <summary>Waits until something is so; a failure that names it when it is not so in time.</summary>
    public static async Task UntilAsync(string what, TimeSpan patience, Func<Task<bool>> condition) =>
        Assert.True(await IsSoWithinAsync(patience, condition), $"not so after {patience.TotalSeconds:0} s: {what}");

    /// <summary>Whether something becomes so in time.</summary>
    public static async Task<bool> IsSoWithinAsync(TimeSpan patience, Func<Task<bool>> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var asked = TimeProvider.System.GetTimestamp();
            if (await condition())
                return true;
            if (TimeProvider.System.GetElapsedTime(began) >= patience)
                return false;
            // Who asks is a process or several each time: they must not be the load that keeps a busy machine from getting there.
            var pause = 3 * TimeProvider.System.GetElapsedTime(asked);
            await Task.Delay(pause < LeastPause ? LeastPause : pause > LongestPause ? LongestPause : pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
