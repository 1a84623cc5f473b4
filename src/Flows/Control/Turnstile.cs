namespace Slipway.Flows;

/// <summary>Lets one at a time through, in the order in which they come.</summary>
internal sealed class Turnstile
{
    private readonly Lock gate = new();
    private Task last = Task.CompletedTask;

    /// <summary>Does something when all who came before are through, whatever became of it.</summary>
    public Task<T> PassAsync<T>(Func<Task<T>> act)
    {
        lock (gate)
        {
            var turn = AfterAsync(last, act);
            last = turn;
            return turn;
        }
    }

    private static async Task<T> AfterAsync<T>(Task before, Func<Task<T>> act)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ForceYielding);
        return await act();
    }
}
