namespace Slipway.Node.Devices;

/// <summary>Keeps those apart who work on the same claims. All claims of one are asked for at once, so that nobody waits for who waits for them.</summary>
internal sealed class ClaimLocks
{
    private readonly Lock _gate = new();
    // By claim: when the last of those who have asked for it is done.
    private readonly Dictionary<string, Task> _last = new(StringComparer.Ordinal);

    /// <summary>Waits until all who asked before for one of some claims are done.</summary>
    /// <param name="claims">UIDs of the claims.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What is disposed of when this work is done.</returns>
    public async Task<IDisposable> TakeAsync(IReadOnlyCollection<string> claims, CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var taken = new Taken(this, claims, done);
        Task before;
        lock (_gate)
        {
            before = Task.WhenAll(claims.Select(claim => _last.GetValueOrDefault(claim, Task.CompletedTask)).ToList());
            foreach (var claim in claims)
                _last[claim] = done.Task;
        }
        try
        {
            await before.WaitAsync(cancellation);
            return taken;
        }
        catch (OperationCanceledException)
        {
            // Whoever comes next still waits for those before.
            _ = before.ContinueWith(_ => taken.Dispose(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            throw;
        }
    }

    private sealed class Taken(ClaimLocks locks, IReadOnlyCollection<string> claims, TaskCompletionSource done) : IDisposable
    {
        public void Dispose()
        {
            lock (locks._gate)
                foreach (var claim in claims)
                    if (locks._last.TryGetValue(claim, out var last) && last == done.Task)
                        locks._last.Remove(claim);
            done.TrySetResult();
        }
    }
}
