using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.Testing;

namespace Slipway.Client.Tests.Leadership;

/// <summary>Candidates at a real API server, as the scheduler, which its roles let at its lease alone.</summary>
public sealed class LeaderElectionTests : IAsyncLifetime
{
    private const string Lease = "kube-scheduler";
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    private readonly ConcurrentQueue<string> _story = [];
    private int _acting;
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task One_of_several_acts_and_when_it_stops_the_next_one_does_at_once()
    {
        var running = Enumerable.Range(0, 3).ToDictionary(i => $"c{i}", i => Run($"c{i}", Api()));
        for (var i = 0; i < 3; i++)
        {
            await UntilAsync(() => _story.Count == (2 * i) + 1);
            var leader = _story.Last().Split(' ')[0];
            Assert.Equal(leader, await HolderAsync());
            var since = _cluster.Clock.GetUtcNow();
            await running[leader].DisposeAsync();
            Assert.Equal($"{leader} stops", _story.Last());
            if (i < 2) await UntilAsync(() => _story.Count == (2 * i) + 3);
            Assert.True(_cluster.Clock.GetUtcNow() - since < LeaderElection.LeaseDuration, "what is given back is not waited for");
        }
        Assert.Equal("", await HolderAsync());
        Assert.Equal(3, _story.Count(line => line.EndsWith("acts", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_leader_that_reaches_nobody_stops_before_another_acts()
    {
        var line = new Line(Api());
        Run("cut", line);
        await UntilAsync(() => !_story.IsEmpty);
        Run("other", Api());
        await Task.WhenAll(UntilAsync(() => line.Calls > 10));   // renewed for a while: the other waits
        Assert.Equal(["cut acts"], _story);
        line.IsCut = true;
        await UntilAsync(() => _story.Count == 3);
        Assert.Equal(["cut acts", "cut stops", "other acts"], _story);
        Assert.Equal("other", await HolderAsync());
        line.IsCut = false;   // it comes back as one that waits
        var calls = line.Calls;
        await UntilAsync(() => line.Calls > calls + 5);
        Assert.Equal(3, _story.Count);
    }

    [Fact]
    public async Task One_that_was_killed_goes_on_at_once_under_its_old_name()
    {
        var line = new Line(Api());
        var killed = Run("a", line);
        await UntilAsync(() => !_story.IsEmpty);
        line.IsCut = true;   // it dies without a word
        await killed.DisposeAsync();
        Assert.Equal("a", await HolderAsync());
        var since = _cluster.Clock.GetUtcNow();
        Run("a", Api());
        await UntilAsync(() => _story.Count == 3);
        Assert.True(_cluster.Clock.GetUtcNow() - since < LeaderElection.RetryPeriod);
    }

    [Fact]
    public async Task What_does_not_stop_ends_the_process()
    {
        var line = new Line(Api());
        var stop = new TaskCompletionSource();
        var election = Election("a", line).RunAsync(_ => { line.IsCut = true; return stop.Task; }, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<TimeoutException>(() => _cluster.WhileTimePassesAsync(WithResult(election), Step));
        stop.SetResult();
    }

    [Fact]
    public async Task What_fails_while_it_acts_is_told_and_the_lease_is_free()
    {
        var election = Election("a", Api()).RunAsync(_ => throw new InvalidOperationException("lost"), TestContext.Current.CancellationToken);
        Assert.Equal("lost", (await Assert.ThrowsAsync<InvalidOperationException>(() => _cluster.WhileTimePassesAsync(WithResult(election), Step))).Message);
        Assert.Equal("", await HolderAsync());
    }

    [Fact]
    public async Task The_lease_may_lie_in_any_namespace()
    {
        var election = new LeaderElection(_cluster.Admin, "mine", "a", _cluster.Clock, new Random(1), NullLogger.Instance, "default");
        await using var running = _cluster.Run(cancellation => election.RunAsync(reign => Task.Delay(Timeout.InfiniteTimeSpan, _cluster.Clock, reign), cancellation));
        await _cluster.WaitAsync(Kinds.Leases, "default", "mine", lease => lease?.Spec.HolderIdentity == "a");
    }

    private IApi Api() => _cluster.As("system:kube-scheduler");

    private LeaderElection Election(string candidate, IApi api) => new(api, Lease, candidate, _cluster.Clock, new Random(candidate[^1]), NullLogger.Instance);

    private IAsyncDisposable Run(string candidate, IApi api) => _cluster.Run(cancellation => Election(candidate, api).RunAsync(async reign =>
    {
        Assert.Equal(1, Interlocked.Increment(ref _acting));
        _story.Enqueue($"{candidate} acts");
        await Task.Delay(Timeout.InfiniteTimeSpan, _cluster.Clock, reign).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _story.Enqueue($"{candidate} stops");
        Interlocked.Decrement(ref _acting);
    }, cancellation));

    private async Task<string?> HolderAsync() => (await _cluster.Admin.GetAsync(Kinds.Leases, "kube-system", Lease))?.Spec.HolderIdentity;

    private Task UntilAsync(Func<bool> condition) => _cluster.WhileTimePassesAsync(WithResult(HappensAsync(condition)).WaitAsync(TestCluster.Patience), Step);

    private static async Task HappensAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!condition() && await timer.WaitForNextTickAsync()) { }
    }

    private static async Task<bool> WithResult(Task task)
    {
        await task;
        return true;
    }

    /// <summary>A way to the API that can be cut.</summary>
    private sealed class Line(IApi api) : IApi
    {
        private int _calls;

        public bool IsCut { get; set; }

        public int Calls => Volatile.Read(ref _calls);

        public ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            Interlocked.Increment(ref _calls);
            return IsCut ? throw new IOException("no route") : api.SendAsync(request, cancellation);
        }
    }
}
