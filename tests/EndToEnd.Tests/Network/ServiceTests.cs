using System.Text.RegularExpressions;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Services and their names between real containers, and from the machine.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class ServiceTests(ClusterFixture cluster)
{
    private readonly SlipwayCli slipway = cluster.Slipway;
    private readonly NetworkPods pods = new(cluster.Slipway);

    [Fact]
    public async Task Pods_reach_services_by_name_and_the_machine_by_address()
    {
        await pods.BuildImageAsync();
        await pods.ApplyAsync(NetworkPods.Server("shop-1", "shop"), NetworkPods.Server("shop-2", "shop"), """
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
        await pods.WaitForEndpointsAsync("shop", 2);

        // 1. From the machine: the cluster address, the node port, the load balancer.
        var service = await slipway.JsonAsync("get", "service", "shop");
        var (address, nodePort) = ((string)service["spec"]!["clusterIP"]!, (int)service["spec"]!["ports"]![0]!["nodePort"]!);
        var node = await pods.NodeAddressAsync();
        // A container is ready as soon as it runs, which may be before its server listens.
        await NetworkPods.WaitForAsync(async () => (await NetworkPods.SeenAsync(address, 80)) is ["shop-1", "shop-2"], "both pods answer at the cluster address");
        Assert.Equal(["shop-1", "shop-2"], await NetworkPods.SeenAsync(node, nodePort));
        await NetworkPods.WaitForAsync(async () => (string?)(await slipway.JsonAsync("get", "service", "balanced"))["status"]?["loadBalancer"]?["ingress"]?[0]?["ip"] == node, "the load balancer has the node's address");
        Assert.Equal(["shop-1", "shop-2"], await NetworkPods.SeenAsync(node, 8088));

        // 2. From a pod: by short and full names, the names of each pod, an alias, affinity, its own environment, and what is refused.
        var told = await pods.RunAsync("asks", """
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
        await pods.ApplyAsync("""
            apiVersion: v1
            kind: Service
            metadata: { name: pond }
            spec: { selector: { app: narcissus }, publishNotReadyAddresses: true, ports: [{ port: 80, targetPort: 8080 }] }
            """);
        Assert.Equal("narcissus", (await pods.RunAsync("narcissus", """
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
        Assert.Equal(["shop-1", "shop-2"], await NetworkPods.SeenAsync(address, 80));
        (await slipway.RunAsync("up")).Expect();
        Assert.Equal(["shop-1", "shop-2"], await NetworkPods.SeenAsync(address, 80));
        (await slipway.RunAsync("delete", "pod", "shop-1")).Expect();
        await pods.WaitForEndpointsAsync("shop", 1);
        await NetworkPods.WaitForAsync(async () => (await NetworkPods.SeenAsync(address, 80)) is ["shop-2"], "only one pod answers");
        Assert.Contains("again shop-2", await pods.RunAsync("asks-again", "echo \"again $(get shop 80)\""));

        // 5. When the last endpoint has gone, connections are refused at once.
        (await slipway.RunAsync("delete", "pod", "shop-2")).Expect();
        await pods.WaitForEndpointsAsync("shop", 0);
        await NetworkPods.WaitForAsync(() => NetworkPods.IsRefusedAsync(address, 80), "the cluster address refuses");
        await NetworkPods.WaitForAsync(() => NetworkPods.IsRefusedAsync(node, nodePort), "the node port refuses");
    }
}
