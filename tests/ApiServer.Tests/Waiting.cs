namespace Slipway.ApiServer.Tests;

/// <summary>Asks again and again whether something is so, since what a server does beside its answers is seen only from outside.</summary>
internal static class Waiting
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits until something is so; an <see cref="OperationCanceledException"/> when it is not so in time.</summary>
    public static async Task UntilAsync(TimeSpan patience, Func<Task<bool>> condition)
    {
        using var end = new CancellationTokenSource(patience);
        while (!await condition()) await Task.Delay(Pause, TimeProvider.System, end.Token);
    }
}
