using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>Ports of the node, from the machine and from a host beyond it.</summary>
[Collection(AloneTestGroup.Name)]
public sealed class NodePortTests(ClusterFixture cluster) : IAsyncLifetime
{
    private readonly SlipwayCli slipway = cluster.Slipway;
    private readonly NetworkPods pods = new(cluster.Slipway);

    public async ValueTask InitializeAsync() => await pods.BuildImageAsync();

    public async ValueTask DisposeAsync()
    {
        (await slipway.KubectlAsync("delete", "pods", "--all", "--now")).Expect();
        (await slipway.KubectlAsync("delete", "service", "front", "--ignore-not-found")).Expect();
    }

    [Fact]
    public async Task Ports_of_the_node_lead_to_pods_that_ask_for_them_over_TCP_and_UDP()
    {
        await pods.ApplyAsync(NetworkPods.Server("host-port", "host-port", "[{ containerPort: 8080, hostPort: 18080 }]"), """
            apiVersion: v1
            kind: Pod
            metadata: { name: echo }
            spec:
              terminationGracePeriodSeconds: 0
              containers:
                - name: main
                  image: IMAGE
                  ports: [{ containerPort: 7000, hostPort: 17000, protocol: UDP }]
                  command: [/usr/bin/perl, -e, 'socket(S,2,2,17); bind(S,pack("S n N x8",2,7000,0)) or die; while(defined($from=recv(S,$text,1500,0))){send(S,$text,0,$from)}']
            """);
        var node = await pods.NodeAddressAsync();
        await NetworkPods.WaitForAsync(async () => await NetworkPods.SeenAsync(node, 18080) is ["host-port"], "the pod answers at the node's TCP port");
        await NetworkPods.WaitForAsync(async () => await EchoAsync(node, 17000) == "hello", "the pod answers at the node's UDP port");
        Assert.Equal("host-port", (await pods.RunAsync("asks-host-port", $"get {node} 18080")).Trim());

        (await slipway.KubectlAsync("delete", "pod", "host-port", "--now")).Expect();
        await NetworkPods.WaitForAsync(() => NetworkPods.IsRefusedAsync(node, 18080), "the port is free again");
    }

    [Fact]
    public async Task A_host_beyond_the_machine_reaches_node_ports_and_load_balancers()
    {
        await pods.ApplyAsync(NetworkPods.Server("front-1", "front"), NetworkPods.Server("front-2", "front"), """
            apiVersion: v1
            kind: Service
            metadata: { name: front }
            spec: { type: LoadBalancer, externalTrafficPolicy: Local, sessionAffinity: ClientIP, selector: { app: front }, ports: [{ port: 8089, targetPort: 8080 }] }
            """);
        await pods.WaitForEndpointsAsync("front", 2);
        var spec = (await slipway.JsonAsync("get", "service", "front"))["spec"]!;
        var node = await pods.NodeAddressAsync();
        await using var host = await OtherHost.CreateAsync(node);
        foreach (var port in new[] { 8089, (int)spec["ports"]![0]!["nodePort"]! })
        {
            await NetworkPods.WaitForAsync(async () => (await host.GetAsync(node, port)).StartsWith("front-", StringComparison.Ordinal), $"port {port} of the node answers");
            var seen = new HashSet<string>();
            for (var i = 0; i < 8; i++) seen.Add(await host.GetAsync(node, port));
            Assert.Single(seen);   // a client stays with its pod
        }

        var check = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://{node}:{(int)spec["healthCheckNodePort"]!}/healthz"));
        using var http = new HttpClient();
        await NetworkPods.WaitForAsync(async () => (await http.GetStringAsync(check)).Contains("\"localEndpoints\":2", StringComparison.Ordinal), "the health check counts the node's endpoints");
        (await slipway.KubectlAsync("delete", "pods", "--all", "--now")).Expect();
        await NetworkPods.WaitForAsync(async () => (await http.GetAsync(check)).StatusCode == HttpStatusCode.ServiceUnavailable, "the health check tells that there are none");
    }

    private static async Task<string> EchoAsync(string address, int port)
    {
        using var socket = new UdpClient();
        socket.Connect(address, port);
        await socket.SendAsync(Encoding.ASCII.GetBytes("hello"));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            return Encoding.ASCII.GetString((await socket.ReceiveAsync(patience.Token)).Buffer);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            return e.Message;   // not there yet
        }
    }

    /// <summary>A network namespace whose one cable leads to this machine.</summary>
    private sealed class OtherHost(string name) : IAsyncDisposable
    {
        public static async Task<OtherHost> CreateAsync(string node)
        {
            var name = $"slipway-e2e-{Guid.NewGuid().ToString("n")[..6]}";
            var cable = $"sx{name[^6..]}";
            await RunAsync("netns", "add", name);
            await RunAsync("link", "add", cable, "type", "veth", "peer", "name", "eth0", "netns", name);
            await RunAsync("addr", "add", "203.0.113.1/30", "dev", cable);
            await RunAsync("link", "set", cable, "up");
            await RunAsync("-n", name, "addr", "add", "203.0.113.2/30", "dev", "eth0");
            await RunAsync("-n", name, "link", "set", "eth0", "up");
            await RunAsync("-n", name, "route", "add", node, "via", "203.0.113.1");
            return new(name);
        }

        public async Task<string> GetAsync(string address, int port) => (await CommandResult.RunAsync(
            new("ip", ["netns", "exec", name, "timeout", "3", "bash", "-c", string.Create(CultureInfo.InvariantCulture, $"exec 3<>/dev/tcp/{address}/{port}; printf 'GET / HTTP/1.0\\r\\n\\r\\n' >&3; tail -n 1 <&3")]), TimeSpan.FromSeconds(10))).Out.Trim();

        public async ValueTask DisposeAsync() => await RunAsync("netns", "delete", name);

        private static async Task RunAsync(params string[] arguments) => (await CommandResult.RunAsync(new("ip", arguments), TimeSpan.FromSeconds(10))).Expect();
    }
}
