using Microsoft.Extensions.Time.Testing;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Subresources;

public sealed class EvictionTests
{
    private const string Budgets = "/apis/policy/v1/namespaces/default/poddisruptionbudgets";
    private const string Eviction = """{"apiVersion":"policy/v1","kind":"Eviction","metadata":{"name":"p","namespace":"default"}}""";
    private const string Running = """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"True"}]}}""";
    private const string Unready = """{"status":{"phase":"Running","conditions":[{"type":"Ready","status":"False"}]}}""";

    [Fact]
    public async Task A_pod_that_no_budget_counts_goes()
    {
        await using var api = await StartAsync(Running);
        Assert.Equal("Success", (await api.PostAsync($"{Pods}/p/eviction", Eviction)).Expect(201)["status"]);
        var pod = (await api.GetAsync($"{Pods}/p")).Expect(200);
        Assert.NotNull(pod["metadata.deletionTimestamp"]);
        Assert.Contains("EvictionByEvictionAPI", pod["status.conditions"]);
    }

    [Fact]
    public async Task A_budget_counts_the_disruption()
    {
        await using var api = await StartAsync(Running);
        await BudgetAsync(api, "b", """{"observedGeneration":1,"disruptionsAllowed":1,"currentHealthy":2,"desiredHealthy":1,"expectedPods":2}""");
        (await api.PostAsync($"{Pods}/p/eviction", Eviction)).Expect(201);
        var budget = await api.GetAsync($"{Budgets}/b");
        Assert.Equal("0", budget["status.disruptionsAllowed"]);
        Assert.Equal("2030-01-01T00:00:00Z", budget["status.disruptedPods.p"]);
        Assert.Equal("DisruptionAllowed False InsufficientPods", $"{budget["status.conditions.0.type"]} {budget["status.conditions.0.status"]} {budget["status.conditions.0.reason"]}");
        Assert.NotNull((await api.GetAsync($"{Pods}/p"))["metadata.deletionTimestamp"]);
    }

    [Theory]
    [InlineData("""{"observedGeneration":1,"disruptionsAllowed":0,"currentHealthy":1,"desiredHealthy":1,"expectedPods":1}""", 429, "The disruption budget b needs 1 healthy pods and has 1 currently", null)]
    [InlineData("""{"observedGeneration":0,"disruptionsAllowed":5,"currentHealthy":1,"desiredHealthy":1,"expectedPods":1}""", 429, "The disruption budget b is still being processed by the server.", "10")]
    public async Task A_budget_refuses(string status, int code, string cause, string? retry)
    {
        await using var api = await StartAsync(Running);
        await BudgetAsync(api, "b", status);
        var refused = (await api.PostAsync($"{Pods}/p/eviction", Eviction)).Expect(code);
        Assert.Equal("Cannot evict pod as it would violate the pod's disruption budget.", refused["message"]);
        Assert.Equal(("DisruptionBudget", cause), (refused["details.causes.0.reason"], refused["details.causes.0.message"]));
        Assert.Equal(retry, refused.Headers.FirstOrDefault(h => h.Key == "Retry-After").Value);
        Assert.Null((await api.GetAsync($"{Pods}/p"))["metadata.deletionTimestamp"]);
    }

    [Fact]
    public async Task Several_budgets_are_not_supported()
    {
        await using var api = await StartAsync(Running);
        foreach (var name in (string[])["a", "b"]) await BudgetAsync(api, name, """{"observedGeneration":1,"disruptionsAllowed":1,"currentHealthy":2,"desiredHealthy":1,"expectedPods":2}""");
        Assert.Equal("This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
            (await api.PostAsync($"{Pods}/p/eviction", Eviction)).Expect(500)["message"]);
    }

    [Theory]
    [InlineData("", """{"observedGeneration":1,"disruptionsAllowed":0,"currentHealthy":2,"desiredHealthy":2,"expectedPods":3}""", 201)]
    [InlineData("", """{"observedGeneration":1,"disruptionsAllowed":0,"currentHealthy":1,"desiredHealthy":2,"expectedPods":3}""", 429)]
    [InlineData(",\"unhealthyPodEvictionPolicy\":\"AlwaysAllow\"", """{"observedGeneration":1,"disruptionsAllowed":0,"currentHealthy":1,"desiredHealthy":2,"expectedPods":3}""", 201)]
    public async Task An_unready_pod_goes_where_the_budget_lets_it(string policy, string status, int code)
    {
        await using var api = await StartAsync(Unready);
        await BudgetAsync(api, "b", status, policy);
        (await api.PostAsync($"{Pods}/p/eviction", Eviction)).Expect(code);
    }

    [Theory]
    [InlineData("""{"status":{"phase":"Pending"}}""")]
    [InlineData("""{"status":{"phase":"Succeeded"}}""")]
    public async Task No_budget_is_asked_about_a_pod_that_does_not_run(string status)
    {
        await using var api = await StartAsync(status);
        await BudgetAsync(api, "b", """{"observedGeneration":1,"disruptionsAllowed":0,"currentHealthy":1,"desiredHealthy":1,"expectedPods":1}""");
        (await api.PostAsync($"{Pods}/p/eviction", Eviction)).Expect(201);
    }

    [Fact]
    public async Task A_dry_run_disturbs_nothing()
    {
        await using var api = await StartAsync(Running);
        await BudgetAsync(api, "b", """{"observedGeneration":1,"disruptionsAllowed":1,"currentHealthy":2,"desiredHealthy":1,"expectedPods":2}""");
        (await api.PostAsync($"{Pods}/p/eviction?dryRun=All", Eviction)).Expect(201);
        (await api.PostAsync($"{Pods}/p/eviction", Eviction.Replace("}}", "},\"deleteOptions\":{\"dryRun\":[\"All\"]}}", StringComparison.Ordinal))).Expect(201);
        Assert.Null((await api.GetAsync($"{Pods}/p"))["metadata.deletionTimestamp"]);
        Assert.Equal("1", (await api.GetAsync($"{Budgets}/b"))["status.disruptionsAllowed"]);
    }

    [Theory]
    [InlineData("""{"kind":"Pod","metadata":{"name":"p"}}""", 400)]
    [InlineData("""{"metadata":{"name":"other"}}""", 400)]
    [InlineData("""{"metadata":{"name":"p"},"deleteOptions":{"preconditions":{"uid":"other"}}}""", 409)]
    public async Task An_eviction_that_makes_no_sense_is_refused(string body, int code)
    {
        await using var api = await StartAsync(Running);
        (await api.PostAsync($"{Pods}/p/eviction", body)).Expect(code);
    }

    private static async Task<TestApi> StartAsync(string status)
    {
        var api = await TestApi.StartAsync(clock: new FakeTimeProvider(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        (await api.PostAsync(Pods, Pod("p", ",\"nodeName\":\"n\"", ",\"labels\":{\"a\":\"b\"}"))).Expect(201);
        (await api.MergeAsync($"{Pods}/p/status", status)).Expect(200);
        return api;
    }

    private static async Task BudgetAsync(TestApi api, string name, string status, string policy = "")
    {
        (await api.PostAsync(Budgets, $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"minAvailable":1,"selector":{"matchLabels":{"a":"b"}}{{{policy}}}}}""")).Expect(201);
        (await api.MergeAsync($"{Budgets}/{name}/status", $$$"""{"status":{{{status}}}}""")).Expect(200);
    }
}
