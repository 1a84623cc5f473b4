using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.ApiServer.Services;

namespace Slipway.ApiServer.Tests.Services;

public sealed class ServiceAllocationTests
{
    private const string Services = "/api/v1/namespaces/default/services";
    private static readonly ServiceOptions Small = new() { Addresses = [IPNetwork.Parse("10.0.0.0/29")], FirstNodePort = 30_000, LastNodePort = 30_002 };
    private static readonly ServiceOptions Dual = new() { Addresses = [IPNetwork.Parse("10.0.0.0/24"), IPNetwork.Parse("fd00::/112")] };

    [Theory]
    [InlineData("type: ClusterIP\nclusterIP: None", "", "None")]
    [InlineData("type: ExternalName\nexternalName: a.b", "", "")]
    [InlineData("clusterIP: 10.0.0.3", "", "10.0.0.3")]
    [InlineData("clusterIP: 10.0.0.1", "spec.clusterIPs: Invalid value: []string{\"10.0.0.1\"}: failed to allocate IP 10.0.0.1: provided IP is already allocated", "10.0.0.1")]
    [InlineData("clusterIP: 10.0.0.7", "spec.clusterIPs: Invalid value: []string{\"10.0.0.7\"}: failed to allocate IP 10.0.0.7: the provided IP (10.0.0.7) is not in the valid range. The range of valid IPs is 10.0.0.0/29", "10.0.0.7")]
    [InlineData("clusterIP: 192.168.0.1", "spec.clusterIPs: Invalid value: []string{\"192.168.0.1\"}: failed to allocate IP 192.168.0.1: the provided IP (192.168.0.1) is not in the valid range. The range of valid IPs is 10.0.0.0/29", "192.168.0.1")]
    [InlineData("ipFamilyPolicy: RequireDualStack", "spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not configured for dual-stack services", "")]
    [InlineData("ipFamilies: [IPv6]", "spec.ipFamilies[0]: Invalid value: \"IPv6\": not configured on this cluster", "")]
    [InlineData("type: NodePort\nclusterIP: 10.0.0.3\nports: [{port: 80, nodePort: 80}]", "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-30002", "10.0.0.3")]
    [InlineData("type: NodePort\nclusterIP: 10.0.0.3\nports: [{port: 80, nodePort: 30000}]", "spec.ports[0].nodePort: Invalid value: 30000: provided port is already allocated", "10.0.0.3")]
    public void A_service_is_given_what_it_asks_for(string spec, string cause, string clusterIP)
    {
        var service = new JsonObject { ["spec"] = DocumentReader.ParseYaml(spec).Single() };
        var held = ServiceHoldings.Of([Service("clusterIP: 10.0.0.1\nports: [{nodePort: 30000}]")]);
        var causes = new ServiceAllocation(Small, new Random(1)).Give(service, held);
        Assert.Equal(cause, string.Join("; ", causes.Select(c => $"{c.Field}: {c.Message}")));
        Assert.Equal(clusterIP, service["spec"]!["clusterIP"]?.ToString() ?? "");
    }

    [Fact]
    public void Every_address_and_port_of_the_range_is_given_once()
    {
        var allocation = new ServiceAllocation(Small, new Random(1));
        var services = new List<JsonObject>();
        for (var i = 0; i < 6; i++)
        {
            var service = Service(i < 3 ? "type: NodePort\nports: [{port: 80, protocol: TCP}, {port: 80, protocol: UDP}]" : "type: ClusterIP");
            Assert.Empty(allocation.Give(service, ServiceHoldings.Of(services)));
            services.Add(service);
        }
        Assert.Equal(6, services.Select(s => s["spec"]!["clusterIP"]!.ToString()).Distinct().Count());
        Assert.Equal(["30000", "30001", "30002"], services.Take(3).Select(s => s["spec"]!["ports"]![0]!["nodePort"]!.ToString()).Order(StringComparer.Ordinal));
        Assert.All(services.Take(3), s => Assert.Equal(s["spec"]!["ports"]![0]!["nodePort"]!.ToString(), s["spec"]!["ports"]![1]!["nodePort"]!.ToString()));
        Assert.Contains("range is full", Assert.Single(allocation.Give(Service("type: ClusterIP"), ServiceHoldings.Of(services))).Message);
    }

    [Fact]
    public void A_further_range_is_given_of_when_the_first_is_full_or_when_it_is_asked_for()
    {
        var allocation = new ServiceAllocation(Small, new Random(1));
        var further = IPNetwork.Parse("10.1.0.0/30");
        var services = new List<JsonObject>();
        for (var i = 0; i < 8; i++)
        {
            var service = Service("type: ClusterIP");
            Assert.Empty(allocation.Give(service, ServiceHoldings.Of(services), null, further));
            services.Add(service);
        }
        Assert.Equal(["10.1.0.1", "10.1.0.2"], services.Skip(6).Select(s => s["spec"]!["clusterIP"]!.ToString()).Order(StringComparer.Ordinal));
        Assert.Contains("range is full", Assert.Single(allocation.Give(Service("type: ClusterIP"), ServiceHoldings.Of(services), null, further)).Message);
        Assert.Empty(allocation.Give(Service("clusterIP: 10.1.0.2"), ServiceHoldings.Of([]), null, further));
        Assert.Contains("is not in the valid range", Assert.Single(allocation.Give(Service("clusterIP: 10.1.0.2"), ServiceHoldings.Of([]))).Message);
        Assert.Empty(allocation.Give(Service("clusterIP: 10.1.0.2"), ServiceHoldings.Of([]), ["10.1.0.2"])); // it has that already
    }

    [Fact]
    public void Both_families_are_given_where_both_are_preferred_and_there()
    {
        var service = Service("ipFamilyPolicy: PreferDualStack");
        Assert.Empty(new ServiceAllocation(Dual, new Random(1)).Give(service, ServiceHoldings.Of([])));
        Assert.Equal("""["IPv4","IPv6"]""", service["spec"]!["ipFamilies"]!.ToJsonString());
        Assert.StartsWith("fd00::", service["spec"]!["clusterIPs"]![1]!.ToString());
    }

    [Fact]
    public void A_health_check_has_a_port_of_its_own()
    {
        var service = Service("type: LoadBalancer\nexternalTrafficPolicy: Local\nports: [{port: 80}]");
        Assert.Empty(new ServiceAllocation(Small, new Random(1)).Give(service, ServiceHoldings.Of([])));
        Assert.NotEqual(service["spec"]!["ports"]![0]!["nodePort"]!.ToString(), service["spec"]!["healthCheckNodePort"]!.ToString());
    }

    [Theory]
    [InlineData("""{"type":"ExternalName","externalName":"a.b","clusterIP":"None"}""", "spec.clusterIPs: Forbidden: may not be set for ExternalName services")]
    [InlineData("""{"clusterIP":"None","clusterIPs":["10.0.0.9"],"selector":{"a":"b"}}""", "spec.clusterIPs: Invalid value: [\"10.0.0.9\"]: first value must match `clusterIP`")]
    [InlineData("""{"clusterIPs":["None"],"selector":{"a":"b"}}""", "spec.clusterIPs: Invalid value: [\"None\"]: must be empty when `clusterIP` is not specified")]
    public async Task Addresses_that_do_not_agree_are_refused(string spec, string cause)
    {
        await using var api = await TestApi.StartAsync(new ApiServerOptions { Services = new() { Addresses = [IPNetwork.Parse("10.0.0.0/26")], Server = new(IPAddress.Parse("192.0.2.1"), 6443) } });
        var refused = (await api.PostAsync(Services, $$$"""{"apiVersion":"v1","kind":"Service","metadata":{"name":"s"},"spec":{{{spec}}}}""")).Expect(422);
        Assert.Contains(cause, refused["message"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Services_created_at_once_and_after_a_restart_hold_different_addresses_and_free_them_when_deleted()
    {
        var options = new ApiServerOptions { Services = new() { Addresses = [IPNetwork.Parse("10.0.0.0/26")], Server = new(IPAddress.Parse("192.0.2.1"), 6443) } };
        await using var api = await TestApi.StartAsync(options);
        var created = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => api.PostAsync(Services, Named($"s{i}"))));
        Assert.All(created, c => c.Expect(201));
        Assert.Equal("10.0.0.1", (await api.GetAsync($"{Services}/kubernetes")).Expect(200)["spec.clusterIP"]);
        Assert.Equal("192.0.2.1", (await api.GetAsync("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes")).Expect(200)["endpoints.0.addresses.0"]);

        await using var restarted = new ApiServer(api.Store, options, TimeProvider.System, NullLoggerFactory.Instance);
        await restarted.StartAsync(TestContext.Current.CancellationToken);
        for (var i = 40; i < 61; i++) Assert.Equal(201, await PostAsync($"s{i}"));
        var all = (await api.GetAsync(Services)).Json["items"]!.AsArray().Select(s => s!["spec"]!["clusterIP"]!.ToString()).ToArray();
        Assert.Equal(62, all.Distinct().Count());
        Assert.Equal(422, await PostAsync("full"));
        (await api.DeleteAsync($"{Services}/s7")).Expect(200);
        Assert.Equal(201, await PostAsync("again"));

        async Task<int> PostAsync(string name)
        {
            var request = new ApiRequest("POST", Services) { Body = Encoding.UTF8.GetBytes(Named(name)) };
            await using var response = await restarted.HandleAsync(TestApi.Admin, request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task What_a_service_was_given_stays_with_it()
    {
        await using var api = await TestApi.StartAsync();
        var before = (await api.PostAsync(Services, """{"metadata":{"name":"a"},"spec":{"type":"NodePort","ports":[{"port":80}]}}""")).Expect(201);
        (await api.MergeAsync($"{Services}/a", """{"metadata":{"labels":{"x":"y"}}}""")).Expect(200);
        var after = (await api.PutAsync($"{Services}/a", """{"metadata":{"name":"a"},"spec":{"type":"NodePort","ports":[{"port":80}],"selector":{"a":"b"}}}""")).Expect(200);
        Assert.Equal((before["spec.clusterIP"], before["spec.ports.0.nodePort"]), (after["spec.clusterIP"], after["spec.ports.0.nodePort"]));
        (await api.PostAsync(Services, $$$"""{"metadata":{"name":"b"},"spec":{"clusterIP":"{{{before["spec.clusterIP"]}}}","ports":[{"port":80}]}}""")).Expect(422);
    }

    [Fact]
    public async Task An_address_that_somebody_has_reserved_is_given_to_no_service()
    {
        const string Addresses = "/apis/networking.k8s.io/v1/ipaddresses";
        await using var api = await TestApi.StartAsync(new() { Services = new() { Addresses = [IPNetwork.Parse("10.0.0.0/29")] } });
        (await api.PostAsync(Addresses, Address("10.0.0.5", ""))).Expect(201);
        // What tells of a service's own address holds nothing beside it.
        (await api.PostAsync(Addresses, Address("10.0.0.6", ""","labels":{"ipaddress.kubernetes.io/managed-by":"ipallocator.k8s.io"}"""))).Expect(201);
        var refused = (await api.PostAsync(Services, """{"metadata":{"name":"a"},"spec":{"clusterIP":"10.0.0.5","ports":[{"port":80}]}}""")).Expect(422);
        Assert.Contains("provided IP is already allocated", refused["message"]);
        (await api.PostAsync(Services, """{"metadata":{"name":"b"},"spec":{"clusterIP":"10.0.0.6","ports":[{"port":80}]}}""")).Expect(201);
        while ((await api.PostAsync(Services, Named($"s{Guid.NewGuid():N}"))).Code == 201)
        {
        }
        Assert.DoesNotContain("10.0.0.5", (await api.GetAsync(Services)).Json["items"]!.AsArray().Select(s => s!["spec"]!["clusterIP"]!.ToString()));
        (await api.DeleteAsync($"{Addresses}/10.0.0.5")).Expect(200);
        (await api.PostAsync(Services, """{"metadata":{"name":"a"},"spec":{"clusterIP":"10.0.0.5","ports":[{"port":80}]}}""")).Expect(201);

        static string Address(string name, string labels) =>
            $$$"""{"metadata":{"name":"{{{name}}}"{{{labels}}} },"spec":{"parentRef":{"resource":"machines","name":"one"} } }""";
    }

    [Fact]
    public async Task Two_servers_over_one_store_give_nothing_twice()
    {
        var options = new ApiServerOptions { Services = new() { Addresses = [IPNetwork.Parse("10.0.0.0/26")] } };
        await using var api = await TestApi.StartAsync(options);
        await using var other = new ApiServer(api.Store, options, TimeProvider.System, NullLoggerFactory.Instance);
        await other.StartAsync(TestContext.Current.CancellationToken);
        var codes = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            var request = new ApiRequest("POST", Services) { Body = Encoding.UTF8.GetBytes(Named($"s{i}")) };
            await using var response = await (i % 2 == 0 ? api.Server : other).HandleAsync(TestApi.Admin, request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }));
        Assert.All(codes, c => Assert.Equal(201, c));
        Assert.Equal(60, (await api.GetAsync(Services)).Json["items"]!.AsArray().Select(s => s!["spec"]!["clusterIP"]!.ToString()).Distinct().Count());
    }

    [Fact]
    public async Task A_second_server_gives_of_the_ranges_of_the_first_and_changes_what_that_one_has_given()
    {
        await using var api = await TestApi.StartAsync(new() { Services = new() { Addresses = [IPNetwork.Parse("10.0.0.0/26")] } });
        await using var other = new ApiServer(api.Store, new() { Services = new() { Addresses = [IPNetwork.Parse("10.9.0.0/26")] } }, TimeProvider.System, NullLoggerFactory.Instance);
        await other.StartAsync(TestContext.Current.CancellationToken);
        var made = (await api.PostAsync(Services, """{"metadata":{"name":"a"},"spec":{"type":"NodePort","ports":[{"port":80}]}}""")).Expect(201);

        Assert.Equal(200, await SendAsync("PATCH", $"{Services}/a", """{"spec":{"type":"LoadBalancer"}}"""));
        Assert.Equal(200, await SendAsync("DELETE", $"{Services}/a", ""));
        Assert.Equal(201, await SendAsync("POST", Services, $$$"""{"metadata":{"name":"a"},"spec":{"clusterIP":"{{{made["spec.clusterIP"]}}}","ports":[{"port":80}]}}"""));
        Assert.Equal(201, await SendAsync("POST", Services, Named("b")));
        Assert.StartsWith("10.0.0.", (await api.GetAsync($"{Services}/b"))["spec.clusterIP"], StringComparison.Ordinal);

        async Task<int> SendAsync(string method, string path, string body)
        {
            var request = new ApiRequest(method, path) { Body = Encoding.UTF8.GetBytes(body), ContentType = method == "PATCH" ? MediaTypes.MergePatch : MediaTypes.Json };
            await using var response = await other.HandleAsync(TestApi.Admin, request, TestContext.Current.CancellationToken);
            return response.StatusCode;
        }
    }

    [Fact]
    public void What_a_process_noted_counts_for_others_for_a_while()
    {
        var now = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var service = Service("clusterIPs: [10.0.0.1]\nports: [{port: 80, nodePort: 30000}]");
        service.Uid = "u";
        var noted = PendingAllocations.Read([], now).With("a", "/s", 7, service).ToJson();
        var held = PendingAllocations.Read(noted, now.AddSeconds(29)).OfOthers("b", "/t").Single();
        Assert.Equal(("a", "/s", "u", 7L, """{"clusterIPs":["10.0.0.1"],"ports":[{"nodePort":30000}]}"""), (held.By, held.Key, held.Uid, held.Over, held.Spec.ToJsonString()));
        Assert.Empty(PendingAllocations.Read(noted, now).Without("a").OfOthers("b", "/t"));
        Assert.Empty(PendingAllocations.Read(noted, now.AddSeconds(29)).OfOthers("a", "/t"));
        Assert.Empty(PendingAllocations.Read(noted, now.AddSeconds(31)).OfOthers("b", "/t"));
    }

    private static JsonObject Service(string spec) => new() { ["spec"] = DocumentReader.ParseYaml(spec).Single() };

    private static string Named(string name) => $$$"""{"metadata":{"name":"{{{name}}}"},"spec":{"ports":[{"port":80}]}}""";
}
