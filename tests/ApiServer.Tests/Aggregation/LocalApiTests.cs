using Slipway.ApiServer.Aggregation;
using Slipway.ApiServer.Webhooks;

namespace Slipway.ApiServer.Tests.Aggregation;

public sealed class LocalApiTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private const string Services = "/apis/apiregistration.k8s.io/v1/apiservices";
    private const string Definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

    [Fact]
    public async Task Each_version_of_a_group_has_an_APIService_for_as_long_as_it_is_served()
    {
        await using var api = await TestApi.StartAsync(new() { RegistersItself = true });
        await Waiting.UntilAsync(Patience, async () => (await api.GetAsync($"{Services}/v2.autoscaling")).Code == 200);
        (await api.GetAsync($"{Services}/v1beta1.metrics.k8s.io")).Expect(404); // left to whom it is taken over by
        var core = (await api.GetAsync($"{Services}/v1.")).Expect(200);
        Assert.Equal(("18000", "1", "onstart"), (core["spec.groupPriorityMinimum"], core["spec.versionPriority"], core.Json["metadata"]!["labels"]![LocalApi.Label]!.ToString()));
        Assert.Equal(("True", "Local"), (core["status.conditions.0.status"], core["status.conditions.0.reason"]));
        Assert.Equal("30", (await api.GetAsync($"{Services}/v2.autoscaling"))["spec.versionPriority"]);
        (await api.GetAsync($"{Services}/v1.apiregistration.k8s.io")).Expect(404);

        (await api.PostAsync(Definitions, """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"things.example.com"},"spec":{"group":"example.com","scope":"Namespaced",
             "names":{"plural":"things","kind":"Thing"},"versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object"} } }]} }
            """)).Expect(201);
        await Waiting.UntilAsync(Patience, async () => (await api.GetAsync($"{Services}/v1.example.com")).Code == 200);
        (await api.DeleteAsync($"{Services}/v1.example.com")).Expect(200);
        await Waiting.UntilAsync(Patience, async () => (await api.GetAsync($"{Services}/v1.example.com")).Code == 200);
        (await api.DeleteAsync($"{Definitions}/things.example.com")).Expect(200);
        await Waiting.UntilAsync(Patience, async () => (await api.GetAsync($"{Services}/v1.example.com")).Code == 404);
    }

    [Theory]
    // what is served, what there is, whether the server starts: what is created, changed, deleted
    [InlineData("a* b", "", true, "a b||")]
    [InlineData("a* b", "", false, "a||")]
    [InlineData("a* b", "a:true b:onstart", true, "||")]
    [InlineData("a* b", "a:true:5 b:onstart:5", true, "|a b|")]
    [InlineData("a* b", "a:true:5 b:onstart:5", false, "|a|")]
    [InlineData("", "a:true b:onstart c", true, "||a b")]
    [InlineData("", "a:true b:onstart c", false, "||a")]
    [InlineData("a*", "a::5", true, "||")]
    [InlineData("a", "a:onstart:5:elsewhere", true, "||")]
    [InlineData("", "a:true:5:elsewhere", true, "||")]
    public void Only_what_the_server_has_made_is_changed(string served, string known, bool isStart, string expected)
    {
        LocalApi[] local = [.. Words(served).Select(name => new LocalApi(name.TrimEnd('*'), "v1", 1000, 100, name.EndsWith('*')))];
        AggregatedApi[] there = [.. Words(known).Select(text => text.Split(':')).Select(parts => new AggregatedApi(
            $"v1.{parts[0]}", parts[0], "v1", parts.Length > 3 ? new ServiceTarget("ns", parts[3], "", 443) : null, "", false, 100,
            parts.Length > 2 ? long.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture) : 1000, parts.Length > 1 ? parts[1] : ""))];
        var plan = LocalApiPlan.For(local, there, isStart);
        Assert.Equal(expected, $"{string.Join(' ', plan.Create.Select(api => api.Group))}|{string.Join(' ', plan.Change.Select(api => api.Group))}|{string.Join(' ', plan.Delete.Select(name => name[3..]))}");
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
