using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests;

public sealed class ListTests
{
    [Theory]
    [InlineData("", "a b c")]
    [InlineData("?labelSelector=tier%3Dweb", "a b")]
    [InlineData("?labelSelector=tier%3Dweb,color%21%3Dred", "b")]
    [InlineData("?labelSelector=tier+in+(web,db)", "a b c")]
    [InlineData("?labelSelector=%21color", "b c")]
    [InlineData("?fieldSelector=metadata.name%3Db", "b")]
    [InlineData("?fieldSelector=metadata.name%21%3Db,metadata.namespace%3Ddefault", "a c")]
    public async Task Selectors_choose(string query, string names)
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(ConfigMaps, ConfigMap("a", "\"tier\":\"web\",\"color\":\"red\""));
        await api.PostAsync(ConfigMaps, ConfigMap("b", "\"tier\":\"web\""));
        await api.PostAsync(ConfigMaps, ConfigMap("c", "\"tier\":\"db\""));
        Assert.Equal(names, string.Join(' ', (await api.GetAsync(ConfigMaps + query)).Expect(200).Names));
    }

    [Fact]
    public async Task Fields_of_pods_and_nodes_are_selected()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync(Pods, Pod("a", ",\"nodeName\":\"n1\""));
        await api.PostAsync(Pods, Pod("b"));
        await api.PostAsync("/api/v1/nodes", """{"apiVersion":"v1","kind":"Node","metadata":{"name":"n1"}}""");
        Assert.Equal(["a"], (await api.GetAsync("/api/v1/pods?fieldSelector=spec.nodeName%3Dn1")).Names);
        Assert.Equal(["b"], (await api.GetAsync("/api/v1/pods?fieldSelector=spec.nodeName%3D")).Names);
        Assert.Equal(["n1"], (await api.GetAsync("/api/v1/nodes?fieldSelector=spec.unschedulable%3Dfalse")).Names);
        Assert.Contains("field label not supported: spec.color", (await api.GetAsync("/api/v1/pods?fieldSelector=spec.color%3Dred")).Expect(400)["message"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?labelSelector=a%20b%20c", 400)]
    [InlineData("?limit=x", 400)]
    [InlineData("?resourceVersion=x", 400)]
    [InlineData("?continue=x", 400)]
    public async Task Parameters_without_meaning_are_refused(string query, int code)
    {
        await using var api = await TestApi.StartAsync();
        (await api.GetAsync(ConfigMaps + query)).Expect(code);
    }

    [Fact]
    public async Task A_list_in_parts_shows_the_state_of_its_first_part()
    {
        await using var api = await TestApi.StartAsync();
        foreach (var name in (string[])["a", "b", "c", "d", "e"]) await api.PostAsync(ConfigMaps, ConfigMap(name));
        var first = (await api.GetAsync($"{ConfigMaps}?limit=2")).Expect(200);
        Assert.Equal(["a", "b"], first.Names);
        Assert.Equal("3", first["metadata.remainingItemCount"]);

        await api.DeleteAsync($"{ConfigMaps}/c");
        foreach (var name in (string[])["bb", "f", "g", "h"]) await api.PostAsync(ConfigMaps, ConfigMap(name));
        var second = (await api.GetAsync($"{ConfigMaps}?limit=2&continue={first["metadata.continue"]}")).Expect(200);
        Assert.Equal(["c", "d"], second.Names);
        Assert.Equal("1", second["metadata.remainingItemCount"]);   // of that state, not of today's
        Assert.Equal(first.Version, second.Version);
        var third = (await api.GetAsync($"{ConfigMaps}?limit=2&continue={second["metadata.continue"]}")).Expect(200);
        Assert.Equal(["e"], third.Names);
        Assert.Null(third["metadata.continue"]);
        Assert.Null(third["metadata.remainingItemCount"]);
    }

    [Fact]
    public async Task A_list_with_a_selector_goes_on_without_counting()
    {
        await using var api = await TestApi.StartAsync();
        foreach (var name in (string[])["a", "b", "c", "d"]) await api.PostAsync(ConfigMaps, ConfigMap(name, name == "b" ? "" : "\"x\":\"y\""));
        var first = (await api.GetAsync($"{ConfigMaps}?limit=1&labelSelector=x%3Dy")).Expect(200);
        Assert.Null(first["metadata.remainingItemCount"]);
        var rest = (await api.GetAsync($"{ConfigMaps}?labelSelector=x%3Dy&continue={first["metadata.continue"]}")).Expect(200);
        Assert.Equal(["c", "d"], rest.Names);
    }

    [Fact]
    public async Task When_history_is_gone_a_list_goes_on_at_the_newest_state()
    {
        await using var api = await TestApi.StartAsync();
        foreach (var name in (string[])["a", "b", "c"]) await api.PostAsync(ConfigMaps, ConfigMap(name));
        var first = (await api.GetAsync($"{ConfigMaps}?limit=1")).Expect(200);
        await api.DeleteAsync($"{ConfigMaps}/b");
        await api.Store.CompactAsync(api.Store.Revision, TestContext.Current.CancellationToken);

        var expired = (await api.GetAsync($"{ConfigMaps}?limit=1&continue={first["metadata.continue"]}")).Expect(410);
        Assert.Equal("Expired", expired["reason"]);
        var rest = (await api.GetAsync($"{ConfigMaps}?limit=1&continue={expired["metadata.continue"]}")).Expect(200);
        Assert.Equal(["c"], rest.Names);
        (await api.GetAsync($"{ConfigMaps}?resourceVersion={first.Version}&resourceVersionMatch=Exact")).Expect(410);
    }

    [Fact]
    public async Task Versions_choose_the_state()
    {
        await using var api = await TestApi.StartAsync();
        var a = await api.PostAsync(ConfigMaps, ConfigMap("a"));
        var b = await api.PostAsync(ConfigMaps, ConfigMap("b"));
        Assert.Equal(["a"], (await api.GetAsync($"{ConfigMaps}?resourceVersion={a.Version}&resourceVersionMatch=Exact")).Expect(200).Names);
        Assert.Equal(["a", "b"], (await api.GetAsync($"{ConfigMaps}?resourceVersion={b.Version}&resourceVersionMatch=NotOlderThan")).Expect(200).Names);
        Assert.Equal(["a", "b"], (await api.GetAsync($"{ConfigMaps}?resourceVersion={a.Version}")).Expect(200).Names);
        (await api.GetAsync($"{ConfigMaps}?resourceVersion=0")).Expect(200);
    }

    [Fact]
    public async Task All_namespaces_are_listed_in_the_order_of_their_keys()
    {
        await using var api = await TestApi.StartAsync();
        await api.PostAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"a"}}""");
        await api.PostAsync(ConfigMaps, ConfigMap("x"));
        await api.PostAsync("/api/v1/namespaces/a/configmaps", ConfigMap("y"));
        Assert.Equal(["y", "x"], (await api.GetAsync("/api/v1/configmaps")).Expect(200).Names);
        Assert.Equal(["y"], (await api.GetAsync("/api/v1/namespaces/a/configmaps")).Names);
        Assert.Empty((await api.GetAsync("/api/v1/namespaces/none/configmaps")).Expect(200).Names);
        (await api.PostAsync("/api/v1/configmaps", ConfigMap("z"))).Expect(405);
    }

    [Theory]
    [InlineData("/api/v1/things", 404)]
    [InlineData("/apis/none.example.com/v1/things", 404)]
    [InlineData("/api/v1/namespaces/default/configmaps/a/status", 404)]
    [InlineData("/nothing", 404)]
    public async Task Paths_that_are_not_served_are_not_found(string path, int code)
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal("the server could not find the requested resource", (await api.GetAsync(path)).Expect(code)["message"]);
    }

    [Fact]
    public async Task Methods_that_mean_nothing_are_not_allowed()
    {
        await using var api = await TestApi.StartAsync();
        (await api.SendAsync("PUT", ConfigMaps, "{}")).Expect(405);
        (await api.SendAsync("DELETE", "/api/v1/namespaces")).Expect(405);
        var named = (await api.PostAsync($"{ConfigMaps}/a", ConfigMap("a"))).Expect(405);
        Assert.Equal("MethodNotAllowed the server does not allow this method on the requested resource", $"{named["reason"]} {named["message"]}");
        (await api.PostAsync("/apis/authentication.k8s.io/v1/selfsubjectreviews/a", "{}")).Expect(405);
        (await api.SendAsync("GET", $"{Pods}/p/binding")).Expect(405);
    }
}
