namespace Slipway.Flows;

/// <summary>Loops that triggers begin and end while the controllers run. There is none before a trigger needs it.</summary>
/// <param name="clock">The clock of the wait for the end.</param>
internal sealed class TriggerLoops(TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly HashSet<Running> running = [];
    private bool isEnding;

    /// <summary>A loop that was begun.</summary>
    public sealed record Running(CancellationTokenSource End, Task Task);

    /// <summary>Ends all loops when cancelled, and returns when they have ended.</summary>
    public async Task RunAsync(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, clock, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        List<Running> all;
        lock (gate)
        {
            isEnding = true;
            all = [.. running];
        }

        await Task.WhenAll(all.Select(EndAsync));
    }

    /// <summary>Begins a loop; null if all are being ended.</summary>
    public Running? Begin(Func<CancellationToken, Task> loop)
    {
        lock (gate)
        {
            if (isEnding)
                return null;
            var end = new CancellationTokenSource();
            var one = new Running(end, Task.Run(() => loop(end.Token), CancellationToken.None));
            running.Add(one);
            return one;
        }
    }

    /// <summary>Ends a loop, and returns when it has ended.</summary>
    public async Task EndAsync(Running one)
    {
        bool isFirst;
        lock (gate)
            isFirst = running.Remove(one);
        if (isFirst)
            await one.End.CancelAsync();
        await one.Task;
        if (isFirst)
            one.End.Dispose();
    }
}
