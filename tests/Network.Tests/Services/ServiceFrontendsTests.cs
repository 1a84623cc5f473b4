using System.Globalization;

namespace Slipway.Network.Services;

public sealed class ServiceFrontendsTests
{
    private const string Http = """[{"name":"","port":8080,"protocol":"TCP"}]""";
    private const string Spec = "\"clusterIP\":\"10.128.16.7\",\"ports\":[{\"port\":80}]";

    [Theory]
    [InlineData("10.1.0.2 10.1.0.3", "10.1.0.2:8080 10.1.0.3:8080")]
    [InlineData("10.1.0.2 10.1.0.3!", "10.1.0.2:8080")]                     // an unready one gets nothing
    [InlineData("10.1.0.2 10.1.0.3~", "10.1.0.2:8080")]
    [InlineData("10.1.0.2! 10.1.0.3~", "10.1.0.3:8080")]                    // one that ends serves while there is no other
    [InlineData("10.1.0.2! 10.1.0.3~!", "")]
    [InlineData("10.1.0.3 10.1.0.2 10.1.0.2", "10.1.0.2:8080 10.1.0.3:8080")]
    [InlineData("", "")]
    public void Connections_end_at_endpoints_that_take_them(string endpoints, string expected)
    {
        var frontend = Assert.Single(ServiceFrontends.Of(Make.Service($"{{{Spec}}}"), [Make.Slice(Http, endpoints.Split(' ', StringSplitOptions.RemoveEmptyEntries))], Make.Facts));
        Assert.Equal((new Frontend("10.128.16.7", "tcp", 80), expected), (frontend.Key, Ends(frontend.Value)));
    }

    [Theory]
    // endpoints → ends of connections from this node, which is "here" in zone a
    [InlineData("10.1.0.2@here/a>a 10.1.0.3@near/a>a 10.1.0.4@far/b>b", "10.1.0.2:8080 10.1.0.3:8080")]
    [InlineData("10.1.0.2@here/a>a,.here 10.1.0.3@near/a>a,.near 10.1.0.4@far/b>b,.far", "10.1.0.2:8080")]
    [InlineData("10.1.0.3@near/a>a,.near 10.1.0.4@far/b>b,.far", "10.1.0.3:8080 10.1.0.4:8080")]        // none here tells the zone
    [InlineData("10.1.0.2@here/a>a 10.1.0.3@near/a>a 10.1.0.4@far/b", "10.1.0.2:8080 10.1.0.3:8080 10.1.0.4:8080")]   // one without a hint
    [InlineData("10.1.0.2@here/a>b 10.1.0.4@far/b>b", "10.1.0.2:8080 10.1.0.4:8080")]                  // none for this zone
    [InlineData("10.1.0.2!@here/a 10.1.0.4@far/b>b", "10.1.0.4:8080")]
    public void Connections_end_near_where_all_endpoints_say_for_whom_they_are(string endpoints, string expected)
    {
        var frontend = Assert.Single(ServiceFrontends.Of(Make.Service($"{{{Spec}}}"), [Make.Slice(Http, endpoints.Split(' '))], Make.Facts));
        Assert.Equal(expected, Ends(frontend.Value));
    }

    [Theory]
    // spec beside address and port → each frontend: where, whether marked as from outside
    [InlineData("""{"type":"ClusterIP"}""", "10.128.16.7")]
    [InlineData("""{"type":"ExternalName","externalName":"example.org"}""", "")]
    [InlineData("""{"type":"NodePort"}""", "10.128.16.7 node:30080*")]
    [InlineData("""{"type":"NodePort","externalTrafficPolicy":"Local"}""", "10.128.16.7 node:30080")]
    [InlineData("""{"type":"LoadBalancer"}""", "10.128.16.7 node:30080* node:80*")]
    [InlineData("""{"type":"LoadBalancer","loadBalancerClass":"example.org/other"}""", "10.128.16.7 node:30080* 192.0.2.9*")]   // its own address comes from status
    [InlineData("""{"type":"ClusterIP","externalIPs":["192.0.2.5","2001:db8::1"]}""", "10.128.16.7 192.0.2.5*")]
    public void Each_type_of_service_has_its_frontends(string type, string expected)
    {
        var spec = $$"""{"clusterIP":"10.128.16.7","ports":[{"port":80,"nodePort":30080}],{{type[1..]}}""";
        var frontends = ServiceFrontends.Of(Make.Service(spec, status: """{"loadBalancer":{"ingress":[{"ip":"192.0.2.9"},{"ip":"192.0.2.10","ipMode":"Proxy"}]}}"""), [Make.Slice(Http, "10.1.0.2")], Make.Facts);
        Assert.Equal(expected, string.Join(' ', frontends.Select(f =>
            string.Create(CultureInfo.InvariantCulture, $"{(f.Key.IsOfNode ? $"node:{f.Key.Port}" : f.Key.Address)}{(f.Value.FromOutside ? "*" : "")}"))));
    }

    [Theory]
    [InlineData("Cluster", "10.1.0.2:8080 10.1.0.3:8080")]
    [InlineData("Local", "10.1.0.2:8080")]
    public void A_cluster_that_serves_the_machine_has_its_node_ports_on_loopback(string policy, string ends)
    {
        var service = Make.Service($$"""{"type":"NodePort","clusterIP":"10.128.16.7","externalTrafficPolicy":"{{policy}}","ports":[{"port":80,"nodePort":30080}]}""");
        var loopback = Assert.Single(ServiceFrontends.Of(service, [Make.Slice(Http, "10.1.0.2@here", "10.1.0.3@there")], Make.Facts with { ServesMachine = true }), f => f.Key.Address == "127.0.0.1");
        Assert.Equal((new Frontend("127.0.0.1", "tcp", 30080), ends, true), (loopback.Key, Ends(loopback.Value), loopback.Value.FromOutside));
    }

    [Theory]
    [InlineData("{}", "10.1.0.2:8080 10.1.0.3:8080", "10.1.0.2:8080 10.1.0.3:8080")]
    [InlineData("""{"internalTrafficPolicy":"Local"}""", "10.1.0.2:8080", "10.1.0.2:8080 10.1.0.3:8080")]
    [InlineData("""{"externalTrafficPolicy":"Local"}""", "10.1.0.2:8080 10.1.0.3:8080", "10.1.0.2:8080")]
    public void Policies_keep_connections_on_the_node(string policy, string inside, string outside)
    {
        var spec = $$"""{"type":"NodePort","clusterIP":"10.128.16.7","ports":[{"port":80,"nodePort":30080}]{{(policy == "{}" ? "" : "," + policy[1..^1])}} }""";
        var frontends = ServiceFrontends.Of(Make.Service(spec), [Make.Slice(Http, "10.1.0.2@here", "10.1.0.3@there")], Make.Facts).ToList();
        Assert.Equal([inside, outside], frontends.Select(f => Ends(f.Value)));
    }

    [Fact]
    public void Where_all_endpoints_are_elsewhere_connections_are_dropped_and_not_refused()
    {
        var service = Make.Service($$"""{ {{Spec}},"internalTrafficPolicy":"Local"}""");
        Assert.True(ServiceFrontends.Of(service, [Make.Slice(Http, "10.1.0.2@there")], Make.Facts).Single().Value.OnOtherNodes);
        Assert.False(ServiceFrontends.Of(service, [], Make.Facts).Single().Value.OnOtherNodes);
    }

    [Theory]
    [InlineData("\"clusterIP\":\"None\",\"ports\":[{\"port\":80}]")]
    [InlineData("\"ports\":[{\"port\":80}]")]
    [InlineData("\"clusterIP\":\"fd00::1\",\"ports\":[{\"port\":80}]")]
    public void Services_without_an_address_of_IPv4_have_none(string spec) =>
        Assert.Empty(ServiceFrontends.Of(Make.Service($"{{{spec}}}"), [Make.Slice(Http, "10.1.0.2")], Make.Facts));

    [Fact]
    public void A_service_of_another_proxy_is_left_to_it() => Assert.Empty(ServiceFrontends.Of(
        Make.Service($"{{{Spec}}}", "\"name\":\"web\",\"labels\":{\"service.kubernetes.io/service-proxy-name\":\"mine\"}"), [Make.Slice(Http, "10.1.0.2")], Make.Facts));

    [Fact]
    public void Ports_are_matched_by_name_and_protocol()
    {
        var service = Make.Service("""{"clusterIP":"10.128.16.7","ports":[{"name":"a","port":1},{"name":"b","port":2,"protocol":"UDP"},{"name":"c","port":3}]}""");
        var slices = new[] { Make.Slice("""[{"name":"a","port":11,"protocol":"TCP"},{"name":"b","port":12,"protocol":"UDP"}]""", "10.1.0.2"), Make.Slice("""[{"name":"a","port":21,"protocol":"TCP"}]""", "10.1.0.3") };
        Assert.Equal(["tcp 1 10.1.0.2:11 10.1.0.3:21", "udp 2 10.1.0.2:12", "tcp 3 "], ServiceFrontends.Of(service, slices, Make.Facts).Select(f => $"{f.Key.Protocol} {f.Key.Port} {Ends(f.Value)}"));
    }

    [Fact]
    public void Affinity_has_a_time_and_load_balancers_have_bounds()
    {
        var service = Make.Service("""{"type":"LoadBalancer","clusterIP":"10.128.16.7","ports":[{"port":80}],"sessionAffinity":"ClientIP","sessionAffinityConfig":{"clientIP":{"timeoutSeconds":60}},"loadBalancerSourceRanges":["192.0.2.0/24"," 198.51.100.0/24 "]}""");
        var frontends = ServiceFrontends.Of(service, [Make.Slice(Http, "10.1.0.2")], Make.Facts).ToList();
        Assert.Equal([60, 60], frontends.Select(f => f.Value.AffinitySeconds!.Value));
        Assert.Equal(["", "192.0.2.0/24,198.51.100.0/24"], frontends.Select(f => string.Join(',', f.Value.Sources)));
    }

    private static string Ends(Backends backends) => string.Join(' ', backends.Ends.Select(end => string.Create(CultureInfo.InvariantCulture, $"{end.Address}:{end.Port}")));
}
