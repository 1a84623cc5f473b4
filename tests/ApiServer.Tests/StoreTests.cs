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
        Assert.Equal(["a"], (await api.GetAsync(ConfigMaps)).Expect(200).Names);
        store.IsFull = false;
        (await api.PostAsync(ConfigMaps, ConfigMap("b"))).Expect(201);
    }

    private sealed class FillableStore(IStore inner) : IStore
    {
        public bool IsFull { get; set; }
        public long Revision => inner.Revision;
        public long CompactedRevision => inner.CompactedRevision;
        public ValueTask<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation) =>
            IsFull ? throw new StoreFullException("database or disk is full", new IOException()) : inner.CommitAsync(write, cancellation);
        public ValueTask<StoreRecord?> GetAsync(string key, CancellationToken cancellation) => inner.GetAsync(key, cancellation);
        public ValueTask<StorePage> ListAsync(string prefix, string? after, int limit, long revision, CancellationToken cancellation) => inner.ListAsync(prefix, after, limit, revision, cancellation);
        public IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, CancellationToken cancellation) => inner.WatchAsync(prefix, afterRevision, cancellation);
        public ValueTask CompactAsync(long revision, CancellationToken cancellation) => inner.CompactAsync(revision, cancellation);
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
