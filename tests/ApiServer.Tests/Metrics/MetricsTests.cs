using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Metrics;

public sealed class MetricsTests
{
    [Fact]
    public async Task Requests_are_counted_under_the_names_of_Kubernetes()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(200);
        (await api.GetAsync(ConfigMaps)).Expect(200);
        (await api.GetAsync($"{ConfigMaps}/absent")).Expect(404);
        var metrics = (await api.GetAsync("/metrics", "text/plain")).Expect(200);
        Assert.StartsWith("text/plain; version=0.0.4", metrics.ContentType, StringComparison.Ordinal);
        Assert.Contains(
            """apiserver_request_total{component="apiserver",verb="POST",group="",version="v1",resource="configmaps",subresource="",scope="resource",dry_run="",code="201"} 1""",
            metrics.Body, StringComparison.Ordinal);
        Assert.Contains("""verb="GET",group="",version="v1",resource="configmaps",subresource="",scope="resource",dry_run="",code="404"} 1""", metrics.Body, StringComparison.Ordinal);
        Assert.Contains("""apiserver_request_duration_seconds_count{component="apiserver",verb="LIST",group="",version="v1",resource="configmaps",subresource="",scope="namespace",dry_run=""} 1""", metrics.Body, StringComparison.Ordinal);
        Assert.Contains("""apiserver_storage_objects{resource="configmaps"} 1""", metrics.Body, StringComparison.Ordinal);
        Assert.Contains("process_resident_memory_bytes ", metrics.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_watches_are_counted()
    {
        await using var api = await TestApi.StartAsync();
        const string open = """apiserver_longrunning_requests{component="apiserver",verb="WATCH",group="",version="v1",resource="configmaps",subresource="",scope="namespace"} """;
        await using (await api.WatchAsync($"{ConfigMaps}?watch=true"))
            Assert.Contains($"{open}1", (await api.GetAsync("/metrics", "text/plain")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_a_definition_that_is_deleted_nothing_is_told()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        MetricsPage page = null!;
        // What is counted at the end of a request may come after its answer.
        await Waiting.UntilAsync(TimeSpan.FromSeconds(60), async () =>
        {
            page = await MetricsPage.ReadAsync(api);
            return (page.Sum("apiserver_storage_objects", "resource=\"crontabs.stable.example.com\""), page.Sum("apiserver_resource_objects", "resource=\"crontabs\"")) == (1, 1)
                && page.Sum("apiserver_registered_watchers", "resource=\"crontabs\"") is not null
                && page.Sum("apiserver_request_total", "resource=\"crontabs\"") >= 1
                && page.Sum("etcd_requests_total", "resource=\"crontabs\"", "operation=\"create\"") >= 1;
        });

        (await api.DeleteAsync($"{Definitions}/crontabs.stable.example.com")).Expect(200);
        await Waiting.UntilAsync(TimeSpan.FromSeconds(60), async () => (await api.GetAsync(CronTabs)).Code == 404);
        await Waiting.UntilAsync(TimeSpan.FromSeconds(60), async () =>
        {
            var text = (await api.GetAsync("/metrics", "text/plain")).Expect(200).Body;
            page = new MetricsPage(text);
            return !text.Contains("resource=\"crontabs", StringComparison.Ordinal);
        });
        Assert.Equal(0, page.Sum("apiserver_resource_objects", "resource=\"configmaps\""));
        Assert.True(page.Sum("apiserver_request_total", "resource=\"customresourcedefinitions\"", "verb=\"POST\"") >= 1);
        Assert.True(page.Sum("etcd_requests_total", "resource=\"customresourcedefinitions\"", "operation=\"create\"") >= 1);
    }

    [Fact]
    public async Task Made_up_names_do_not_make_the_metrics_grow()
    {
        await using var api = await TestApi.StartAsync();
        for (var i = 0; i < 3; i++) (await api.GetAsync($"/apis/made.up/v1/things{i}")).Expect(404);
        var metrics = (await api.GetAsync("/metrics", "text/plain")).Expect(200).Body;
        Assert.DoesNotContain("things", metrics, StringComparison.Ordinal);
        Assert.Contains("""verb="LIST",group="",version="",resource="",subresource="",scope="",dry_run="",code="404"} 3""", metrics, StringComparison.Ordinal);
    }
}
