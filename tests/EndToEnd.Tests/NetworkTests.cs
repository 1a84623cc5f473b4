using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Services and their names between real containers, and from the machine.</summary>
public sealed class NetworkTests(ClusterFixture cluster)
{
    private const string Image = "slipway.local/network:1";

    // A static program of glibc cannot look up names, so that the machine's own shell, which can, goes into the image too.
    private const string Functions = """
        reach() { busybox timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2"; }
        get() { busybox timeout 5 bash -c "exec 3<>/dev/tcp/$1/$2; printf 'GET / HTTP/1.0\r\n\r\n' >&3; tail -n 1 <&3" 2>/dev/null || echo failed; }
        """;

    private readonly SlipwayCli slipway = cluster.Slipway;

    [Fact]
    public async Task Pods_reach_services_by_name_and_the_machine_by_address()
    {
        await BuildImageAsync();
        await ApplyAsync(Server("shop-1", "shop"), Server("shop-2", "shop"), """
            apiVersion: v1
            kind: Service
            metadata: { name: shop }
            spec: { type: NodePort, selector: { app: shop }, ports: [{ name: web, port: 80, targetPort: http }] }
            """, """
            apiVersion: v1
            kind: Service
            metadata: { name: shop-pods }
            spec: { clusterIP: None, selector: { app: shop }, ports: [{ name: web, port: 8080 }] }
            """, """
            apiVersion: v1
            kind: Service
            metadata: { name: alias }
            spec: { type: ExternalName, externalName: shop.default.svc.cluster.local }
            """, """
            apiVersion: v1
            kind: Service
            metadata: { name: balanced }
            spec: { type: LoadBalancer, selector: { app: shop }, ports: [{ port: 8088, targetPort: 8080 }] }
            """, """
            apiVersion: v1
            kind: Service
            metadata: { name: sticky }
            spec: { selector: { app: shop }, sessionAffinity: ClientIP, ports: [{ port: 80, targetPort: 8080 }] }
            """, """
            apiVersion: v1
            kind: Service
            metadata: { name: nobody }
            spec: { selector: { app: nobody }, ports: [{ port: 80 }] }
            """);
        await WaitForEndpointsAsync("shop", 2);

        // 1. From the machine: the cluster address, the node port, the load balancer.
        var service = await slipway.JsonAsync("get", "service", "shop");
        var (address, nodePort) = ((string)service["spec"]!["clusterIP"]!, (int)service["spec"]!["ports"]![0]!["nodePort"]!);
        var node = (string)(await slipway.JsonAsync("status"))["nodeAddress"]!;
        // A container is ready as soon as it runs, which may be before its server listens.
        await WaitForAsync(async () => (await SeenAsync(address, 80)) is ["shop-1", "shop-2"], "both pods answer at the cluster address");
        Assert.Equal(["shop-1", "shop-2"], await SeenAsync(node, nodePort));
        await WaitForAsync(async () => (string?)(await slipway.JsonAsync("get", "service", "balanced"))["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"] == node, "the load balancer has the node's address");
        Assert.Equal(["shop-1", "shop-2"], await SeenAsync(node, 8088));

        // 2. From a pod: by short and full names, the names of each pod, an alias, affinity, its own environment, and what is refused.
        var told = await RunAsync("asks", """
            echo "short $(get shop 80)"
            echo "full $(get shop.default.svc.cluster.local 80)"
            echo "alias $(get alias 80)"
            echo "pods $(get shop-pods 8080)"
            for i in 1 2 3 4 5 6 7 8; do echo "sticky $(get sticky 80)"; done
            echo "environment $(get $SHOP_SERVICE_HOST $SHOP_SERVICE_PORT_WEB)"
            echo "node $(get NODE PORT)"
            busybox nslookup -type=a shop-pods.default.svc.cluster.local | cat
            busybox nslookup -type=srv _web._tcp.shop-pods.default.svc.cluster.local | cat
            reach $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT && echo "the API server is reached"
            reach nobody 80 || echo "nobody is refused"
            cat /etc/resolv.conf
            """.Replace("NODE PORT", $"{node} {nodePort}", StringComparison.Ordinal));
        foreach (var way in new[] { "short", "full", "alias", "pods", "environment", "node" }) Assert.True(Regex.IsMatch(told, $"(?m)^{way} shop-[12]$"), told);
        Assert.Single(told.Split('\n').Where(line => line.StartsWith("sticky", StringComparison.Ordinal)).Distinct());
        foreach (var pod in new[] { "shop-1", "shop-2" })
        {
            var ip = (string)(await slipway.JsonAsync("get", "pod", pod))["status"]!["podIP"]!;
            Assert.Contains($"Address: {ip}\n", told);
            Assert.Contains($"{ip.Replace('.', '-')}.shop-pods.default.svc.cluster.local", told);
        }
        Assert.Contains("the API server is reached", told);
        Assert.Contains("nobody is refused", told);
        Assert.Contains("search default.svc.cluster.local svc.cluster.local cluster.local", told);
        Assert.Contains("options ndots:5", told);

        // 3. A pod that reaches itself by its service.
        await ApplyAsync("""
            apiVersion: v1
            kind: Service
            metadata: { name: pond }
            spec: { selector: { app: narcissus }, publishNotReadyAddresses: true, ports: [{ port: 80, targetPort: 8080 }] }
            """);
        Assert.Equal("narcissus", (await RunAsync("narcissus", """
            busybox mkdir -p /www
            echo narcissus > /www/index.html
            busybox httpd -p 8080 -h /www
            for i in 1 2 3 4 5 6 7 8 9 10; do
                [ "$(get pond 80)" = failed ] || break
                sleep 1
            done
            get pond 80
            """)).Trim());

        // 4. Without its server the cluster's services go on; with it again, they follow what changes.
        slipway.KillServer();
        Assert.Equal(["shop-1", "shop-2"], await SeenAsync(address, 80));
        (await slipway.RunAsync("up")).Expect();
        Assert.Equal(["shop-1", "shop-2"], await SeenAsync(address, 80));
        (await slipway.RunAsync("delete", "pod", "shop-1")).Expect();
        await WaitForEndpointsAsync("shop", 1);
        await WaitForAsync(async () => (await SeenAsync(address, 80)) is ["shop-2"], "only one pod answers");
        Assert.Contains("again shop-2", await RunAsync("asks-again", "echo \"again $(get shop 80)\""));

        // 5. When the last endpoint has gone, connections are refused at once.
        (await slipway.RunAsync("delete", "pod", "shop-2")).Expect();
        await WaitForEndpointsAsync("shop", 0);
        await WaitForAsync(() => IsRefusedAsync(address, 80), "the cluster address refuses");
        await WaitForAsync(() => IsRefusedAsync(node, nodePort), "the node port refuses");
    }

    private async Task BuildImageAsync()
    {
        var context = Directory.CreateDirectory(Path.Combine(slipway.Home, "network-image")).FullName;
        var libraries = (await CommandResult.RunAsync(new ProcessStartInfo("ldd", ["/bin/bash"]), TimeSpan.FromSeconds(10))).Expect().Out
            .Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Where(word => word.StartsWith('/'));
        foreach (var file in libraries.Append("/bin/bash"))
        {
            var copy = Path.Combine(context, "root", file.TrimStart('/'));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy, overwrite: true);
        }
        await File.WriteAllTextAsync(Path.Combine(context, "Dockerfile"), $"FROM {BusyboxImage.Name}\nCOPY root/ /\nENV PATH=/bin\n");
        (await slipway.RunAsync("image", "build", "-t", Image, context)).Expect();
    }

    private static string Server(string name, string app) => $$"""
        apiVersion: v1
        kind: Pod
        metadata: { name: {{name}}, labels: { app: {{app}} } }
        spec:
          terminationGracePeriodSeconds: 0
          containers:
            - name: main
              image: IMAGE
              ports: [{ name: http, containerPort: 8080 }]
              command: [sh, -c, "busybox mkdir -p /www; echo {{name}} > /www/index.html; exec busybox httpd -f -p 8080 -h /www"]
        """;

    private async Task ApplyAsync(params string[] manifests) =>
        (await slipway.RunWithInputAsync(string.Join("\n---\n", manifests).Replace("IMAGE", Image, StringComparison.Ordinal), "apply", "-f", "-")).Expect();

    /// <summary>Runs a script in a pod to its end and returns what it wrote.</summary>
    private async Task<string> RunAsync(string name, string script)
    {
        var pod = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Pod",
            ["metadata"] = new JsonObject { ["name"] = name, ["labels"] = new JsonObject { ["app"] = name } },
            ["spec"] = new JsonObject
            {
                ["restartPolicy"] = "Never",
                ["containers"] = new JsonArray(new JsonObject { ["name"] = "main", ["image"] = Image, ["command"] = new JsonArray("sh", "-c", $"exec > /dev/termination-log 2>&1\n{Functions}\n{script}") }),
            },
        };
        (await slipway.RunWithInputAsync(pod.ToJsonString(), "apply", "-f", "-")).Expect();
        await WaitForPhaseAsync(name);
        return await MessageAsync(name);
    }

    private async Task<string> MessageAsync(string pod) =>
        (string?)(await slipway.JsonAsync("get", "pod", pod))["status"]!["containerStatuses"]![0]!["state"]!["terminated"]?["message"] ?? "";

    private Task WaitForPhaseAsync(string pod) => WaitForAsync(async () => (string?)(await slipway.JsonAsync("get", "pod", pod))["status"]?["phase"] is "Succeeded" or "Failed", $"pod {pod} ends");

    private Task WaitForEndpointsAsync(string service, int count) => WaitForAsync(async () => (await slipway.JsonAsync("get", "endpointslices"))["items"]!.AsArray()
        .Where(slice => (string?)slice!["metadata"]!["labels"]?["kubernetes.io/service-name"] == service)
        .SelectMany(slice => slice!["endpoints"]?.AsArray() ?? []).Count(endpoint => (bool?)endpoint!["conditions"]?["ready"] == true) == count, $"service {service} has {count} ready endpoints");

    /// <summary>Who answers at an address, of many connections.</summary>
    private static async Task<string[]> SeenAsync(string address, int port)
    {
        var seen = new SortedSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 24; i++)
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
            try
            {
                seen.Add((await http.GetStringAsync(new Uri($"http://{address}:{port}/"), TestContext.Current.CancellationToken)).Trim());
            }
            catch (HttpRequestException e)
            {
                seen.Add(e.Message);
            }
        }
        return [.. seen];
    }

    private static async Task<bool> IsRefusedAsync(string address, int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            await socket.ConnectAsync(IPAddress.Parse(address), port, patience.Token);
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
        catch (OperationCanceledException)
        {
            return false;   // neither accepted nor refused
        }
    }

    private static async Task WaitForAsync(Func<Task<bool>> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), $"not after 60 s: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
