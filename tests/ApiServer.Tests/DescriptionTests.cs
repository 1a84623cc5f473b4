using System.Globalization;
using Slipway.Storage;

namespace Slipway.ApiServer.Tests;

public sealed class DescriptionTests
{
    [Fact]
    public async Task The_version_is_that_of_the_api_that_is_served()
    {
        await using var api = await TestApi.StartAsync();
        var version = (await api.GetAsync("/version")).Expect(200);
        Assert.Equal("1.37 v1.37.0+slipway", $"{version["major"]}.{version["minor"]} {version["gitVersion"]}");
    }

    [Fact]
    public async Task The_paths_and_the_servers_address_are_told()
    {
        await using var api = await TestApi.StartAsync(new() { Services = new() { Server = new(System.Net.IPAddress.Parse("10.128.0.1"), 6443) } });
        var paths = (await api.GetAsync("/")).Expect(200).Json["paths"]!.AsArray().Select(path => path!.ToString()).ToList();
        foreach (var path in (string[])["/.well-known/openid-configuration", "/api", "/api/v1", "/apis/apps/v1", "/metrics", "/metrics/slis", "/openid/v1/jwks"]) Assert.Contains(path, paths);
        var core = (await api.GetAsync("/api")).Expect(200);
        Assert.Equal(("0.0.0.0/0", "10.128.0.1:6443"), (core["serverAddressByClientCIDRs.0.clientCIDR"], core["serverAddressByClientCIDRs.0.serverAddress"]));
    }

    [Fact]
    public async Task The_mandatory_and_suggested_objects_of_flow_control_are_there()
    {
        const string Root = "/apis/flowcontrol.apiserver.k8s.io/v1";
        await using var api = await TestApi.StartAsync();
        Assert.Equal(["catch-all", "exempt", "global-default", "leader-election", "node-high", "system", "workload-high", "workload-low"],
            (await api.GetAsync($"{Root}/prioritylevelconfigurations")).Expect(200).Names);
        var list = (await api.GetAsync($"{Root}/flowschemas")).Expect(200);
        var schemas = Enumerable.Range(0, list.Names.Count()).ToList();
        Assert.Equal(
            """
            catch-all catch-all 10000 ByUser
            endpoint-controller workload-high 150 ByUser
            exempt exempt 1
            global-default global-default 9900 ByUser
            kube-controller-manager workload-high 800 ByNamespace
            kube-scheduler workload-high 800 ByNamespace
            kube-system-service-accounts workload-high 900 ByNamespace
            probes exempt 2
            service-accounts workload-low 9000 ByUser
            system-leader-election leader-election 100 ByUser
            system-node-high node-high 400 ByUser
            system-nodes system 500 ByUser
            workload-leader-election leader-election 200 ByUser
            """, string.Join('\n', schemas.Select(s => $"{Of(s, "metadata.name")} {Of(s, "spec.priorityLevelConfiguration.name")} {Of(s, "spec.matchingPrecedence")} {Of(s, "spec.distinguisherMethod.type")}".TrimEnd())));
        Assert.All(schemas, s => Assert.Equal(("Dangling", "False"), (Of(s, "status.conditions.0.type"), Of(s, "status.conditions.0.status"))));
        Assert.All(list.Json["items"]!.AsArray(), s => Assert.Equal("true", (string?)s!["metadata"]!["annotations"]!["apf.kubernetes.io/autoupdate-spec"]));

        string? Of(int schema, string path) => list[$"items.{schema.ToString(CultureInfo.InvariantCulture)}.{path}"];
    }

    [Fact]
    public async Task Service_levels_are_told_by_check()
    {
        await using var api = await TestApi.StartAsync();
        var told = (await api.GetAsync("/metrics/slis", "text/plain")).Expect(200).Body;
        foreach (var line in (string[])["kubernetes_healthcheck{name=\"etcd\",type=\"livez\"} 1", "kubernetes_healthcheck{name=\"informer-sync\",type=\"readyz\"} 1", "kubernetes_healthchecks_total{name=\"ping\",status=\"success\",type=\"livez\"} 1"])
            Assert.Contains(line, told, StringComparison.Ordinal);
        Assert.DoesNotContain("{name=\"informer-sync\",type=\"livez\"}", told, StringComparison.Ordinal);
        (await api.GetAsync("/livez/ping")).Expect(200);
        Assert.Contains("kubernetes_healthchecks_total{name=\"ping\",status=\"success\",type=\"livez\"} 3", (await api.GetAsync("/metrics/slis", "text/plain")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/livez", "ok")]
    [InlineData("/readyz", "ok")]
    [InlineData("/healthz", "ok")]
    [InlineData("/readyz/informer-sync", "ok")]
    [InlineData("/livez/etcd", "ok")]
    [InlineData("/livez/", "ok")]
    [InlineData("/healthz/poststarthook/rbac/bootstrap-roles", "ok")]
    [InlineData("/healthz?exclude=ping", "ok")]
    public async Task Health_is_told(string path, string text)
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal(text, (await api.GetAsync(path)).Expect(200).Body);
    }

    [Theory]
    [InlineData("readyz", "?verbose", "ping log etcd informer-sync HOOKS shutdown", "")]
    [InlineData("livez", "?verbose&exclude=etcd", "ping log etcd=excluded: HOOKS", "")]
    [InlineData("healthz", "?verbose=1&exclude=none&exclude=a", "ping log etcd HOOKS", "warn: some health checks cannot be excluded: no matches for \"a\",\"none\"\n")]
    public async Task Health_is_told_check_by_check(string endpoint, string query, string checks, string warning)
    {
        await using var api = await TestApi.StartAsync();
        const string hooks = "poststarthook/generic-apiserver-start-informers poststarthook/crd-informer-synced poststarthook/start-apiextensions-controllers poststarthook/start-system-namespaces-controller poststarthook/bootstrap-controller poststarthook/rbac/bootstrap-roles poststarthook/scheduling/bootstrap-system-priority-classes";
        var lines = string.Concat(checks.Replace("HOOKS", hooks, StringComparison.Ordinal).Split(' ').Select(c => $"[+]{c.Replace('=', ' ')} ok\n"));
        Assert.Equal($"{lines}{warning}{endpoint} check passed\n", (await api.GetAsync($"/{endpoint}{query}")).Expect(200).Body);
    }

    [Fact]
    public async Task A_log_that_takes_nothing_shows_in_every_health_check()
    {
        var isBlocked = false;
        await using var api = await TestApi.StartAsync(new() { IsLogBlocked = () => isBlocked });
        (await api.GetAsync("/livez/log")).Expect(200);
        isBlocked = true;
        foreach (var endpoint in (string[])["livez", "readyz", "healthz"])
            Assert.StartsWith("[+]ping ok\n[-]log failed: reason withheld\n[+]etcd ok\n", (await api.GetAsync($"/{endpoint}")).Expect(500).Body, StringComparison.Ordinal);
        Assert.Equal("internal server error: logging blocked\n", (await api.GetAsync("/livez/log")).Expect(500).Body);
    }

    [Fact]
    public async Task A_store_that_fails_shows_in_every_health_check_but_says_why_only_to_those_who_may_know()
    {
        var store = new MemoryStore();
        await using var api = await TestApi.StartAsync(store: store);
        await store.DisposeAsync();
        foreach (var endpoint in (string[])["livez", "readyz", "healthz"])
        {
            var whole = (await api.GetAsync($"/{endpoint}")).Expect(500).Body;
            Assert.StartsWith("[+]ping ok\n[+]log ok\n[-]etcd failed: reason withheld\n", whole, StringComparison.Ordinal);
            Assert.EndsWith($"{endpoint} check failed\n", whole, StringComparison.Ordinal);
        }
        Assert.StartsWith("internal server error: ", (await api.GetAsync("/readyz/etcd")).Expect(500).Body, StringComparison.Ordinal);
        (await api.GetAsync("/livez?exclude=etcd&exclude=poststarthook/generic-apiserver-start-informers")).Expect(200);
        (await api.GetAsync("/livez/informer-sync")).Expect(404);
        (await api.GetAsync("/livez/none")).Expect(404);
    }

    [Theory]
    [InlineData("GET", "/api/v1/namespaces/default/endpoints", null, 200, "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")]
    [InlineData("GET", "/api/v1/endpoints?watch=true", null, 200, "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")]
    [InlineData("GET", "/api/v1/namespaces/default/endpoints/none", null, 404, "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")]
    [InlineData("POST", "/api/v1/namespaces/default/endpoints", """{"apiVersion":"v1","kind":"Endpoints","metadata":{"name":"a"}}""", 201, "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice")]
    [InlineData("GET", "/api/v1/componentstatuses", null, 200, "v1 ComponentStatus is deprecated in v1.19+")]
    [InlineData("GET", "/api/v1/componentstatuses/etcd-0", null, 200, "v1 ComponentStatus is deprecated in v1.19+")]
    [InlineData("GET", "/apis/discovery.k8s.io/v1/endpointslices", null, 200, null)]
    public async Task Who_asks_for_a_deprecated_kind_is_warned(string method, string path, string? body, int code, string? warning)
    {
        await using var api = await TestApi.StartAsync();
        await using var response = await api.Api.SendAsync(new(method, path) { Body = System.Text.Encoding.UTF8.GetBytes(body ?? "") }, TestContext.Current.CancellationToken);
        Assert.Equal(code, response.StatusCode);
        Assert.Equal(warning is null ? [] : [$"299 - \"{warning}\""], response.Headers.Where(h => h.Key == "Warning").Select(h => h.Value));
    }

    [Fact]
    public async Task Discovery_lists_what_is_served()
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal("v1", (await api.GetAsync("/api")).Expect(200)["versions.0"]);
        Assert.Contains("batch", (await api.GetAsync("/apis")).Expect(200).Json["groups"]!.AsArray().Select(g => g!["name"]!.ToString()));
        Assert.Equal("batch/v1", (await api.GetAsync("/apis/batch")).Expect(200)["preferredVersion.groupVersion"]);
        var resources = (await api.GetAsync("/api/v1")).Expect(200).Json["resources"]!.AsArray();
        var pods = resources.Single(r => r!["name"]!.ToString() == "pods")!;
        Assert.Equal("Pod", pods["kind"]!.ToString());
        Assert.Equal("po", pods["shortNames"]![0]!.ToString());
        Assert.Contains(resources, r => r!["name"]!.ToString() == "pods/log");
        var eviction = resources.Single(r => r!["name"]!.ToString() == "pods/eviction")!;
        Assert.Equal("policy v1 Eviction", $"{eviction["group"]} {eviction["version"]} {eviction["kind"]}");
        (await api.GetAsync("/apis/none.example.com")).Expect(404);
        (await api.GetAsync("//")).Expect(200);
        (await api.GetAsync("/apis/batch/v9")).Expect(404);
    }

    [Fact]
    public async Task Aggregated_discovery_is_one_document_with_a_tag()
    {
        await using var api = await TestApi.StartAsync();
        const string accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
        var groups = (await api.GetAsync("/apis", accept)).Expect(200);
        Assert.Equal("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList", groups.ContentType);
        Assert.Equal("APIGroupDiscoveryList apidiscovery.k8s.io/v2", $"{groups["kind"]} {groups["apiVersion"]}");
        Assert.Contains(groups.Headers, h => h.Key == "ETag");
        var core = (await api.GetAsync("/api", accept)).Expect(200);
        var pods = core.Json["items"]![0]!["versions"]![0]!["resources"]!.AsArray().Single(r => r!["resource"]!.ToString() == "pods")!;
        Assert.Equal("Namespaced", pods["scope"]!.ToString());
        Assert.Contains(pods["subresources"]!.AsArray(), s => s!["subresource"]!.ToString() == "binding");
        Assert.Null((await api.GetAsync("/api", "application/json"))["items"]);
    }

    [Fact]
    public async Task OpenApi_documents_are_found_by_an_index_with_hashes()
    {
        await using var api = await TestApi.StartAsync();
        var index = (await api.GetAsync("/openapi/v3")).Expect(200);
        var address = index.Json["paths"]!["apis/batch/v1"]!["serverRelativeURL"]!.ToString();
        var document = (await api.GetAsync(address)).Expect(200);
        Assert.Contains(document.Headers, h => h.Key == "Cache-Control" && h.Value.Contains("immutable", StringComparison.Ordinal));
        var patch = document.Json["paths"]!["/apis/batch/v1/namespaces/{namespace}/jobs/{name}"]!["patch"]!;
        Assert.Equal("Job", patch["x-kubernetes-group-version-kind"]!["kind"]!.ToString());
        Assert.Contains(patch["parameters"]!.AsArray(), p => p!["name"]!.ToString() == "fieldValidation");
        Assert.NotNull(document.Json["components"]!["schemas"]!["io.k8s.api.batch.v1.Job"]!["properties"]!["spec"]);

        var moved = (await api.GetAsync(address[..^4] + "0000")).Expect(301);
        Assert.Contains(moved.Headers, h => h.Key == "Location" && h.Value == address);
        (await api.GetAsync("/openapi/v3/apis/none/v1")).Expect(404);
    }

    [Fact]
    public async Task Every_reference_in_an_OpenApi_document_is_defined_in_it()
    {
        await using var api = await TestApi.StartAsync();
        foreach (var (_, entry) in (await api.GetAsync("/openapi/v3")).Json["paths"]!.AsObject())
        {
            var document = (await api.GetAsync(entry!["serverRelativeURL"]!.ToString())).Expect(200);
            var defined = document.Json["components"]!["schemas"]!.AsObject().Select(s => s.Key).ToHashSet();
            var references = System.Text.RegularExpressions.Regex.Matches(document.Body, "\"#/components/schemas/([^\"]+)\"").Select(m => m.Groups[1].Value).ToHashSet();
            Assert.Empty(references.Except(defined));
        }
        var v2 = (await api.GetAsync("/openapi/v2")).Expect(200);
        Assert.Equal("2.0", v2["swagger"]);
        Assert.DoesNotContain("#/components", v2.Body, StringComparison.Ordinal);
    }
}
