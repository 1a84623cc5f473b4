using Slipway.Client;

namespace Slipway.Controllers.Tests.ResourceQuotas;

public sealed class QuotaControllerTests : ControllersTest
{
    private const string Default = "/api/v1/namespaces/default";

    private protected override void Register(ControllerHost host) => QuotaController.Register(host, GarbageCollector.Register(host));

    [Fact]
    public async Task Usage_is_counted_and_freed()
    {
        await PodAsync("first");
        await Cluster.CreateAsync($"{Default}/resourcequotas", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"pods":"2","requests.cpu":"1"}}}""");
        await UsedAsync("1", "100m");

        await PodAsync("second");
        await UsedAsync("2", "200m");
        var refused = await Assert.ThrowsAsync<Api.ApiException>(() => PodAsync("third"));
        Assert.Equal("pods \"third\" is forbidden: exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2", refused.Message);

        await Cluster.PatchAsync($"{Default}/pods/first/status", """{"status":{"phase":"Succeeded"}}""");
        await UsedAsync("1", "100m");
        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", "second", new() { GracePeriodSeconds = 0 });
        await UsedAsync("0", "0");
    }

    [Fact]
    public async Task What_a_pod_asks_for_in_vain_is_given_back()
    {
        await PodAsync("first");
        await Cluster.CreateAsync($"{Default}/resourcequotas", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"pods":"2","requests.cpu":"1"}}}""");
        await UsedAsync("1", "100m");
        await Cluster.PatchAsync($"{Default}/pods/first/resize", """{"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"900m"}}}]}}""");
        await UsedAsync("1", "900m");
        await Cluster.PatchAsync($"{Default}/pods/first/status", """
            {"status":{"conditions":[{"type":"PodResizePending","status":"True","reason":"Infeasible"}],
              "containerStatuses":[{"name":"c","image":"i","imageID":"","ready":true,"restartCount":0,"resources":{"requests":{"cpu":"100m"}},"allocatedResources":{"cpu":"100m"}}]}}
            """);
        await UsedAsync("1", "100m");
    }

    [Fact]
    public async Task Limits_that_change_are_taken_over()
    {
        await Cluster.CreateAsync($"{Default}/resourcequotas", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"configmaps":"2","count/jobs.batch":"1"}}}""");
        await Cluster.WaitAsync(Kinds.Quotas, "default", "q", q => q is { IsCounted: true });
        await Cluster.PatchAsync($"{Default}/resourcequotas/q", """{"spec":{"hard":{"configmaps":null,"secrets":"1"}}}""");
        var quota = await Cluster.WaitAsync(Kinds.Quotas, "default", "q", q => q is { IsCounted: true });
        Assert.Equal(["count/jobs.batch", "secrets"], quota!.Status!.Hard!.Keys.Order(StringComparer.Ordinal));
    }

    // As with a conversion webhook that is down when the controllers start.
    [Fact]
    public async Task Usage_is_counted_although_a_resource_cannot_be_read()
    {
        await StopControllersAsync();
        await Cluster.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"gates.example.com"},
             "spec":{"group":"example.com","scope":"Namespaced","names":{"plural":"gates","singular":"gate","kind":"Gate","listKind":"GateList"},
              "conversion":{"strategy":"Webhook","webhook":{"conversionReviewVersions":["v1"],"clientConfig":{"url":"https://127.0.0.1:1/convert"}}},
              "versions":[{"name":"v2","served":true,"storage":false,"schema":{"openAPIV3Schema":{"type":"object"}}},
                {"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"}}}]}}
            """);
        await Cluster.CreateAsync("/apis/example.com/v1/namespaces/default/gates", """{"apiVersion":"example.com/v1","kind":"Gate","metadata":{"name":"g"}}""");
        await Assert.ThrowsAsync<Api.ApiException>(async () => await Cluster.Admin.SendForBodyAsync(new("GET", "/apis/example.com/v2/gates")));
        await PodAsync("first");
        StartControllers();
        await Cluster.CreateAsync($"{Default}/resourcequotas", """{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"q"},"spec":{"hard":{"pods":"2"}}}""");
        var counted = await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.Quotas, "default", "q", q => q is { IsCounted: true }), TimeSpan.FromSeconds(1));
        Assert.Equal("1", counted!.Status!.Used!["pods"]);
    }

    private async Task PodAsync(string name) => await Cluster.CreateAsync($"{Default}/pods", $$$$"""
        {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{{name}}}}"},"spec":{"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"100m"}}}]}}
        """);

    private Task UsedAsync(string pods, string cpu) => Cluster.WaitAsync(Kinds.Quotas, "default", "q",
        q => q?.Status?.Used is { } used && used.GetValueOrDefault("pods") == pods && used.GetValueOrDefault("requests.cpu") == cpu);
}
