using System.Runtime.CompilerServices;
using Microsoft.Extensions.Time.Testing;
using Slipway.ApiServer.Tests.Metrics;
using Slipway.Storage;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class StoreTests
{
    [Fact]
    public async Task A_full_disk_refuses_writes_and_lets_reads_go_on()
    {
        await using var inner = new MemoryStore();
        var store = new FillableStore(inner);
        await using var api = await TestApi.StartAsync(store: store);
        (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        store.IsFull = true;
        var refused = (await api.PostAsync(ConfigMaps, ConfigMap("b"))).Expect(507);
        Assert.StartsWith("no space left", refused["message"], StringComparison.Ordinal);
        Assert.Equal(1, (await MetricsPage.ReadAsync(api)).Sum("etcd_request_errors_total", "operation=\"create\"", "resource=\"configmaps\""));
        Assert.Equal(["a"], (await api.GetAsync(ConfigMaps)).Expect(200).Names);
        store.IsFull = false;
        (await api.PostAsync(ConfigMaps, ConfigMap("b"))).Expect(201);
    }

    [Fact]
    public async Task When_the_watch_of_the_store_breaks_the_caches_start_over_and_watches_are_cut_off()
    {
        var clock = new FakeTimeProvider();
        await using var inner = new MemoryStore();
        var store = new FillableStore(inner);
        await using var api = await TestApi.StartAsync(store: store, clock: clock);
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        // The clock may have to be advanced often until the retry is due.
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=true&timeoutSeconds=86400");
        store.BreakWatch = true;
        (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        while (store.Watches < 2)
        {
            clock.Advance(TimeSpan.FromSeconds(0.1));
            await Task.Yield();
        }
        Assert.Equal(["a"], (await api.GetAsync(ConfigMaps)).Expect(200).Names);
        (await api.PostAsync(CronTabs, CronTab("c"))).Expect(201);
        var error = await watch.NextAsync();
        Assert.Equal("ERROR", error!.Type);
    }

    private sealed class FillableStore(IStore inner) : IStore
    {
        public bool IsFull { get; set; }
        public long Revision => inner.Revision;
        public long CompactedRevision => inner.CompactedRevision;
        public ValueTask<long> GetRevisionAsync(CancellationToken cancellation) => inner.GetRevisionAsync(cancellation);
        public ValueTask<long> GetCompactedRevisionAsync(CancellationToken cancellation) => inner.GetCompactedRevisionAsync(cancellation);
        public ValueTask<long?> GetSizeAsync(CancellationToken cancellation) => inner.GetSizeAsync(cancellation);
        public ValueTask<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation) =>
            IsFull ? throw new StoreFullException("database or disk is full", new IOException()) : inner.CommitAsync(write, cancellation);
        public ValueTask<StoreRecord?> GetAsync(string key, CancellationToken cancellation) => inner.GetAsync(key, cancellation);
        public ValueTask<StorePage> ListAsync(string prefix, string? after, int limit, long revision, CancellationToken cancellation) => inner.ListAsync(prefix, after, limit, revision, cancellation);
        public bool BreakWatch { get; set; }
        public int Watches { get; private set; }

        public async IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, [EnumeratorCancellation] CancellationToken cancellation)
        {
            Watches++;
            await foreach (var batch in inner.WatchAsync(prefix, afterRevision, cancellation))
            {
                if (BreakWatch)
                {
                    BreakWatch = false;
                    throw new IOException("the store is gone");
                }
                yield return batch;
            }
        }

        public ValueTask CompactAsync(long revision, CancellationToken cancellation) => inner.CompactAsync(revision, cancellation);
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
