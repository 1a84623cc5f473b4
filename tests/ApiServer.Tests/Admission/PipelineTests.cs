using static Slipway.ApiServer.Tests.Samples;

namespace Slipway.ApiServer.Tests.Admission;

/// <summary>The plugins at work together in a server.</summary>
public sealed class PipelineTests
{
    private const string Quotas = "/api/v1/namespaces/default/resourcequotas";

    [Theory]
    [InlineData("default")]
    [InlineData("kube-system")]
    [InlineData("kube-public")]
    public async Task Some_namespaces_are_never_deleted(string name)
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal($"namespaces \"{name}\" is forbidden: this namespace may not be deleted", (await api.DeleteAsync($"/api/v1/namespaces/{name}")).Expect(403)["message"]);
    }

    [Fact]
    public async Task The_priority_classes_of_the_system_exist()
    {
        await using var api = await TestApi.StartAsync();
        Assert.Equal(["system-cluster-critical", "system-node-critical"], (await api.GetAsync("/apis/scheduling.k8s.io/v1/priorityclasses")).Expect(200).Names);
        var pod = (await api.PostAsync(Pods, Pod("p", ",\"priorityClassName\":\"system-node-critical\""))).Expect(201);
        Assert.Equal("2000001000", pod["spec.priority"]);
    }

    [Fact]
    public async Task A_limit_range_completes_and_bounds_pods()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync("/api/v1/namespaces/default/limitranges", """
            {"apiVersion":"v1","kind":"LimitRange","metadata":{"name":"l"},"spec":{"limits":[{"type":"Container","default":{"cpu":"1"},"defaultRequest":{"cpu":"500m"},"max":{"cpu":"2"}}]}}
            """)).Expect(201);
        var pod = (await api.PostAsync(Pods, Pod("p"))).Expect(201);
        Assert.Equal("500m", pod["spec.containers.0.resources.requests.cpu"]);
        Assert.Equal("Burstable", pod["status.qosClass"]);
        var refused = (await api.PostAsync(Pods, """
            {"apiVersion":"v1","kind":"Pod","metadata":{"name":"q"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"3"}}}]}}
            """)).Expect(403);
        Assert.Equal("pods \"q\" is forbidden: maximum cpu usage per Container is 2, but limit is 3", refused["message"]);
    }

    [Fact]
    public async Task A_quota_is_charged_and_holds_against_many_at_once()
    {
        await using var api = await TestApi.StartAsync();
        await QuotaAsync(api, "configmaps", "5");
        (await api.PostAsync($"{ConfigMaps}?dryRun=All", ConfigMap("dry"))).Expect(201);
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(i => api.PostAsync(ConfigMaps, ConfigMap($"m{i}"))));
        Assert.Equal(5, answers.Count(a => a.Code == 201));
        Assert.All(answers.Where(a => a.Code != 201), a => Assert.EndsWith("is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=5, limited: configmaps=5", a.Expect(403)["message"], StringComparison.Ordinal));
        Assert.Equal("5", (await api.GetAsync($"{Quotas}/q"))["status.used.configmaps"]);
    }

    [Fact]
    public async Task A_quota_counts_custom_resources()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync(Definitions, Definition())).Expect(201);
        await QuotaAsync(api, "count/crontabs.stable.example.com", "1");
        (await api.PostAsync(CronTabs, CronTab("a"))).Expect(201);
        Assert.Equal("crontabs.stable.example.com \"b\" is forbidden: exceeded quota: q, requested: count/crontabs.stable.example.com=1, used: count/crontabs.stable.example.com=1, limited: count/crontabs.stable.example.com=1",
            (await api.PostAsync(CronTabs, CronTab("b"))).Expect(403)["message"]);
    }

    [Fact]
    public async Task Two_quotas_are_charged_both_or_neither()
    {
        await using var api = await TestApi.StartAsync();
        await QuotaAsync(api, "configmaps", "5", "a");
        await QuotaAsync(api, "configmaps", "0", "b");
        (await api.PostAsync(ConfigMaps, ConfigMap("x"))).Expect(403);
        Assert.Equal("0", (await api.GetAsync($"{Quotas}/a"))["status.used.configmaps"]);
    }

    [Fact]
    public async Task Pod_security_refuses_warns_and_looks_at_what_is_there()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"strict","labels":{"pod-security.kubernetes.io/warn":"baseline"}}}""")).Expect(201);
        const string pods = "/api/v1/namespaces/strict/pods";
        var warned = (await api.PostAsync(pods, Pod("host", ",\"hostNetwork\":true"))).Expect(201);
        Assert.Contains(warned.Headers, h => h.Value == "299 - \"would violate PodSecurity \\\"baseline:latest\\\": host namespaces (hostNetwork=true)\"");

        var labelled = (await api.MergeAsync("/api/v1/namespaces/strict", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"baseline"}}}""")).Expect(200);
        Assert.Equal(
            ["299 - \"existing pods in namespace \\\"strict\\\" violate the new PodSecurity enforce level \\\"baseline:latest\\\"\"", "299 - \"host: host namespaces\""],
            labelled.Headers.Where(h => h.Key == "Warning").Select(h => h.Value));
        Assert.Equal("pods \"again\" is forbidden: violates PodSecurity \"baseline:latest\": host namespaces (hostNetwork=true)",
            (await api.PostAsync(pods, Pod("again", ",\"hostNetwork\":true"))).Expect(403)["message"]);
        (await api.PostAsync(pods, Pod("fine"))).Expect(201);

        var job = (await api.PostAsync("/apis/batch/v1/namespaces/strict/jobs", """
            {"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"j"},"spec":{"template":{"spec":{"restartPolicy":"Never","hostPID":true,"containers":[{"name":"c","image":"i"}]}}}}
            """)).Expect(201);
        Assert.Contains(job.Headers, h => h.Value == "299 - \"would violate PodSecurity \\\"baseline:latest\\\": host namespaces (hostPID=true)\"");
        Assert.Contains("must be one of privileged, baseline, restricted",
            (await api.MergeAsync("/api/v1/namespaces/strict", """{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"harsh"}}}""")).Expect(422)["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Claims_and_ingresses_get_the_default_class()
    {
        await using var api = await TestApi.StartAsync();
        (await api.PostAsync("/apis/storage.k8s.io/v1/storageclasses", """
            {"apiVersion":"storage.k8s.io/v1","kind":"StorageClass","metadata":{"name":"fast","annotations":{"storageclass.kubernetes.io/is-default-class":"true"}},"provisioner":"example.com/p"}
            """)).Expect(201);
        (await api.PostAsync("/apis/networking.k8s.io/v1/ingressclasses", """
            {"apiVersion":"networking.k8s.io/v1","kind":"IngressClass","metadata":{"name":"front","annotations":{"ingressclass.kubernetes.io/is-default-class":"true"}},"spec":{"controller":"example.com/c"}}
            """)).Expect(201);
        static string Claim(string name, string spec) => $$$$"""
            {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"{{{{name}}}}"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}{{{{spec}}}} } }
            """;
        const string claims = "/api/v1/namespaces/default/persistentvolumeclaims";
        Assert.Equal("fast", (await api.PostAsync(claims, Claim("a", ""))).Expect(201)["spec.storageClassName"]);
        Assert.Equal("", (await api.PostAsync(claims, Claim("b", ",\"storageClassName\":\"\""))).Expect(201)["spec.storageClassName"]);
        Assert.Equal("front", (await api.PostAsync("/apis/networking.k8s.io/v1/namespaces/default/ingresses", """
            {"apiVersion":"networking.k8s.io/v1","kind":"Ingress","metadata":{"name":"i"},"spec":{"defaultBackend":{"service":{"name":"s","port":{"number":80}}}}}
            """)).Expect(201)["spec.ingressClassName"]);
    }

    private static async Task QuotaAsync(TestApi api, string name, string hard, string quota = "q")
    {
        (await api.PostAsync(Quotas, $$$$"""{"apiVersion":"v1","kind":"ResourceQuota","metadata":{"name":"{{{{quota}}}}"},"spec":{"hard":{"{{{{name}}}}":"{{{{hard}}}}"}}}""")).Expect(201);
        (await api.MergeAsync($"{Quotas}/{quota}/status", $$$$"""{"status":{"hard":{"{{{{name}}}}":"{{{{hard}}}}"},"used":{"{{{{name}}}}":"0"}}}""")).Expect(200);
    }
}
