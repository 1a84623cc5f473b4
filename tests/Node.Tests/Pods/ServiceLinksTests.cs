using System.Text;
using k8s.Models;

namespace Slipway.Node.Pods;

public sealed class ServiceLinksTests
{
    [Fact]
    public void A_service_tells_of_each_of_its_ports()
    {
        var service = Service("redis-main", """{"clusterIP":"10.0.0.11","ports":[{"port":6379},{"name":"metrics-http","port":9121,"protocol":"UDP"}]}""");
        Assert.Equal(
            [
                "REDIS_MAIN_SERVICE_HOST=10.0.0.11", "REDIS_MAIN_SERVICE_PORT=6379", "REDIS_MAIN_SERVICE_PORT_METRICS_HTTP=9121",
                "REDIS_MAIN_PORT=tcp://10.0.0.11:6379", "REDIS_MAIN_PORT_6379_TCP=tcp://10.0.0.11:6379", "REDIS_MAIN_PORT_6379_TCP_PROTO=tcp", "REDIS_MAIN_PORT_6379_TCP_PORT=6379", "REDIS_MAIN_PORT_6379_TCP_ADDR=10.0.0.11",
                "REDIS_MAIN_PORT_9121_UDP=udp://10.0.0.11:9121", "REDIS_MAIN_PORT_9121_UDP_PROTO=udp", "REDIS_MAIN_PORT_9121_UDP_PORT=9121", "REDIS_MAIN_PORT_9121_UDP_ADDR=10.0.0.11",
            ], Variables(null, service));
    }

    [Theory]
    [InlineData("""{"clusterIP":"None","ports":[{"port":1}]}""")]
    [InlineData("""{"type":"ExternalName","externalName":"example.org"}""")]
    [InlineData("{}")]
    public void What_has_no_address_tells_nothing(string spec) => Assert.Empty(Variables(null, Service("x", spec)));

    [Fact]
    public void The_API_server_is_always_told_unless_a_service_has_its_name()
    {
        var kubernetes = Service("kubernetes", """{"clusterIP":"10.0.0.1","ports":[{"name":"https","port":443}]}""");
        Assert.Equal(["KUBERNETES_SERVICE_HOST=10.0.0.1", "KUBERNETES_SERVICE_PORT=443", "KUBERNETES_SERVICE_PORT_HTTPS=443"], Variables(kubernetes).Take(3));
        Assert.Contains("KUBERNETES_SERVICE_HOST=10.0.0.9", Variables(kubernetes, Service("kubernetes", """{"clusterIP":"10.0.0.9","ports":[{"port":1}]}""")));
    }

    [Fact]
    public void Variables_of_the_container_come_after_and_may_refer_to_them()
    {
        var container = new V1Container { Name = "c", Env = [new() { Name = "URL", Value = "http://$(WEB_SERVICE_HOST)" }, new() { Name = "WEB_SERVICE_PORT", Value = "own" }] };
        var objects = new EnvironmentObjects { Services = ServiceLinks.Variables(null, [Service("web", """{"clusterIP":"10.0.0.2","ports":[{"port":80}]}""")]) };
        var values = ContainerEnvironment.Resolve(new() { Metadata = new() { Name = "p" }, Spec = new() }, container, objects, new("n", "a", [], 1, 1, 1)).ToDictionary();
        Assert.Equal(("http://10.0.0.2", "own"), (values["URL"], values["WEB_SERVICE_PORT"]));
    }

    [Theory]
    [InlineData(null, false, "10.0.0.10", "shop.svc.cluster.local svc.cluster.local cluster.local host.example", "ndots:5")]
    [InlineData("ClusterFirst", false, "10.0.0.10", "shop.svc.cluster.local svc.cluster.local cluster.local host.example", "ndots:5")]
    [InlineData("ClusterFirst", true, "192.0.2.53", "host.example", "ndots:2 edns0")]
    [InlineData("ClusterFirstWithHostNet", true, "10.0.0.10", "shop.svc.cluster.local svc.cluster.local cluster.local host.example", "ndots:5")]
    [InlineData("Default", false, "192.0.2.53", "host.example", "ndots:2 edns0")]
    [InlineData("None", false, "", "", "")]
    public void The_policy_says_whom_a_pod_asks(string? policy, bool hostNetwork, string servers, string searches, string options)
    {
        var resolver = ResolverConfiguration.Parse("nameserver 192.0.2.53\nsearch host.example\noptions ndots:2 edns0\n") with { Cluster = new("10.0.0.10", "cluster.local") };
        var pod = new V1Pod { Metadata = new() { Name = "p", NamespaceProperty = "shop" }, Spec = new() { DnsPolicy = policy, HostNetwork = hostNetwork } };
        var config = resolver.For(pod);
        Assert.Equal((servers, searches, options), (string.Join(' ', config.Servers), string.Join(' ', config.Searches), string.Join(' ', config.Options)));
    }

    [Fact]
    public void A_pod_adds_servers_and_domains_and_replaces_options()
    {
        var resolver = ResolverConfiguration.Parse("nameserver 192.0.2.53\n") with { Cluster = new("10.0.0.10", "cluster.local") };
        var pod = new V1Pod { Metadata = new() { Name = "p", NamespaceProperty = "shop" }, Spec = new() { DnsConfig = new() { Nameservers = ["192.0.2.1", "10.0.0.10"], Searches = ["own.example"], Options = [new() { Name = "ndots", Value = "1" }, new() { Name = "edns0" }] } } };
        var config = resolver.For(pod);
        Assert.Equal(["10.0.0.10", "192.0.2.1"], config.Servers);
        Assert.Equal("own.example", config.Searches[^1]);
        Assert.Equal(["ndots:1", "edns0"], config.Options);
    }

    private static IEnumerable<string> Variables(LinkedService? kubernetes, params LinkedService[] services) => ServiceLinks.Variables(kubernetes, services).Select(v => $"{v.Key}={v.Value}");

    private static LinkedService Service(string name, string spec) => NodeKinds.Services.Read(Encoding.UTF8.GetBytes($$"""{"metadata":{"name":"{{name}}"},"spec":{{spec}} }"""));
}
