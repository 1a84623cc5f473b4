namespace Slipway.Flows;

/// <summary>What controllers begin and end while they run, so that no worker waits for it. There is nothing before it is needed.</summary>
/// <param name="clock">The clock of the wait for the end.</param>
internal sealed class BackgroundWork(TimeProvider clock)
{
    private readonly Lock gate = new();
    private readonly HashSet<Running> running = [];
    private bool isEnding;

    /// <summary>Work that was begun.</summary>
    public sealed record Running(CancellationTokenSource End, Task Task)
    {
        /// <summary>Whether it is being ended.</summary>
        public bool IsEnding { get; set; }
    }

    /// <summary>Ends all of it when cancelled, and returns when it has ended.</summary>
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

    /// <summary>Begins something; null if all is being ended. What is begun is to be ended, even if it has by itself.</summary>
    public Running? Begin(Func<CancellationToken, Task> work)
    {
        lock (gate)
        {
            if (isEnding)
                return null;
            var end = new CancellationTokenSource();
            var one = new Running(end, Task.Run(() => work(end.Token), CancellationToken.None));
            running.Add(one);
            return one;
        }
    }

    /// <summary>Ends something, and returns when it has ended.</summary>
    public async Task EndAsync(Running one)
    {
        bool isFirst;
        lock (gate)
            (isFirst, one.IsEnding) = (!one.IsEnding, true);
        if (isFirst)
            await one.End.CancelAsync();
        await one.Task;
        if (!isFirst)
            return;
        lock (gate)
            running.Remove(one);
        one.End.Dispose();
    }
}
