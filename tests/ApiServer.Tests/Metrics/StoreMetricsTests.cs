using Slipway.Storage;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Metrics;

public sealed class StoreMetricsTests
{
    [Fact]
    public async Task Requests_to_the_store_are_timed_by_what_they_do_to_which_resource()
    {
        await using var api = await TestApi.StartAsync();
        var created = (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        (await api.MergeAsync($"{ConfigMaps}/a", """{"data":{"k":"1"}}""")).Expect(200);
        (await api.MergeAsync($"{ConfigMaps}/a", """{"data":{"k":"2"}}""")).Expect(200);
        (await api.GetAsync($"{ConfigMaps}?resourceVersion={created.Version}&resourceVersionMatch=Exact")).Expect(200);
        (await api.DeleteAsync($"{ConfigMaps}/a")).Expect(200);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(404);

        var page = await MetricsPage.ReadAsync(api);
        foreach (var (operation, count) in new[] { ("create", 1), ("update", 2), ("list", 1), ("delete", 1) })
        {
            string[] labels = [$"operation=\"{operation}\"", "group=\"\"", "resource=\"configmaps\""];
            Assert.Equal((operation, count), (operation, page.Sum("etcd_request_duration_seconds_count", labels)));
            Assert.Equal((operation, count), (operation, page.Sum("etcd_requests_total", labels)));
            Assert.Null(page.Sum("etcd_request_errors_total", labels));
        }
        Assert.Equal(0, page.Sum("apiserver_resource_objects", "group=\"\"", "resource=\"configmaps\""));
        Assert.Null(page.Sum("apiserver_storage_size_bytes"));
    }

    [Fact]
    public async Task What_the_store_takes_on_the_disk_is_told()
    {
        var directory = Directory.CreateTempSubdirectory("slipway-size-");
        try
        {
            await using var store = SqliteStore.Open(Path.Combine(directory.FullName, "store.db"));
            await using var api = await TestApi.StartAsync(store: store);
            Assert.True((await MetricsPage.ReadAsync(api)).Sum("apiserver_storage_size_bytes", "storage_cluster_id=\"etcd-0\"") > 4096);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
