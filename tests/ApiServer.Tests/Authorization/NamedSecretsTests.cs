namespace Slipway.ApiServer.Tests.Authorization;

/// <summary>What components may read of Secrets because an object names them.</summary>
public sealed class NamedSecretsTests
{
    private static readonly UserInfo Network = UserInfo.ServiceAccount("slipway-system", "network");

    [Fact]
    public async Task The_controllers_of_flows_read_the_Secrets_that_notifications_name_and_no_others()
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Flows = true });
        foreach (var name in new[] { "chat", "other" })
            Assert.Equal(201, (await api.PostAsync("/api/v1/namespaces/default/secrets", $$"""{"metadata":{"name":"{{name}}"} }""")).Code);
        Assert.Equal(403, await CodeAsync("chat"));
        Assert.Equal(201, (await api.PostAsync("/apis/slipway.dev/v1alpha1/namespaces/default/flows",
            """{"apiVersion":"slipway.dev/v1alpha1","kind":"Flow","metadata":{"name":"f"},"spec":{"notifications":[{"name":"n","slack":{"urlFrom":{"name":"chat","key":"url"}}}],"tasks":[{"name":"t","image":"x:1","command":["x"]}]}}""")).Code);
        await api.GetAsync("/apis/slipway.dev/v1alpha1/flows");
        Assert.Equal(200, await CodeAsync("chat"));
        Assert.Equal(403, await CodeAsync("other"));

        async Task<int> CodeAsync(string name) => (await api.SendAsync("GET", $"/api/v1/namespaces/default/secrets/{name}", user: UserInfo.ServiceAccount("slipway-system", "flows"))).Code;
    }

    [Fact]
    public async Task The_controllers_of_flows_read_the_Secrets_that_sinks_of_lineage_name_and_no_others()
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Flows = true });
        foreach (var name in new[] { "address", "token", "other" })
            Assert.Equal(201, (await api.PostAsync("/api/v1/namespaces/default/secrets", $$"""{"metadata":{"name":"{{name}}"} }""")).Code);
        Assert.Equal(403, await CodeAsync("default", "token"));
        Assert.Equal(201, (await api.PostAsync("/apis/slipway.dev/v1alpha1/namespaces/default/lineagesinks",
            """{"apiVersion":"slipway.dev/v1alpha1","kind":"LineageSink","metadata":{"name":"s"},"spec":{"urlFrom":{"name":"address","key":"url"},"tokenFrom":{"name":"token","key":"t"}}}""")).Code);
        await api.GetAsync("/apis/slipway.dev/v1alpha1/lineagesinks");
        Assert.Equal((200, 200), (await CodeAsync("default", "address"), await CodeAsync("default", "token")));
        Assert.Equal((403, 403), (await CodeAsync("default", "other"), await CodeAsync("kube-system", "token")));

        async Task<int> CodeAsync(string ns, string name) => (await api.SendAsync("GET", $"/api/v1/namespaces/{ns}/secrets/{name}", user: UserInfo.ServiceAccount("slipway-system", "flows"))).Code;
    }

    [Fact]
    public async Task The_controllers_of_flows_read_the_Secrets_that_artifact_stores_name_and_no_others()
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Flows = true });
        foreach (var name in new[] { "keys", "other" })
            Assert.Equal(201, (await api.PostAsync("/api/v1/namespaces/default/secrets", $$"""{"metadata":{"name":"{{name}}"} }""")).Code);
        Assert.Equal(201, (await api.PostAsync("/apis/slipway.dev/v1alpha1/namespaces/default/artifactstores",
            """{"apiVersion":"slipway.dev/v1alpha1","kind":"ArtifactStore","metadata":{"name":"s"},"spec":{"s3":{"endpoint":"https://s3.example.com","bucket":"bucket","secretName":"keys"}}}""")).Code);
        await api.GetAsync("/apis/slipway.dev/v1alpha1/artifactstores");
        Assert.Equal(200, (await GetAsync("keys")).Code);
        var refusal = await GetAsync("other");
        Assert.Equal(403, refusal.Code);
        Assert.Contains("no Flow or LineageSink or ArtifactStore names this Secret", refusal.Body, StringComparison.Ordinal);

        Task<Answer> GetAsync(string name) => api.SendAsync("GET", $"/api/v1/namespaces/default/secrets/{name}", user: UserInfo.ServiceAccount("slipway-system", "flows"));
    }

    [Fact]
    public async Task The_network_reads_the_Secrets_that_ingresses_name_and_no_others()
    {
        await using var api = await TestApi.StartAsync();
        foreach (var name in new[] { "cert", "other" })
            Assert.Equal(201, (await api.PostAsync("/api/v1/namespaces/default/secrets", $$"""{"metadata":{"name":"{{name}}"} }""")).Code);
        Assert.Equal(403, await CodeAsync("GET", "/api/v1/namespaces/default/secrets/cert"));
        Assert.Equal(201, (await api.PostAsync("/apis/networking.k8s.io/v1/namespaces/default/ingresses",
            """{"metadata":{"name":"web"},"spec":{"tls":[{"hosts":["a.org"],"secretName":"cert"}],"defaultBackend":{"service":{"name":"web","port":{"number":80}}}}}""")).Code);

        await SettleAsync();
        Assert.Equal(200, await CodeAsync("GET", "/api/v1/namespaces/default/secrets/cert"));
        Assert.Equal(200, await CodeAsync("GET", "/api/v1/namespaces/default/secrets?fieldSelector=metadata.name%3Dcert"));
        Assert.Equal(403, await CodeAsync("GET", "/api/v1/namespaces/default/secrets/other"));
        Assert.Equal(403, await CodeAsync("GET", "/api/v1/namespaces/default/secrets"));
        Assert.Equal(403, await CodeAsync("GET", "/api/v1/secrets?fieldSelector=metadata.name%3Dcert"));
        Assert.Equal(403, await CodeAsync("GET", "/api/v1/namespaces/kube-system/secrets/cert"));
        Assert.Equal(403, await CodeAsync("DELETE", "/api/v1/namespaces/default/secrets/cert"));
        Assert.Equal(403, (await api.SendAsync("GET", "/api/v1/namespaces/default/secrets/cert", user: UserInfo.ServiceAccount("default", "network"))).Code);

        await api.DeleteAsync("/apis/networking.k8s.io/v1/namespaces/default/ingresses/web");
        await SettleAsync();
        Assert.Equal(403, await CodeAsync("GET", "/api/v1/namespaces/default/secrets/cert"));

        // Decisions are made by the cache, which a fresh read waits for.
        Task SettleAsync() => api.GetAsync("/apis/networking.k8s.io/v1/ingresses");

        async Task<int> CodeAsync(string method, string path) => (await api.SendAsync(method, path, user: Network)).Code;
    }
}
