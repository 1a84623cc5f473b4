using Slipway.Api.Documents;
using Slipway.ApiServer.Audit;
using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Metrics;

public sealed class AuditMetricsTests
{
    private const string Policy = """
        apiVersion: audit.k8s.io/v1
        kind: Policy
        rules:
        - { level: Request, verbs: [create], resources: [{ group: "", resources: [configmaps] }] }
        - { level: None }
        """;

    [Fact]
    public async Task Events_are_counted_and_those_that_the_disk_refuses_are_errors()
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Audit = new AuditOptions { Policy = AuditPolicy.Parse(DocumentReader.ParseYaml(Policy)[0]), File = new AuditFileOptions("/dev/full") } });
        var before = await MetricsPage.ReadAsync(api);
        (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        (await api.GetAsync(ConfigMaps)).Expect(200);

        // One when it has come, and one when it is answered.
        await Waiting.UntilAsync(TimeSpan.FromSeconds(30), async () => (await MetricsPage.ReadAsync(api)).Sum("apiserver_audit_error_total", "plugin=\"log\"") == 2);
        var page = await MetricsPage.ReadAsync(api);
        Assert.Equal(2, page.Sum("apiserver_audit_event_total"));
        Assert.Equal(1, page.Sum("apiserver_audit_level_total", "level=\"Request\""));
        Assert.True(page.Sum("apiserver_audit_level_total", "level=\"None\"") > before.Sum("apiserver_audit_level_total", "level=\"None\""));
        Assert.Equal(0, page.Sum("apiserver_audit_requests_rejected_total"));
    }
}
