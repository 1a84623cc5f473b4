using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Ingresses in front of real containers.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class IngressTests(ClusterFixture cluster) : IAsyncLifetime
{
    private readonly SlipwayCli slipway = cluster.Slipway;
    private readonly NetworkPods pods = new(cluster.Slipway);
    private string node = "";

    public async ValueTask InitializeAsync()
    {
        await pods.BuildImageAsync();
        node = await pods.NodeAddressAsync();
    }

    public async ValueTask DisposeAsync()
    {
        (await slipway.KubectlAsync("delete", "ingresses,deployments,pods,secrets", "--all", "--now")).Expect();
        (await slipway.KubectlAsync("delete", "services", "shop", "api", "roll", "--ignore-not-found")).Expect();
    }

    [Fact]
    public async Task Hosts_and_paths_lead_to_services_with_and_without_TLS()
    {
        Assert.True(await NetworkPods.IsRefusedAsync(node, 80));
        var certificate = await CreateSecretAsync("shop-cert", "shop.example.org");
        await pods.ApplyAsync(NetworkPods.Server("shop", "shop"), NetworkPods.Server("api", "api"), Service("shop"), Service("api"), """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: { name: shop }
            spec:
              tls: [{ hosts: [shop.example.org], secretName: shop-cert }]
              rules:
                - host: shop.example.org
                  http:
                    paths:
                      - { path: /, pathType: Prefix, backend: { service: { name: shop, port: { name: web } } } }
                - host: "*.example.org"
                  http: { paths: [{ path: /index.html, pathType: Exact, backend: { service: { name: api, port: { number: 80 } } } }] }
            """);
        await NetworkPods.WaitForAsync(async () => (string?)(await slipway.JsonAsync("get", "ingress", "shop"))["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"] == node, "the ingress has the node's address");
        using var http = Client(certificate);
        await NetworkPods.WaitForAsync(async () => await GetAsync(http, "http://shop.example.org/") == "shop", "the shop answers");
        await NetworkPods.WaitForAsync(async () => await GetAsync(http, "http://other.example.org/index.html") == "api", "the api answers");
        Assert.Equal("NotFound", await GetAsync(http, "http://other.example.org/"));
        Assert.Equal("NotFound", await GetAsync(http, "http://example.org/"));
        Assert.Equal("shop", await GetAsync(http, "https://shop.example.org/"));
        await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(new Uri("https://other.example.org/index.html")));   // nobody vouches for that name

        // A pod reaches it too, at the node's address.
        Assert.Equal("no Ingress has a rule for this host and path", (await pods.RunAsync("asks-ingress", $"get {node} 80")).Trim());

        // With the last ingress the port is free again.
        (await slipway.RunAsync("delete", "ingress", "shop")).Expect();
        await NetworkPods.WaitForAsync(() => NetworkPods.IsRefusedAsync(node, 80), "nothing listens");
    }

    [Fact]
    public async Task A_rolling_update_under_load_loses_no_request()
    {
        await pods.ApplyAsync(Deployment("v1"), Service("roll"), """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: { name: roll }
            spec: { defaultBackend: { service: { name: roll, port: { number: 80 } } } }
            """);
        using var http = Client(null);
        await NetworkPods.WaitForAsync(async () => await GetAsync(http, "http://roll.example.org/") == "v1", "the first version answers");
        using var end = new CancellationTokenSource();
        var answers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => LoadAsync(http, end.Token))).ToList();
        await pods.ApplyAsync(Deployment("v2"));
        (await slipway.KubectlAsync("rollout", "status", "deployment/roll", "--timeout=60s")).Expect();
        await NetworkPods.WaitForAsync(async () => await GetAsync(http, "http://roll.example.org/") == "v2", "the second version answers");
        await end.CancelAsync();
        var all = (await Task.WhenAll(answers)).SelectMany(counts => counts).GroupBy(count => count.Key).ToDictionary(group => group.Key, group => group.Sum(count => count.Value));
        Assert.Equal(["v1", "v2"], all.Keys.Order(StringComparer.Ordinal));
        Assert.True(all.Values.Sum() > 100, $"only {all.Values.Sum()} requests were made");
    }

    private static async Task<Dictionary<string, int>> LoadAsync(HttpClient http, CancellationToken end)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!end.IsCancellationRequested)
        {
            var answer = await GetAsync(http, "http://roll.example.org/");
            counts[answer] = counts.GetValueOrDefault(answer) + 1;
        }
        return counts;
    }

    private static async Task<string> GetAsync(HttpClient http, string url)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri(url), TestContext.Current.CancellationToken);
            return answer.IsSuccessStatusCode ? (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Trim() : $"{answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
    }

    private async Task<X509Certificate2> CreateSecretAsync(string name, string host)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        var certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        (await slipway.RunWithInputAsync(new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["type"] = "kubernetes.io/tls",
            ["stringData"] = new JsonObject { ["tls.crt"] = certificate.ExportCertificatePem(), ["tls.key"] = key.ExportPkcs8PrivateKeyPem() },
        }.ToJsonString(), "apply", "-f", "-")).Expect();
        return certificate;
    }

    // Any name leads to the node.
    private HttpClient Client(X509Certificate2? trusted) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (target, cancellation) =>
        {
            var socket = new System.Net.Sockets.Socket(System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp);
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Parse(node), target.DnsEndPoint.Port), cancellation);
            return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
        },
        SslOptions = new SslClientAuthenticationOptions
        {
            RemoteCertificateValidationCallback = (_, certificate, _, faults) => trusted is not null && certificate?.GetCertHashString() == trusted.GetCertHashString() && !faults.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch),
        },
    })
    { Timeout = TimeSpan.FromSeconds(10) };

    private static string Service(string name) => $$"""
        apiVersion: v1
        kind: Service
        metadata: { name: {{name}} }
        spec: { selector: { app: {{name}} }, ports: [{ name: web, port: 80, targetPort: 8080 }] }
        """;

    // Its server ends by the signal at once, so that what comes to it afterwards must go to another pod; a pause before lets
    // the requests end that it has.
    private static string Deployment(string version) => $$"""
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: roll }
        spec:
          replicas: 2
          selector: { matchLabels: { app: roll } }
          template:
            metadata: { labels: { app: roll } }
            spec:
              terminationGracePeriodSeconds: 3
              containers:
                - name: main
                  image: IMAGE
                  command: [sh, -c, "busybox mkdir -p /www; echo {{version}} > /www/index.html; exec busybox httpd -f -p 8080 -h /www"]
                  readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
                  lifecycle: { preStop: { sleep: { seconds: 1 } } }
        """;
}
