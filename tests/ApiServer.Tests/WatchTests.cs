using Microsoft.Extensions.Time.Testing;
using Slipway.Storage;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class WatchTests
{
    [Fact]
    public async Task A_watch_from_a_version_shows_what_happened_since_and_what_happens()
    {
        await using var api = await TestApi.StartAsync();
        var a = await api.PostAsync(ConfigMaps, ConfigMap("a"));
        await api.PostAsync(ConfigMaps, ConfigMap("b"));
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={a.Version}");
        Assert.Equal("ADDED b", await watch.NextTextAsync());
        var changed = await api.MergeAsync($"{ConfigMaps}/a", """{"data":{"k":"v"}}""");
        var modified = (await watch.NextAsync())!;
        Assert.Equal("MODIFIED a", modified.ToString());
        Assert.Equal(changed.Body, modified.Object.ToJsonString());
        await api.DeleteAsync($"{ConfigMaps}/a");
        var deleted = (await watch.NextAsync())!;
        Assert.Equal("DELETED a", deleted.ToString());
        Assert.True(long.Parse(deleted.Version) > long.Parse(changed.Version), "a deletion has the revision of the deletion");
    }

    [Theory]
    [InlineData("")]
    [InlineData("&resourceVersion=0")]
    public async Task Without_a_version_a_watch_begins_with_what_exists(string query)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        await api.GetAsync(ConfigMaps);   // the caches have it
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=1{query}");
        Assert.Equal("ADDED a", await watch.NextTextAsync());
        await api.PostAsync(ConfigMaps, ConfigMap("b"));
        Assert.Equal("ADDED b", await watch.NextTextAsync());
    }

    [Fact]
    public async Task Initial_events_end_with_an_annotated_bookmark()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        var last = await api.PostAsync(ConfigMaps, ConfigMap("b"));
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
        Assert.Equal("ADDED a", await watch.NextTextAsync());
        Assert.Equal("ADDED b", await watch.NextTextAsync());
        var end = (await watch.NextAsync())!;
        Assert.Equal("BOOKMARK", end.Type);
        Assert.Equal("true", end.Object["metadata"]!["annotations"]!["k8s.io/initial-events-end"]!.ToString());
        Assert.True(long.Parse(end.Version) >= long.Parse(last.Version));
        Assert.Equal("ConfigMap", end.Object["kind"]!.ToString());
    }

    [Fact]
    public async Task An_object_that_enters_or_leaves_the_selector_is_added_or_deleted()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=true&labelSelector=x%3Dy");
        await api.MergeAsync($"{ConfigMaps}/a", """{"metadata":{"labels":{"x":"y"}}}""");
        Assert.Equal("ADDED a", await watch.NextTextAsync());
        await api.MergeAsync($"{ConfigMaps}/a", """{"data":{"k":"v"}}""");
        Assert.Equal("MODIFIED a", await watch.NextTextAsync());
        var left = await api.MergeAsync($"{ConfigMaps}/a", """{"metadata":{"labels":{"x":"z"}}}""");
        var deleted = (await watch.NextAsync())!;
        Assert.Equal("DELETED a", deleted.ToString());
        Assert.Equal("y", deleted.Object["metadata"]!["labels"]!["x"]!.ToString());
        Assert.Equal(left.Version, deleted.Version);
    }

    [Fact]
    public async Task A_watch_is_of_one_namespace_one_name_or_one_field()
    {
        await using var api = await TestApi.StartAsync();
        await using var other = await api.WatchAsync("/api/v1/namespaces/kube-system/pods?watch=true");
        await using var named = await api.WatchAsync($"{Pods}?watch=true&fieldSelector=metadata.name%3Db");
        await using var onNode = await api.WatchAsync("/api/v1/pods?watch=true&fieldSelector=spec.nodeName%3Dn");
        await api.PostAsync(Pods, Pod("a", ",\"nodeName\":\"n\""));
        await api.PostAsync(Pods, Pod("b"));
        await api.PostAsync("/api/v1/namespaces/kube-system/pods", Pod("c"));
        Assert.Equal("ADDED c", await other.NextTextAsync());
        Assert.Equal("ADDED b", await named.NextTextAsync());
        Assert.Equal("ADDED a", await onNode.NextTextAsync());
        await api.PostAsync($"{Pods}/b/binding", """{"target":{"kind":"Node","name":"n"}}""");
        Assert.Equal("ADDED b", await onNode.NextTextAsync());
    }

    [Fact]
    public async Task Bookmarks_come_while_nothing_happens()
    {
        var clock = new FakeTimeProvider();
        await using var api = await TestApi.StartAsync(clock: clock);
        var a = await api.PostAsync(ConfigMaps, ConfigMap("a"));
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=true&allowWatchBookmarks=true&resourceVersion={a.Version}");
        await api.PostAsync(Pods, Pod("p"));
        await api.GetAsync(Pods);   // the caches have come that far
        clock.Advance(TimeSpan.FromMinutes(1));
        var bookmark = (await watch.NextAsync())!;
        Assert.Equal("BOOKMARK", bookmark.Type);
        Assert.True(long.Parse(bookmark.Version) > long.Parse(a.Version), "a bookmark tells how far the whole store has come");
    }

    [Fact]
    public async Task A_watch_ends_when_its_time_is_over()
    {
        var clock = new FakeTimeProvider();
        await using var api = await TestApi.StartAsync(clock: clock);
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=true&timeoutSeconds=5");
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        Assert.Equal("ADDED a", await watch.NextTextAsync());
        clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal("end", await watch.NextTextAsync());
    }

    [Fact]
    public async Task A_watch_from_before_the_start_of_the_server_has_to_list_again()
    {
        await using var store = new MemoryStore();
        string old;
        await using (var api = await TestApi.StartAsync(store: new Undisposed(store)))
        {
            old = (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Version;
            await api.PostAsync(ConfigMaps, ConfigMap("b"));
        }
        await using var again = await TestApi.StartAsync(store: new Undisposed(store));
        Assert.Equal(["a", "b"], (await again.GetAsync(ConfigMaps)).Names);
        await using var watch = await again.WatchAsync($"{ConfigMaps}?watch=true&resourceVersion={old}");
        Assert.Equal(200, watch.StatusCode);
        var error = (await watch.NextAsync())!;
        Assert.Equal("ERROR", error.Type);
        Assert.Equal("Expired", error.Object["reason"]!.ToString());
        Assert.Equal("410", error.Object["code"]!.ToString());
    }

    [Fact]
    public async Task A_watcher_that_does_not_read_is_cut_off()
    {
        await using var api = await TestApi.StartAsync();
        await using var watch = await api.WatchAsync($"{ConfigMaps}?watch=true");
        var big = new string('x', 100_000);
        await api.PostAsync(ConfigMaps, ConfigMap("a"));
        var body = TestContext.Current.CancellationToken;
        // Past what the stream and the queue hold together.
        for (var i = 0; i < 16_500; i++)
            await api.Store.CommitAsync(new StoreWrite($"/registry/core/configmaps/default/b{i % 7}", System.Text.Encoding.UTF8.GetBytes($$$"""{"metadata":{"name":"b","big":"{{{(i < 60 ? big : "")}}}"}}"""), await RevisionOf($"b{i % 7}")), body);
        await api.GetAsync($"{ConfigMaps}/a");

        WatchLine? line;
        WatchLine? last = null;
        while ((line = await watch.NextAsync()) is not null) last = line;
        Assert.Equal("ERROR", last!.Type);
        Assert.Equal("410", last.Object["code"]!.ToString());

        async Task<long> RevisionOf(string name) => (await api.Store.GetAsync($"/registry/core/configmaps/default/{name}", body))?.Revision ?? 0;
    }

    [Fact]
    public async Task Two_watchers_see_the_same_order()
    {
        await using var api = await TestApi.StartAsync();
        await using var one = await api.WatchAsync("/api/v1/configmaps?watch=true");
        await using var two = await api.WatchAsync("/api/v1/configmaps?watch=true");
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => api.PostAsync(ConfigMaps, ConfigMap($"c{i}"))));
        var first = new List<string>();
        var second = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            first.Add((await one.NextAsync())!.Version);
            second.Add((await two.NextAsync())!.Version);
        }
        Assert.Equal(first, second);
        Assert.Equal(first.Order(Comparer<string>.Create((a, b) => long.Parse(a).CompareTo(long.Parse(b)))), first);
    }

    /// <summary>Keeps a store for the next server.</summary>
    private sealed class Undisposed(IStore inner) : IStore
    {
        public long Revision => inner.Revision;
        public long CompactedRevision => inner.CompactedRevision;
        public ValueTask<long> GetRevisionAsync(CancellationToken cancellation) => inner.GetRevisionAsync(cancellation);
        public ValueTask<long> GetCompactedRevisionAsync(CancellationToken cancellation) => inner.GetCompactedRevisionAsync(cancellation);
        public ValueTask<long?> GetSizeAsync(CancellationToken cancellation) => inner.GetSizeAsync(cancellation);
        public ValueTask<CommitResult> CommitAsync(StoreWrite write, CancellationToken cancellation) => inner.CommitAsync(write, cancellation);
        public ValueTask<StoreRecord?> GetAsync(string key, CancellationToken cancellation) => inner.GetAsync(key, cancellation);
        public ValueTask<StorePage> ListAsync(string prefix, string? after, int limit, long revision, CancellationToken cancellation) => inner.ListAsync(prefix, after, limit, revision, cancellation);
        public IAsyncEnumerable<StoreBatch> WatchAsync(string prefix, long afterRevision, CancellationToken cancellation) => inner.WatchAsync(prefix, afterRevision, cancellation);
        public ValueTask CompactAsync(long revision, CancellationToken cancellation) => inner.CompactAsync(revision, cancellation);
        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
