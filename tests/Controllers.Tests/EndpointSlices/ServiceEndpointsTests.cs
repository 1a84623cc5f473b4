namespace Slipway.Controllers.Tests.EndpointSlices;

public sealed class ServiceEndpointsTests
{
    private const string Selector = "\"selector\":{\"app\":\"web\"}";
    private static readonly Func<string, string?> NoZones = _ => null;

    [Theory]
    // ready, terminating, phase, publishes unready ones → in the slices, ready, serving, terminating
    [InlineData(true, false, "Running", false, true, true, true, false)]
    [InlineData(false, false, "Running", false, true, false, false, false)]
    [InlineData(true, true, "Running", false, true, false, true, true)]
    [InlineData(false, true, "Running", false, true, false, false, true)]
    [InlineData(false, false, "Running", true, true, true, false, false)]
    [InlineData(false, true, "Running", true, true, true, false, true)]
    [InlineData(false, false, "Succeeded", false, false, false, false, false)]
    [InlineData(false, false, "Failed", true, false, false, false, false)]
    public void Conditions_follow_the_life_of_a_pod(bool ready, bool terminating, string phase, bool publish, bool listed, bool isReady, bool serving, bool isTerminating)
    {
        var service = Make.Service($$"""{ {{Selector}},"ports":[{"port":80}],"publishNotReadyAddresses":{{(publish ? "true" : "false")}} }""");
        var groups = ServiceEndpoints.Of(service, [Make.Pod("a", "10.0.0.2", ready: ready, terminating: terminating, phase: phase)], NoZones);
        Assert.Equal(listed ? 1 : 0, groups.Count);
        if (listed)
            Assert.Equal(new SliceConditions { Ready = isReady, Serving = serving, Terminating = isTerminating }, groups[0].Endpoints[0].Conditions);
    }

    [Theory]
    [InlineData("""[{"port":80}]""", "/TCP/80/")]
    [InlineData("""[{"port":80,"targetPort":8080}]""", "/TCP/8080/")]
    [InlineData("""[{"name":"w","port":80,"targetPort":"http"}]""", "w/TCP/9000/")]
    [InlineData("""[{"name":"w","port":80,"targetPort":"http","protocol":"UDP"}]""", "")]                       // of this protocol there is none
    [InlineData("""[{"name":"m","port":1,"targetPort":"sidecar","appProtocol":"h2c"}]""", "m/TCP/9100/h2c")]     // an init container that stays
    [InlineData("""[{"name":"m","port":1,"targetPort":"once"}]""", "")]                                         // one that ends
    [InlineData("""[{"name":"b","port":2},{"name":"a","port":1}]""", "a/TCP/1/,b/TCP/2/")]
    public void Ports_are_found_in_the_pod(string ports, string expected)
    {
        var pod = Make.Pod("a", "10.0.0.2", """
            {"containers":[{"ports":[{"containerPort":1234},{"name":"http","containerPort":9000,"protocol":"TCP"}]}],
             "initContainers":[{"restartPolicy":"Always","ports":[{"name":"sidecar","containerPort":9100}]},{"ports":[{"name":"once","containerPort":9200}]}]}
            """);
        Assert.Equal(expected, SlicePort.KeyOf(ServiceEndpoints.Ports(Make.Service($$"""{ {{Selector}},"ports":{{ports}} }"""), pod)));
    }

    [Fact]
    public void Pods_that_name_their_port_differently_make_groups_of_their_own()
    {
        var service = Make.Service($$"""{ {{Selector}},"ports":[{"port":80,"targetPort":"http"}]}""");
        var groups = ServiceEndpoints.Of(service,
        [
            Make.Pod("a", "10.0.0.2", """{"containers":[{"ports":[{"name":"http","containerPort":80}]}]}"""),
            Make.Pod("b", "10.0.0.3", """{"containers":[{"ports":[{"name":"http","containerPort":81}]}]}"""),
            Make.Pod("other", "10.0.0.4", labels: """{"app":"other"}"""),
            Make.Pod("early", ""),
        ], NoZones);
        Assert.Equal(["10.0.0.2 at 80", "10.0.0.3 at 81"], groups.Select(group => $"{group.Endpoints.Single().Addresses[0]} at {group.Ports[0].Port}"));
    }

    [Theory]
    [InlineData("web", "one", "one")]
    [InlineData("other", "one", null)]
    [InlineData("web", "", null)]
    public void A_pod_has_a_name_below_the_service_that_is_its_subdomain(string subdomain, string hostname, string? expected)
    {
        var pod = Make.Pod("a", "10.0.0.2", $$"""{"hostname":"{{hostname}}","subdomain":"{{subdomain}}","nodeName":"n"}""");
        var endpoint = ServiceEndpoints.Of(Make.Service($$"""{ {{Selector}},"clusterIP":"None"}"""), [pod], NoZones).Single().Endpoints.Single();
        Assert.Equal((expected, "n", "Pod", "a", "u-a"), (endpoint.Hostname, endpoint.NodeName, endpoint.TargetRef!.Kind, endpoint.TargetRef.Name, endpoint.TargetRef.Uid));
    }

    [Theory]
    // distribution, zone of the node, whether the pod is ready → zones and nodes that it is for
    [InlineData("", "a", true, "", "")]
    [InlineData("PreferClose", "a", true, "a", "")]
    [InlineData("PreferSameZone", "a", true, "a", "")]
    [InlineData("PreferSameZone", null, true, "", "")]
    [InlineData("PreferSameNode", "a", true, "a", "n")]
    [InlineData("PreferSameNode", null, true, "", "n")]
    [InlineData("PreferSameNode", "a", false, "", "")]
    public void A_ready_endpoint_is_for_who_is_near_where_the_service_prefers_that(string distribution, string? zone, bool ready, string zones, string nodes)
    {
        var service = Make.Service($$"""{ {{Selector}},"trafficDistribution":"{{distribution}}"}""");
        var endpoint = ServiceEndpoints.Of(service, [Make.Pod("a", "10.0.0.2", """{"nodeName":"n"}""", ready)], node => node == "n" ? zone : null).Single().Endpoints.Single();
        Assert.Equal((zone, zones, nodes), (endpoint.Zone, Names(endpoint.Hints?.ForZones), Names(endpoint.Hints?.ForNodes)));
        Assert.Equal(zones.Length + nodes.Length > 0, endpoint.Hints is not null);

        static string Names(List<SliceHint>? hints) => string.Join(',', (hints ?? []).Select(hint => hint.Name));
    }

    [Fact]
    public void Slices_have_the_labels_of_the_service_but_those_that_are_reserved()
    {
        var template = EndpointSliceController.Template(Make.Service("""{"clusterIP":"None"}""", """{"team":"a","kubernetes.io/service-name":"forged"}"""));
        Assert.Equal(
            ["endpointslice.kubernetes.io/managed-by=endpointslice-controller.k8s.io", "kubernetes.io/service-name=web", "service.kubernetes.io/headless=", "team=a"],
            template.Labels.Select(label => $"{label.Key}={label.Value}").Order());
    }

    [Fact]
    public void Endpoints_hold_ready_and_unready_addresses_by_port()
    {
        var service = Make.Service($$"""{ {{Selector}},"clusterIP":"10.96.0.9","ports":[{"port":80}]}""");
        var endpoints = EndpointsPlan.For(service, [Make.Pod("b", "10.0.0.3"), Make.Pod("a", "10.0.0.2"), Make.Pod("c", "10.0.0.4", ready: false), Make.Pod("d", "10.0.0.5", terminating: true)]);
        var subset = Assert.Single(endpoints.Subsets!);
        Assert.Equal(["10.0.0.2", "10.0.0.3"], subset.Addresses!.Select(address => address.Ip));
        Assert.Equal(["10.0.0.4"], subset.NotReadyAddresses!.Select(address => address.Ip));
        Assert.Equal("/TCP/80/", SlicePort.KeyOf(subset.Ports!));
        Assert.Null(EndpointsPlan.For(service, []).Subsets);
    }

    [Fact]
    public void Endpoints_say_when_they_are_cut()
    {
        var service = Make.Service($$"""{ {{Selector}},"ports":[{"port":80}]}""");
        var pods = Enumerable.Range(0, 1100).Select(n => Make.Pod($"p{n}", $"10.0.{n / 250}.{n % 250}", ready: n >= 200)).ToList();
        var endpoints = EndpointsPlan.For(service, pods);
        Assert.Equal((900, 100), (endpoints.Subsets![0].Addresses!.Count, endpoints.Subsets[0].NotReadyAddresses!.Count));
        Assert.Equal("truncated", endpoints.Metadata.Annotations[EndpointsView.CapacityAnnotation]);
    }
}
