using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>What is used, as kubectl, an autoscaler and Debian's Prometheus see it.</summary>
public sealed class MetricsTests(ClusterFixture cluster) : IDisposable
{
    private readonly SlipwayCli slipway = cluster.Slipway;
    private readonly string directory = Directory.CreateTempSubdirectory("slipway-metrics-").FullName;

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task A_busy_container_shows_in_kubectl_top_and_its_deployment_grows_until_it_rests()
    {
        await ApplyAsync($$"""
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: burner }
            spec:
              selector: { matchLabels: { app: burner } }
              template:
                metadata: { labels: { app: burner } }
                spec:
                  terminationGracePeriodSeconds: 0
                  volumes: [ { name: go, hostPath: { path: {{directory}} } } ]
                  containers:
                  - name: main
                    image: {{BusyboxImage.Name}}
                    command: [sh, -c, "while [ ! -e /go/stop ]; do :; done; while :; do sleep 1; done"]
                    resources: { requests: { cpu: 500m } }
                    volumeMounts: [ { name: go, mountPath: /go } ]
            """);
        (await slipway.KubectlAsync("rollout", "status", "deployment", "burner", "--timeout=60s")).Expect();

        // Use is a difference of two looks, and the container has just begun.
        await UntilAsync(TimeSpan.FromSeconds(60), "its use is known", async () => (await slipway.KubectlAsync("top", "pod", "-l", "app=burner")).ExitCode == 0);
        var top = (await slipway.KubectlAsync("top", "pod", "--containers", "--no-headers", "-l", "app=burner")).Expect().Out;
        var used = Regex.Match(top, @"^burner-\S+\s+main\s+(\d+)m\s+\d+Mi\s*$");
        Assert.True(used.Success && int.Parse(used.Groups[1].Value, CultureInfo.InvariantCulture) >= 50, top);
        Assert.Matches(@"^\S+\s+\d+m\s+\d+%\s+\d+Mi\s+\d+%\s*$", (await slipway.KubectlAsync("top", "node", "--no-headers")).Expect().Out);
        Assert.StartsWith("burner-", (await slipway.KubectlAsync("top", "pod", "--no-headers", "--sort-by=cpu")).Expect().Out, StringComparison.Ordinal);

        await ApplyAsync("""
            apiVersion: autoscaling/v2
            kind: HorizontalPodAutoscaler
            metadata: { name: burner }
            spec:
              scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: burner }
              maxReplicas: 2
              metrics: [ { type: Resource, resource: { name: cpu, target: { type: Utilization, averageUtilization: 30 } } } ]
              behavior: { scaleDown: { stabilizationWindowSeconds: 0 } }
            """);
        await UntilAsync(TimeSpan.FromSeconds(60), "the deployment has grown", async () => (int?)(await slipway.JsonAsync("get", "deployment", "burner"))["spec"]!["replicas"] == 2);
        await File.WriteAllTextAsync(Path.Combine(directory, "stop"), "");
        await UntilAsync(TimeSpan.FromSeconds(90), "the deployment has shrunk", async () => (int?)(await slipway.JsonAsync("get", "deployment", "burner"))["spec"]!["replicas"] == 1);
        Assert.Contains("SuccessfulRescale", (await slipway.KubectlAsync("describe", "hpa", "burner")).Expect().Out, StringComparison.Ordinal);
        (await slipway.KubectlAsync("delete", "hpa,deployment", "burner")).Expect();
    }

    [Fact]
    public async Task Prometheus_scrapes_the_cluster_with_the_token_of_a_service_account()
    {
        await ApplyAsync("""
            apiVersion: v1
            kind: ServiceAccount
            metadata: { name: prometheus }
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: { name: prometheus }
            rules:
            - { apiGroups: [""], resources: [nodes], verbs: [get, list, watch] }
            - { apiGroups: [""], resources: [nodes/proxy, nodes/metrics], verbs: [get] }
            - { nonResourceURLs: [/metrics], verbs: [get] }
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: { name: prometheus }
            roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: prometheus }
            subjects: [ { kind: ServiceAccount, name: prometheus, namespace: default } ]
            """, $$"""
            apiVersion: v1
            kind: Pod
            metadata: { name: measured }
            spec: { terminationGracePeriodSeconds: 0, containers: [ { name: main, image: {{BusyboxImage.Name}}, command: [sleep, "1000"], readinessProbe: { exec: { command: ["true"] }, periodSeconds: 1 } } ] }
            """);
        await File.WriteAllTextAsync(Path.Combine(directory, "token"), (await slipway.KubectlAsync("create", "token", "prometheus")).Expect().Out.Trim());
        await File.WriteAllTextAsync(Path.Combine(directory, "ca.crt"), (string)(await slipway.JsonAsync("get", "configmap", "kube-root-ca.crt"))["data"]!["ca.crt"]!);
        var server = new Uri((await slipway.KubectlAsync("config", "view", "--minify", "-o", "jsonpath={.clusters[0].cluster.server}")).Expect().Out).Authority;
        var node = (await slipway.JsonAsync("get", "nodes"))["items"]![0]!;
        var status = node["status"]!;
        var agent = $"{status["addresses"]!.AsArray().Single(a => (string?)a!["type"] == "InternalIP")!["address"]}:{status["daemonEndpoints"]!["kubeletEndpoint"]!["Port"]}";
        await File.WriteAllTextAsync(Path.Combine(directory, "prometheus.yml"), Configuration(server, (string)node["metadata"]!["name"]!, agent));
        (await slipway.KubectlAsync("wait", "pod", "measured", "--for=condition=Ready", "--timeout=60s")).Expect();

        using var prometheus = Start();
        try
        {
            foreach (var query in new[]
            {
                "up{job=\"apiserver\"} == 1", "up{job=\"nodes\"} == 1", "up{job=\"cadvisor\"} == 1", "up{job=\"resource\"} == 1", "up{job=\"probes\"} == 1",
                "container_memory_working_set_bytes{namespace=\"default\",pod=\"measured\",container=\"main\"} > 0",
                "sum by (pod) (container_network_receive_bytes_total{pod=\"measured\"}) >= 0",
                "prober_probe_total{probe_type=\"Readiness\",result=\"successful\",pod=\"measured\"} > 0",
                "machine_memory_bytes > 0", "kubelet_running_pods > 0", "pod_memory_working_set_bytes{pod=\"measured\"} > 0",
                "rate(apiserver_request_total{resource=\"pods\"}[20s]) >= 0",
            })
                await UntilAsync(TimeSpan.FromSeconds(30), $"Prometheus answers {query}", async () => (await AskAsync(query)).Count > 0);
        }
        finally
        {
            prometheus.Kill();
            await prometheus.WaitForExitAsync();
        }
        (await slipway.KubectlAsync("delete", "pod/measured", "clusterrolebinding/prometheus", "clusterrole/prometheus", "serviceaccount/prometheus")).Expect();
    }

    // Debian's Prometheus is built without the discovery of Kubernetes' nodes, so that the one there is is named.
    private static string Configuration(string server, string node, string agent)
    {
        static string Job(string name, string target, string path) => $$"""
            - job_name: {{name}}
              metrics_path: {{path}}
              scheme: https
              tls_config: { ca_file: ca.crt }
              authorization: { credentials_file: token }
              static_configs: [ { targets: ["{{target}}"] } ]
            """;
        var proxy = $"/api/v1/nodes/{node}/proxy";
        return $$"""
            global: { scrape_interval: 1s, scrape_timeout: 1s }
            scrape_configs:
            {{Job("apiserver", server, "/metrics")}}
            {{Job("nodes", server, $"{proxy}/metrics")}}
            {{Job("cadvisor", server, $"{proxy}/metrics/cadvisor")}}
            {{Job("resource", agent, "/metrics/resource")}}
            {{Job("probes", agent, "/metrics/probes")}}
            """;
    }

    private string Socket => $"127.0.0.1:{port}";

    private readonly int port = FreePort();

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Repository.Require("/usr/bin/prometheus")) { WorkingDirectory = directory, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var argument in new[] { "--config.file=prometheus.yml", "--storage.tsdb.path=data", $"--web.listen-address={Socket}", "--log.level=error" })
            start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        return process;
    }

    private async Task<JsonArray> AskAsync(string query)
    {
        using var http = new HttpClient();
        try
        {
            var answer = await http.GetStringAsync(new Uri($"http://{Socket}/api/v1/query?query={Uri.EscapeDataString(query)}"));
            return JsonNode.Parse(answer)!["data"]!["result"]!.AsArray();
        }
        catch (HttpRequestException)
        {
            return []; // it does not listen yet
        }
    }

    private async Task ApplyAsync(params string[] manifests) => (await slipway.RunWithInputAsync(string.Join("\n---\n", manifests), "apply", "-f", "-")).Expect();

    private static async Task UntilAsync(TimeSpan limit, string what, Func<Task<bool>> condition)
    {
        var begun = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(begun) > limit) throw new TimeoutException($"not within {limit.TotalSeconds:0} s: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System);
        }
    }
}
