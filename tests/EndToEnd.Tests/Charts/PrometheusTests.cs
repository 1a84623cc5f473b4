using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests.Charts;

/// <summary>Prometheus, installed by the real Helm from <c>examples/prometheus</c>: from inside the cluster, and with the token of its account, it finds what there is to scrape.</summary>
public sealed class PrometheusTests(ClusterFixture cluster) : ChartTest(cluster.Slipway, "prom")
{
    private const string Host = "prometheus.example.org";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly SlipwayCli slipway = cluster.Slipway;
    private Uri _server = null!;

    [Fact]
    public async Task It_finds_nodes_services_pods_and_ingresses_and_keeps_what_it_has_scraped()
    {
        (await slipway.RunAsync("image", "build", "-t", "slipway.local/prometheus:1", Repository.Require(Repository.File("artifacts", "prometheus", "image")))).Expect();
        var node = (await slipway.JsonAsync("get", "nodes"))["items"]![0]!;
        var address = (string)node["status"]!["addresses"]!.AsArray().Single(a => (string?)a!["type"] == "InternalIP")!["address"]!;
        var values = Path.Combine(slipway.Home, "prometheus.yaml");
        await File.WriteAllTextAsync(values, Values((string)node["metadata"]!["name"]!, address), TestContext.Current.CancellationToken);
        (await slipway.HelmAsync("install", "prom", Repository.File("examples", "prometheus", "chart"), "-n", "prom", "--create-namespace", "--values", values, "--wait", "--timeout", "90s")).Expect();
        (await slipway.RunWithInputAsync(Measured, "apply", "-n", "prom", "-f", "-")).Expect();
        _server = new Uri($"http://{(await slipway.KubectlAsync("get", "service", "prom-server", "-n", "prom", "-o", "jsonpath={.spec.clusterIP}")).Expect().Out}/");

        foreach (var query in new[]
        {
            // What the agent finds.
            "up{job=\"kubernetes-apiservers\"} == 1", "up{job=\"kubernetes-nodes\"} == 1", "up{job=\"kubernetes-cadvisor\"} == 1", "up{job=\"kubernetes-resource\"} == 1",
            "up{job=\"kubernetes-pods\",namespace=\"prom\",container=\"agent\"} == 1", "up{job=\"kubernetes-ingresses\",ingress=\"prom-server\"} == 1",
            "answer{job=\"kubernetes-services\",namespace=\"prom\",service=\"measured\",pod=~\"measured-.+\"} == 42",
            // What Prometheus itself reads, who is stricter.
            "up{job=\"apiserver\"} == 1", "up{job=\"nodes\"} == 1", "up{job=\"cadvisor\"} == 1", "up{job=\"resource\"} == 1",
            "container_memory_working_set_bytes{job=\"cadvisor\",namespace=\"prom\",pod=~\"measured-.+\",container=\"main\"} > 0",
            "sum by (pod) (container_network_receive_bytes_total{job=\"cadvisor\",pod=~\"measured-.+\"}) >= 0",
            "machine_memory_bytes{job=\"cadvisor\"} > 0", "kubelet_running_pods{job=\"nodes\"} > 0", "kubelet_volume_stats_used_bytes{job=\"nodes\",persistentvolumeclaim=\"data-prom-server-0\"} >= 0",
            "pod_memory_working_set_bytes{job=\"resource\",pod=~\"measured-.+\"} > 0", "rate(apiserver_request_total{job=\"apiserver\",resource=\"pods\"}[20s]) >= 0",
        })
            await AnswersAsync(query);
        var before = TimeProvider.System.GetUtcNow();

        // What comes is found, and what goes is forgotten.
        (await slipway.KubectlAsync("scale", "deployment", "measured", "-n", "prom", "--replicas=3")).Expect();
        await AnswersAsync("count(up{service=\"measured\"} == 1) == 3");
        (await slipway.KubectlAsync("scale", "deployment", "measured", "-n", "prom", "--replicas=1")).Expect();
        await AnswersAsync("count(up{service=\"measured\"}) == 1");

        (await slipway.KubectlAsync("delete", "pod", "prom-server-0", "-n", "prom")).Expect();
        await AnswersAsync("answer == 42");
        Assert.NotEmpty(await AskAsync("answer", before));

        (await slipway.HelmAsync("uninstall", "prom", "-n", "prom", "--wait")).Expect();
        (await slipway.KubectlAsync("delete", "namespace", "prom", "--timeout=60s")).Expect();
        await NetworkPods.WaitForAsync(() => NetworkPods.IsRefusedAsync(address, 80), "no ingress is left");
    }

    // Debian's Prometheus is built without the discovery of Kubernetes, so that it is told where to read itself.
    private static string Values(string node, string address)
    {
        string Job(string name, string path) => $$"""
            - job_name: {{name}}
              metrics_path: {{path}}
              scheme: https
              tls_config: { ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt }
              authorization: { credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token }
              static_configs: [ { targets: ["kubernetes.default.svc:443"] } ]
            """;
        var agent = $"/api/v1/nodes/{node}/proxy";
        return $$"""
            interval: 2s
            ingress: { host: {{Host}} }
            agent: { hostAliases: [ { ip: {{address}}, hostnames: [{{Host}}] } ] }
            extraScrapeConfigs:
            {{Job("apiserver", "/metrics")}}
            {{Job("nodes", $"{agent}/metrics")}}
            {{Job("cadvisor", $"{agent}/metrics/cadvisor")}}
            {{Job("resource", $"{agent}/metrics/resource")}}
            """;
    }

    private const string Measured = $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: measured }
        spec:
          selector: { matchLabels: { app: measured } }
          template:
            metadata: { labels: { app: measured } }
            spec:
              terminationGracePeriodSeconds: 0
              containers:
              - name: main
                image: {{BusyboxImage.Name}}
                command: [busybox, httpd, -f, -p, "8080", -h, /www]
                ports: [ { name: http, containerPort: 8080 } ]
                volumeMounts: [ { name: www, mountPath: /www } ]
              volumes: [ { name: www, configMap: { name: measured } } ]
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: measured }
        data: { metrics: "answer 42\n" }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: measured, annotations: { prometheus.io/scrape: "true" } }
        spec: { selector: { app: measured }, ports: [ { name: http, port: 80, targetPort: http } ] }
        """;

    private Task AnswersAsync(string query) => Waiting.UntilAsync($"Prometheus answers {query}", Patience, async () => (await AskAsync(query)).Count > 0);

    private async Task<JsonArray> AskAsync(string query, DateTimeOffset? at = null)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        var time = at is { } moment ? string.Create(CultureInfo.InvariantCulture, $"&time={moment.ToUnixTimeSeconds()}") : "";
        try
        {
            var answer = await http.GetStringAsync(new Uri(_server, $"/api/v1/query?query={Uri.EscapeDataString(query)}{time}"), TestContext.Current.CancellationToken);
            return JsonNode.Parse(answer)!["data"]!["result"]!.AsArray();
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested))
        {
            return [];   // its pod is being replaced: nobody is there, or nobody answers in time
        }
    }
}
