using System.Globalization;
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
        await node.RunAsync("ip", "link", "add", Network.Bridge, "address", Network.HardwareAddress, "type", "bridge");
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
            Assert.Equal("pod", await AsksAsync(node, "127.0.0.1", 30080));
            Assert.Equal("pod", await AsksAsync(node, $"{Network.NodeAddress}", 30080));
            // A pod that takes the node for the way to 127.0.0.1 must not come to what listens there.
            await pod.RunAsync("sh", "-c", $"""
                ip addr flush dev lo
                echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet
                ip route add 127.0.0.1 via {Network.NodeAddress} dev eth0 src 10.128.0.2 table 100
                ip rule add pref 1 to 127.0.0.1 lookup 100
                ip rule add pref 2 lookup local
                ip rule del pref 0
                """);
            Assert.Equal("secret", await AsksAsync(node, "127.0.0.1", 9090));
            Assert.Equal("failed", await AsksAsync(pod, "127.0.0.1", 9090, seconds: 2));
            await node.RunAsync("nft", "flush", "chain", "ip", Network.Table, "loopback");
            Assert.Equal("secret", await AsksAsync(pod, "127.0.0.1", 9090));   // the rule is what keeps it away
        }
        finally
        {
            foreach (var ns in new[] { node, pod }) await ns.TryAsync("sh", "-c", $"for p in $(ip netns pids {ns.Name}); do [ $p = $$ ] || kill $p; done");
            foreach (var name in new[] { "loopback", "secret" }) Directory.Delete($"/tmp/slipway-{name}", recursive: true);
        }
    }

    private static async Task<string> AsksAsync(NetworkNamespace from, string address, int port, int seconds = 10)
    {
        var answer = await from.TryAsync("timeout", seconds.ToString(CultureInfo.InvariantCulture), "bash", "-c", string.Create(CultureInfo.InvariantCulture, $"exec 3<>/dev/tcp/{address}/{port}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -n 1 <&3"));
        return answer.ExitCode == 0 ? answer.Output.Trim() : "failed";
    }
}
