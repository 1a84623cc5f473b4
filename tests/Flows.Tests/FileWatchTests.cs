using Microsoft.Extensions.Time.Testing;
using Slipway.Api;
using Slipway.Testing;

namespace Slipway.Flows.Tests;

public sealed class FileWatchTests
{
    private static readonly DateTimeOffset Begin = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_is_settled_long_ago_is_not_looked_at_any_more_and_what_is_pending_stays()
    {
        var clock = new FakeTimeProvider(Begin);
        var bucket = new OneFile(clock);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(TestCluster.Patience);
        var watch = new FileWatch(bucket, new ObjectKey("default", "f"), Begin.UtcDateTime, _ => { }, clock);
        var looking = watch.RunAsync(end.Token);
        while (bucket.Since < OneFile.File.Changed.AddHours(1).UtcDateTime)
        {
            end.Token.ThrowIfCancellationRequested();
            clock.Advance(TimeSpan.FromMinutes(5));
            await Task.Yield();
        }

        Assert.Equal(OneFile.File, watch.Peek());
        watch.Dequeue();
        Assert.Null(watch.Peek());
        await end.CancelAsync();
        await looking;
        Assert.True(bucket.WasAtBegin);
    }

    /// <summary>A place with one file, which is there from the beginning on.</summary>
    private sealed class OneFile(TimeProvider clock) : IArrivals
    {
        public static readonly FileState File = new("a", 1, Begin, Begin);

        private long since;
        private volatile bool wasAtBegin;

        public TimeSpan Every => TimeSpan.FromMinutes(1);

        public TimeSpan Late => TimeSpan.FromHours(3);

        public DateTime Since => new(Volatile.Read(ref since), DateTimeKind.Utc);

        public bool WasAtBegin => wasAtBegin;

        public ValueTask<IReadOnlyList<FileState>> LookAsync(DateTime from, Action<string> late, CancellationToken cancellation)
        {
            Assert.True(from == Begin.UtcDateTime || from < clock.GetUtcNow().UtcDateTime - Late, "what may still come late is looked at");
            wasAtBegin |= from == Begin.UtcDateTime;
            Volatile.Write(ref since, from.Ticks);
            return ValueTask.FromResult<IReadOnlyList<FileState>>(File.Changed >= from ? [File] : []);
        }

        public void Dispose()
        {
        }

        public TriggerEvent ToEvent(FileState file) => throw new NotSupportedException("nothing starts here");
    }
}
