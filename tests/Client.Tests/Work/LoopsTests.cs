namespace Slipway.Client.Tests.Work;

public sealed class LoopsTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task One_that_fails_ends_the_others_and_is_told_of()
    {
        var others = 0;
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => Loops.RunAsync([UntilEndedAsync, FailAsync, UntilEndedAsync], CancellationToken.None).WaitAsync(Patience));
        Assert.Equal(("a defect", 2), (failure.Message, others));

        async Task UntilEndedAsync(CancellationToken end)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Interlocked.Increment(ref others);
        }

        static async Task FailAsync(CancellationToken end)
        {
            await Task.Yield();
            throw new InvalidOperationException("a defect");
        }
    }

    [Fact]
    public async Task One_that_returns_ends_nothing_and_cancelling_ends_all()
    {
        using var stop = new CancellationTokenSource();
        var returned = new TaskCompletionSource();
        var running = Loops.RunAsync([_ => returned.Task, end => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end)], stop.Token);
        returned.SetResult();
        await Task.Yield();
        Assert.False(running.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running.WaitAsync(Patience));
    }

    [Fact]
    public async Task One_that_gives_up_without_being_told_to_ends_the_others_too() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Loops.RunAsync(
            [_ => Task.FromCanceled(new CancellationToken(true)), end => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, end)], CancellationToken.None).WaitAsync(Patience));
}
