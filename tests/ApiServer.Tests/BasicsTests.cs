namespace Slipway.ApiServer.Tests;

public sealed class BasicsTests
{
    private const string ConfigMaps = "/api/v1/namespaces/default/configmaps";

    [Fact]
    public async Task A_created_object_has_the_servers_metadata_and_can_be_read_listed_changed_and_deleted()
    {
        await using var api = await TestApi.StartAsync();
        var created = (await api.PostAsync(ConfigMaps, """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":{"k":"v"}}""")).Expect(201);
        Assert.Equal("default", created["metadata.namespace"]);
        Assert.NotNull(created["metadata.uid"]);
        Assert.NotNull(created["metadata.creationTimestamp"]);

        var read = (await api.GetAsync($"{ConfigMaps}/a")).Expect(200);
        Assert.Equal(created.Body, read.Body);
        var list = (await api.GetAsync(ConfigMaps)).Expect(200);
        Assert.Equal("ConfigMapList", list["kind"]);
        Assert.Equal(["a"], list.Names);

        var changed = (await api.MergeAsync($"{ConfigMaps}/a", """{"data":{"k":"w"}}""")).Expect(200);
        Assert.Equal("w", changed["data.k"]);
        Assert.True(long.Parse(changed.Version) > long.Parse(created.Version));

        (await api.PutAsync($"{ConfigMaps}/a", created.Body)).Expect(409);
        var deleted = (await api.DeleteAsync($"{ConfigMaps}/a")).Expect(200);
        Assert.Equal("Success", deleted["status"]);
        (await api.GetAsync($"{ConfigMaps}/a")).Expect(404);
    }
}
