using Slipway.Api;
using Slipway.Network.Services;

namespace Slipway.Network.Real;

/// <summary>Node ports at 127.0.0.1, with the rules of the cluster that serves the machine and a pod in a namespace of its own.</summary>
public sealed class LoopbackTests
{
    private static readonly ClusterNetwork Network = Make.Network with { Cluster = "default" };

    [Fact]
    public async Task Programs_of_the_machine_reach_node_ports_on_loopback_and_pods_reach_nothing_there()
    {
        await using var node = await NetworkNamespace.CreateAsync();
        await using var pod = await NetworkNamespace.CreateAsync();
        await node.RunAsync("ip", "link", "add", Network.Bridge, "type", "bridge");
        await node.RunAsync("ip", "addr", "add", $"{Network.NodeAddress}/20", "dev", Network.Bridge);
        await node.RunAsync("ip", "link", "add", "veth", "type", "veth", "peer", "name", "eth0", "netns", pod.Name);
        await node.RunAsync("ip", "link", "set", "veth", "master", Network.Bridge, "up");
        await node.RunAsync("ip", "link", "set", Network.Bridge, "up");
        await node.RunAsync("sh", "-c", $"echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv4/conf/{Network.Bridge}/route_localnet");
        await pod.RunAsync("ip", "addr", "add", "10.128.0.2/20", "dev", "eth0");
        await pod.RunAsync("ip", "link", "set", "eth0", "up");
        await pod.RunAsync("ip", "route", "add", "default", "via", $"{Network.NodeAddress}");

        var table = new ProxyTable(Network);
        var service = Make.Service("""{"type":"NodePort","clusterIP":"10.128.16.7","ports":[{"port":80,"nodePort":30080}]}""");
        table.Want("service", new ObjectKey("shop", "web"), ServiceFrontends.Of(service, [Make.Slice("""[{"name":"","port":8080}]""", "10.128.0.2")], new("here", ServesMachine: true)));
        await node.ApplyAsync(table.Everything(), CancellationToken.None);

        await pod.RunAsync("sh", "-c", "mkdir -p /tmp/slipway-loopback && echo pod > /tmp/slipway-loopback/index.html && busybox httpd -p 8080 -h /tmp/slipway-loopback");
        await node.RunAsync("sh", "-c", "mkdir -p /tmp/slipway-secret && echo secret > /tmp/slipway-secret/index.html && busybox httpd -p 127.0.0.1:9090 -h /tmp/slipway-secret");
        try
        {
            Assert.Equal("pod", (await node.RunAsync("busybox", "wget", "-T", "5", "-qO-", "http://127.0.0.1:30080/")).Trim());
            Assert.Equal("pod", (await node.RunAsync("busybox", "wget", "-T", "5", "-qO-", $"http://{Network.NodeAddress}:30080/")).Trim());
            // A pod that names the node as the way to 127.0.0.1 must not come to what listens there.
            await pod.RunAsync("sh", "-c", $"ip addr flush dev lo; echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet; ip route add 127.0.0.1 via {Network.NodeAddress} dev eth0 src 10.128.0.2; ip rule add pref 0 lookup main; ip rule del lookup local");
            Assert.Equal("secret", (await node.RunAsync("busybox", "wget", "-T", "5", "-qO-", "http://127.0.0.1:9090/")).Trim());
            Assert.NotEqual(0, (await pod.TryAsync("busybox", "timeout", "3", "busybox", "wget", "-T", "2", "-qO-", "http://127.0.0.1:9090/")).ExitCode);
            await node.RunAsync("nft", "flush", "chain", "ip", Network.Table, "loopback");
            Assert.Equal("secret", (await pod.RunAsync("busybox", "timeout", "5", "busybox", "wget", "-T", "2", "-qO-", "http://127.0.0.1:9090/")).Trim());   // the rule is what keeps it away
        }
        finally
        {
            foreach (var ns in new[] { node, pod }) await ns.TryAsync("sh", "-c", $"for p in $(ip netns pids {ns.Name}); do [ $p = $$ ] || kill $p; done");
            foreach (var name in new[] { "loopback", "secret" }) Directory.Delete($"/tmp/slipway-{name}", recursive: true);
        }
    }
}
