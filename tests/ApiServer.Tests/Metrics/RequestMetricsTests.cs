using Microsoft.Extensions.Time.Testing;
using Slipway.ApiServer.Tests.Webhooks;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Metrics;

public sealed class RequestMetricsTests
{
    private const string Resource = "resource=\"configmaps\"";

    [Theory]
    [InlineData("Mutating")]
    [InlineData("Validating")]
    public async Task Service_levels_are_measured_without_the_time_of_webhooks(string kind)
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var api = await TestApi.StartAsync(clock: clock);
        await using var hooks = await WebhookServer.StartAsync();
        hooks.On("slow", request =>
        {
            clock.Advance(TimeSpan.FromSeconds(3));
            return request["name"]!.ToString() == "refused" ? new() { ["allowed"] = false } : WebhookServer.Allow();
        });
        (await api.PostAsync($"/apis/admissionregistration.k8s.io/v1/{kind.ToLowerInvariant()}webhookconfigurations", $$"""
            {"metadata":{"name":"slow"},"webhooks":[{"name":"slow.example.com","clientConfig":{"url":"{{hooks.Url("slow")}}","caBundle":"{{hooks.CaBundle}}"},
             "rules":[{"operations":["CREATE"],"apiGroups":[""],"apiVersions":["v1"],"resources":["configmaps"]}],"sideEffects":"None","admissionReviewVersions":["v1"]}]}
            """)).Expect(201);
        (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        (await api.PostAsync(ConfigMaps, ConfigMap("refused"))).Expect(400);

        var page = await MetricsPage.ReadAsync(api);
        Assert.Equal(6, page.Sum("apiserver_request_duration_seconds_sum", Resource, "verb=\"POST\""));
        Assert.Equal(0, page.Sum("apiserver_request_sli_duration_seconds_sum", Resource, "verb=\"POST\"", "scope=\"resource\""));
        Assert.Equal(2, page.Sum("apiserver_request_sli_duration_seconds_bucket", Resource, "verb=\"POST\"", "le=\"0.05\""));
    }

    [Fact]
    public async Task Answers_of_reads_are_measured_as_they_are_before_compression()
    {
        await using var api = await TestApi.StartAsync();
        for (var i = 0; i < 50; i++) (await api.PostAsync(ConfigMaps, ConfigMap($"c{i}", data: $"\"k\":\"{new string('x', 4000)}\""))).Expect(201);
        var one = await api.GetAsync($"{ConfigMaps}/c0");
        var list = await api.GetAsync(ConfigMaps);
        var page = await MetricsPage.ReadAsync(api);
        Assert.Equal(one.Body.Length, page.Sum("apiserver_response_sizes_sum", Resource, "verb=\"GET\"", "scope=\"resource\""));
        Assert.Equal(list.Body.Length, page.Sum("apiserver_response_sizes_sum", Resource, "verb=\"LIST\"", "scope=\"namespace\""));
        Assert.Equal(1, page.Sum("apiserver_response_sizes_bucket", Resource, "verb=\"LIST\"", "le=\"1000000\""));
        Assert.Equal(0, page.Sum("apiserver_response_sizes_bucket", Resource, "verb=\"LIST\"", "le=\"100000\""));
        Assert.Null(page.Sum("apiserver_response_sizes_count", Resource, "verb=\"POST\""));
    }

    [Fact]
    public async Task Deprecated_APIs_that_are_asked_for_are_named()
    {
        await using var api = await TestApi.StartAsync();
        const string metric = "apiserver_requested_deprecated_apis";
        Assert.Null((await MetricsPage.ReadAsync(api)).Sum(metric, "resource=\"endpoints\""));
        (await api.GetAsync("/api/v1/namespaces/default/endpoints")).Expect(200);
        (await api.GetAsync(ConfigMaps)).Expect(200);
        var page = await MetricsPage.ReadAsync(api);
        Assert.Equal(1, page.Sum(metric, "group=\"\"", "version=\"v1\"", "resource=\"endpoints\"", "subresource=\"\"", "removed_release=\"\""));
        Assert.Null(page.Sum(metric, Resource));
    }

    [Fact]
    public async Task Watches_have_no_time_to_an_answer()
    {
        await using var api = await TestApi.StartAsync();
        await using (await api.WatchAsync($"{ConfigMaps}?watch=true")) { }
        var page = await MetricsPage.ReadAsync(api);
        Assert.Equal(1, page.Sum("apiserver_request_total", Resource, "verb=\"WATCH\"", "code=\"200\""));
        Assert.Null(page.Sum("apiserver_request_duration_seconds_count", Resource, "verb=\"WATCH\""));
        Assert.Null(page.Sum("apiserver_request_sli_duration_seconds_count", Resource, "verb=\"WATCH\""));
    }
}
