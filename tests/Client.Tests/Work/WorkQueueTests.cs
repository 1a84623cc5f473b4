using Microsoft.Extensions.Time.Testing;

namespace Slipway.Client.Tests.Work;

public sealed class WorkQueueTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly WorkQueue<string> _queue;

    public WorkQueueTests() => _queue = new(_clock, new Random(1));

    public void Dispose() => _queue.Dispose();

    [Fact]
    public async Task A_key_waits_once()
    {
        _queue.Add("a");
        _queue.Add("b");
        _queue.Add("a");
        Assert.Equal(2, _queue.Count);
        Assert.Equal("a", await TakeAsync());
        Assert.Equal("b", await TakeAsync());
    }

    [Fact]
    public async Task A_key_in_work_is_handed_out_again_only_when_it_is_done()
    {
        _queue.Add("a");
        await TakeAsync();
        _queue.Add("a");
        _queue.Add("a");
        Assert.Equal(0, _queue.Count);
        _queue.Done("a");
        Assert.Equal(1, _queue.Count);
        Assert.Equal("a", await TakeAsync());
        _queue.Done("a");
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public async Task A_taker_waits_for_a_key()
    {
        var take = TakeAsync();
        Assert.False(take.IsCompleted);
        _queue.Add("a");
        Assert.Equal("a", await take);
    }

    [Fact]
    public void Of_several_delays_the_earliest_counts()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(10));
        _queue.AddAfter("a", TimeSpan.FromSeconds(3));
        _queue.AddAfter("a", TimeSpan.FromSeconds(5));
        _queue.AddAfter("b", TimeSpan.FromSeconds(4));
        _clock.Advance(TimeSpan.FromSeconds(2.9));
        Assert.Equal(0, _queue.Count);
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, _queue.Count);
        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(2, _queue.Count);
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(2, _queue.Count);
    }

    [Fact]
    public void Failures_double_the_delay_up_to_a_limit()
    {
        TimeSpan delay = default;
        for (var step = TimeSpan.FromMilliseconds(10); step < TimeSpan.FromMinutes(5); step *= 2)
        {
            delay = _queue.AddFailed("a");
            Assert.InRange(delay, step / 2, step);
        }
        for (var i = 0; i < 100; i++)
            Assert.InRange(_queue.AddFailed("a"), TimeSpan.FromMinutes(2.5), TimeSpan.FromMinutes(5));
        _queue.Forget("a");
        Assert.InRange(_queue.AddFailed("a"), TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public void After_its_end_late_keys_are_ignored()
    {
        _queue.AddAfter("a", TimeSpan.FromSeconds(1));
        _queue.Dispose();
        _queue.Add("b");
        _queue.AddAfter("c", TimeSpan.FromSeconds(1));
        _queue.Done("d");
        _clock.Advance(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task No_key_is_ever_in_two_hands()
    {
        using var done = new CancellationTokenSource();
        var inWork = new int[10];
        var worked = new int[10];
        using var queue = new WorkQueue<int>(_clock);
        var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    var key = await queue.TakeAsync(done.Token);
                    Assert.Equal(1, Interlocked.Increment(ref inWork[key]));
                    await Task.Yield();
                    Interlocked.Increment(ref worked[key]);
                    Interlocked.Decrement(ref inWork[key]);
                    queue.Done(key);
                }
            }
            catch (OperationCanceledException)
            {
            }
        })).ToArray();
        for (var i = 0; i < 10_000; i++)
            queue.Add(i % 10);
        var before = worked.ToArray();
        queue.Add(3);
        while (queue.Count > 0 || worked[3] == before[3])
            await Task.Yield();
        await done.CancelAsync();
        await Task.WhenAll(workers);
        Assert.All(worked, count => Assert.True(count > 0));
    }

    private Task<string> TakeAsync() => _queue.TakeAsync(TestContext.Current.CancellationToken).AsTask();
}
