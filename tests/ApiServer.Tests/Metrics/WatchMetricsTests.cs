using Slipway.Api.Selectors;
using Slipway.ApiServer.Caching;
using Slipway.ApiServer.Metrics;
using Slipway.Storage;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Metrics;

public sealed class WatchMetricsTests
{
    [Fact]
    public async Task What_is_sent_to_watches_is_counted_and_measured()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        var before = await ReadAsync();
        await using (var watch = await api.WatchAsync($"{ConfigMaps}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"))
        {
            (await api.PostAsync(ConfigMaps, ConfigMap("b", data: $"\"k\":\"{new string('x', 3000)}\""))).Expect(201);
            Assert.Equal(["ADDED a", "BOOKMARK", "ADDED b"], [await watch.NextTextAsync(), await watch.NextTextAsync(), await watch.NextTextAsync()]);
        }
        var after = await ReadAsync();
        Assert.Equal(3, after.Events - before.Events);
        Assert.Equal(3, after.Count - before.Count);
        Assert.Equal(2, after.Small - before.Small);
        Assert.InRange(after.Bytes - before.Bytes, 3000, 6000);

        async Task<(double Events, double Count, double Small, double Bytes)> ReadAsync()
        {
            var page = await MetricsPage.ReadAsync(api);
            return (Sum("apiserver_watch_events_total"), Sum("apiserver_watch_events_sizes_count"), Sum("apiserver_watch_events_sizes_bucket", "le=\"1024\""), Sum("apiserver_watch_events_sizes_sum"));

            double Sum(string name, params string[] labels) => page.Sum(name, ["group=\"\"", "version=\"v1\"", "resource=\"configmaps\"", .. labels]) ?? 0;
        }
    }

    [Fact]
    public async Task Watches_that_fall_too_far_behind_are_counted_once()
    {
        var registry = Prometheus.Metrics.NewCustomRegistry();
        var meters = new WatchMetrics(Prometheus.Metrics.WithCustomRegistry(registry)).Of(new() { Group = "apps", Version = "v1", Plural = "deployments", Namespaced = true, Kind = "Deployment", Singular = "deployment" });
        var watcher = new Watcher(new Selection("/registry/", LabelSelector.Everything, FieldSelector.Everything, static (_, _) => ""), bookmarks: false, meters);
        var cache = new ResourceCache("/registry/", 0);
        cache.Subscribe(watcher, () => 0);
        var revision = 0;
        while (!watcher.Expired)
        {
            Assert.Null(await SumAsync());
            for (var i = 0; i < 4096; i++) cache.Apply(new StoreChange("/registry/a", ++revision, new StoreRecord("/registry/a", """{"metadata":{"name":"a"}}"""u8.ToArray(), 1, revision), null));
        }
        Assert.Equal(1, await SumAsync());

        async Task<double?> SumAsync()
        {
            using var text = new MemoryStream();
            await registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
            return new MetricsPage(System.Text.Encoding.UTF8.GetString(text.ToArray())).Sum("apiserver_terminated_watchers_total", "group=\"apps\"", "resource=\"deployments\"");
        }
    }
}
