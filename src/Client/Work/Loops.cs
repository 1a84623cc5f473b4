namespace Slipway.Client;

/// <summary>Loops that run together.</summary>
public static class Loops
{
    /// <summary>
    /// Runs all until they are cancelled or one of them fails, which ends the others, so that no failure stays unheard. One that
    /// returns ends nothing.
    /// </summary>
    /// <param name="loops">The loops; each is begun on a thread of the pool.</param>
    /// <param name="cancellation">Ends all.</param>
    /// <exception cref="Exception">What a loop has thrown; thrown when all have ended.</exception>
    public static async Task RunAsync(IEnumerable<Func<CancellationToken, Task>> loops, CancellationToken cancellation)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task[] running = [.. loops.Select(loop => Task.Run(() => loop(end.Token), CancellationToken.None))];
        await foreach (var ended in Task.WhenEach(running))
            if (!ended.IsCompletedSuccessfully)
                await end.CancelAsync();
        await Task.WhenAll(running);
    }
}
