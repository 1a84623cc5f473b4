using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Metrics;

public sealed class AdmissionMetricsTests
{
    private const string Plugin = "apiserver_admission_controller_admission_duration_seconds_count";
    private const string Phase = "apiserver_admission_step_admission_duration_seconds_count";

    [Fact]
    public async Task Plugins_and_phases_are_timed_by_whether_they_refuse()
    {
        await using var api = await TestApi.StartAsync();
        var before = await MetricsPage.ReadAsync(api);
        (await api.PostAsync(ConfigMaps, ConfigMap("a"))).Expect(201);
        (await api.PostAsync("/api/v1/namespaces/absent/configmaps", ConfigMap("a"))).Expect(404);
        (await api.PostAsync("/api/v1/namespaces", """{"metadata":{"name":"strict","labels":{"pod-security.kubernetes.io/enforce":"restricted"}}}""")).Expect(201);
        (await api.PostAsync("/api/v1/namespaces/strict/pods", Pod("a"))).Expect(403);

        var after = await MetricsPage.ReadAsync(api);
        Assert.Equal(1, Grown(Plugin, "name=\"NamespaceLifecycle\"", "type=\"admit\"", "operation=\"CREATE\"", "rejected=\"true\""));
        Assert.True(Grown(Plugin, "name=\"NamespaceLifecycle\"", "type=\"admit\"", "operation=\"CREATE\"", "rejected=\"false\"") >= 2);
        Assert.Equal(1, Grown(Plugin, "name=\"PodSecurity\"", "type=\"validate\"", "operation=\"CREATE\"", "rejected=\"true\""));
        Assert.Equal(1, Grown(Phase, "type=\"admit\"", "operation=\"CREATE\"", "rejected=\"true\""));
        Assert.Equal(1, Grown(Phase, "type=\"validate\"", "operation=\"CREATE\"", "rejected=\"true\""));
        Assert.True(Grown(Phase, "type=\"validate\"", "operation=\"CREATE\"", "rejected=\"false\"") >= 1);

        double Grown(string name, params string[] labels) => (after.Sum(name, labels) ?? 0) - (before.Sum(name, labels) ?? 0);
    }
}
