namespace EndToEnd.Tests;

/// <summary>Asks again and again whether something is so, since what a cluster does is seen only from outside.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until something is so; a failure that names it when it is not so in time.</summary>
    public static async Task UntilAsync(string what, TimeSpan patience, Func<Task<bool>> condition) =>
        Assert.True(await IsSoWithinAsync(patience, condition), $"not so after {patience.TotalSeconds:0} s: {what}");

    /// <summary>Whether something becomes so in time.</summary>
    public static async Task<bool> IsSoWithinAsync(TimeSpan patience, Func<Task<bool>> condition)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            if (TimeProvider.System.GetElapsedTime(began) >= patience)
                return false;
            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        return true;
    }
}
