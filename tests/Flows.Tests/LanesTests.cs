namespace Slipway.Flows.Tests;

public sealed class LanesTests
{
    private readonly Lanes<string> lanes = new(2);

    [Fact]
    public async Task Some_pass_at_a_time_for_each_key_whoever_passes_for_others()
    {
        var (a1, a2, a3, b) = (new TaskCompletionSource<int>(), new TaskCompletionSource<int>(), new TaskCompletionSource<int>(), new TaskCompletionSource<int>());
        var begun = new List<string>();
        var passing = new[] { PassAsync("a", "a1", a1), PassAsync("a", "a2", a2), PassAsync("a", "a3", a3), PassAsync("b", "b", b) };
        Assert.Equal(["a1", "a2", "b"], begun);
        a2.SetResult(2);
        Assert.Equal(2, await passing[1]);
        a3.SetResult(3);
        Assert.Equal(3, await passing[2]);
        Assert.Equal(["a1", "a2", "b", "a3"], begun);
        a1.SetException(new IOException("down"));
        await Assert.ThrowsAsync<IOException>(() => passing[0]);
        Assert.Equal(7, await lanes.PassAsync("a", () => Task.FromResult(7), CancellationToken.None));
        b.SetResult(1);
        await passing[3];

        Task<int> PassAsync(string key, string what, TaskCompletionSource<int> end) => lanes.PassAsync(
            key,
            () =>
            {
                lock (begun)
                    begun.Add(what);
                return end.Task;
            },
            CancellationToken.None);
    }

    [Fact]
    public async Task Who_gives_up_waiting_takes_no_room()
    {
        using var stop = new CancellationTokenSource();
        var held = new TaskCompletionSource<int>();
        var holding = new[] { lanes.PassAsync("a", () => held.Task, CancellationToken.None), lanes.PassAsync("a", () => held.Task, CancellationToken.None) };
        var waiting = lanes.PassAsync("a", () => Task.FromResult(1), stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        held.SetResult(0);
        await Task.WhenAll(holding);
        Assert.Equal(1, await lanes.PassAsync("a", () => Task.FromResult(1), CancellationToken.None));
    }
}
