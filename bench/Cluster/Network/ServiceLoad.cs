using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Testing;

namespace Slipway.Bench.Cluster.Network;

/// <summary>
/// What services, policies and ingresses cost a request: the same server, asked directly, through a service, and through an Ingress beside
/// Debian's haproxy. Server and load run on this machine, on the same cores as what is measured.
/// </summary>
internal static class ServiceLoad
{
    private const string Services = "/api/v1/namespaces/default/services", Slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";
    private const string Ingresses = "/apis/networking.k8s.io/v1/namespaces/default/ingresses", Policies = "/apis/networking.k8s.io/v1/namespaces/default/networkpolicies";
    private const int Port = 18080, ProxyPort = 18090, Connections = 64;

    public static async Task MeasureAsync(SlipwayCli slipway, ResultTable table)
    {
        using var api = Connection.To(slipway);
        var node = (string)(await slipway.JsonAsync("status"))["nodeAddress"]!;
        await using var server = await WebServer.StartAsync(new(IPAddress.Parse(node), Port));
        await CreateServiceAsync(api, node);
        var service = (string)JsonNode.Parse((await api.SendExpectingAsync(new ApiRequest("GET", $"{Services}/bench-web"), 200)).Span)!["spec"]!["clusterIP"]!;
        await SettleAsync($"http://{service}/");

        var direct = $"http://{node}:{Port}/";
        var rates = await Load.InTurnAsync(() => Load.HttpAsync(direct, Connections), () => Load.HttpAsync($"http://{service}/", Connections));
        table.Add("requests/s through a service, 64 connections", Text(rates[1]), Load.Compare(rates[1], rates[0], "direct"), ">= 0.95x");

        await IngressAsync(slipway, api, node, direct, table);
        await PoliciesAsync(slipway, api, table);
        await api.SendExpectingAsync("DELETE", $"{Services}/bench-web", null, 200);
    }

    private static async Task IngressAsync(SlipwayCli slipway, Connection api, string node, string direct, ResultTable table)
    {
        var before = ProcessMemory.Anonymous(slipway.ServerPid!.Value);
        await api.SendExpectingAsync("POST", Ingresses, Json("""{"metadata":{"name":"bench-web"},"spec":{"defaultBackend":{"service":{"name":"bench-web","port":{"number":80}}}}}"""), 201);
        await SettleAsync($"http://{node}/");
        table.Add("memory that the first Ingress takes", string.Create(CultureInfo.InvariantCulture, $"{(ProcessMemory.Anonymous(slipway.ServerPid!.Value) - before) / 1e6:0.0} MB"));

        var file = Path.Combine(slipway.Home, "haproxy.cfg");
        await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $"""
            defaults
                mode http
                timeout connect 5s
                timeout client 60s
                timeout server 60s
            frontend bench
                bind {node}:{ProxyPort}
                default_backend web
            backend web
                option forwardfor
                server web {node}:{Port}

            """));
        using var haproxy = Load.Start("haproxy", "-f", file);
        try
        {
            await SettleAsync($"http://{node}:{ProxyPort}/");
            var rates = await Load.InTurnAsync(() => Load.HttpAsync(direct, Connections), () => Load.HttpAsync($"http://{node}/", Connections), () => Load.HttpAsync($"http://{node}:{ProxyPort}/", Connections));
            table.Add("requests/s through an Ingress, 64 connections", Text(rates[1]), $"{Load.Compare(rates[1], rates[2], "haproxy")}; {Load.Compare(rates[1], rates[0], "direct")}");
        }
        finally
        {
            haproxy.Kill();
        }
        await api.SendExpectingAsync("DELETE", $"{Ingresses}/bench-web", null, 200);
    }

    // A pod that is asked from a host beyond the machine, whose packets are forwarded and meet the policies.
    private static async Task PoliciesAsync(SlipwayCli slipway, Connection api, ResultTable table)
    {
        await api.SendExpectingAsync("POST", "/api/v1/namespaces/default/pods", Json($$"""
            {"metadata":{"name":"bench-policy","labels":{"app":"bench-policy"} },"spec":{"containers":[{"name":"main","image":"{{BusyboxImage.Name}}",
            "command":["sh","-c","busybox mkdir -p /www; echo ok > /www/index.html; exec busybox httpd -f -p 8080 -h /www"]}]} }
            """), 201);
        await api.WatchPodUntilAsync("bench-policy", pod => (string?)pod["status"]?["phase"] == "Running");
        var address = (string)JsonNode.Parse((await api.SendExpectingAsync(new ApiRequest("GET", "/api/v1/namespaces/default/pods/bench-policy"), 200)).Span)!["status"]!["podIP"]!;
        await SettleAsync($"http://{address}:8080/");
        var host = $"slipway-bench-{slipway.Name[^6..]}";
        await Load.RunAsync("ip", "netns", "add", host);
        try
        {
            await Load.RunAsync("ip", "link", "add", $"sx{host[^6..]}", "type", "veth", "peer", "name", "eth0", "netns", host);
            await Load.RunAsync("ip", "addr", "add", "203.0.113.5/30", "dev", $"sx{host[^6..]}");
            await Load.RunAsync("ip", "link", "set", $"sx{host[^6..]}", "up");
            await Load.RunAsync("ip", "-n", host, "addr", "add", "203.0.113.6/30", "dev", "eth0");
            await Load.RunAsync("ip", "-n", host, "link", "set", "eth0", "up");
            await Load.RunAsync("ip", "-n", host, "route", "add", "default", "via", "203.0.113.5");
            Task<double> Rate() => Load.HttpAsync($"http://{address}:8080/", 8, "ip", "netns", "exec", host);
            var without = await Rate();
            for (var i = 0; i < 100; i++)
                await api.SendExpectingAsync("POST", Policies, Json(string.Create(CultureInfo.InvariantCulture,
                    $$"""{"metadata":{"name":"bench-{{i}}"},"spec":{"podSelector":{"matchLabels":{"app":"bench-policy"} },"ingress":[{"from":[{"ipBlock":{"cidr":"{{(i == 99 ? "203.0.113.0/24" : $"198.51.{i}.0/24")}}"} }] }] } }""")), 201);
            await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
            var with = await Rate();
            table.Add("connections/s to a pod that 100 policies select", Text(with), Load.Compare(with, without, "without policies"));
            await api.SendExpectingAsync("DELETE", Policies, null, 200);
        }
        finally
        {
            await Load.RunAsync("ip", "netns", "delete", host);
        }
        await api.SendExpectingAsync("DELETE", "/api/v1/namespaces/default/pods/bench-policy", null, 200);
    }

    private static async Task CreateServiceAsync(Connection api, string node)
    {
        await api.SendExpectingAsync("POST", Services, Json(string.Create(CultureInfo.InvariantCulture, $$"""{"metadata":{"name":"bench-web"},"spec":{"ports":[{"port":80,"targetPort":{{Port}} }]} }""")), 201);
        await api.SendExpectingAsync("POST", Slices, Json(string.Create(CultureInfo.InvariantCulture,
            $$"""{"metadata":{"name":"bench-web","labels":{"kubernetes.io/service-name":"bench-web"} },"addressType":"IPv4","endpoints":[{"addresses":["{{node}}"]}],"ports":[{"name":"","port":{{Port}} }] }""")), 201);
    }

    private static async Task SettleAsync(string url)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                if ((await http.GetAsync(new Uri(url))).IsSuccessStatusCode) return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                if (TimeProvider.System.GetElapsedTime(began) > TimeSpan.FromSeconds(30)) throw;
            }
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    private static byte[] Json(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(double rate) => rate.ToString("N0", CultureInfo.InvariantCulture);
}
