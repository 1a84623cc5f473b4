using Slipway.Client;

namespace Slipway.Controllers.Tests.EndpointSlices;

public sealed class EndpointControllersTests : ControllersTest
{
    private const string Core = "/api/v1/namespaces/default";

    private protected override void Register(ControllerHost host)
    {
        GarbageCollector.Register(host);
        var sources = new EndpointSources(host);
        EndpointSliceController.Register(host, sources);
        EndpointsController.Register(host, sources);
        MirrorController.Register(host, sources);
    }

    [Fact]
    public async Task A_service_gets_the_pods_that_it_selects_as_they_come_become_ready_and_go()
    {
        await CreateServiceAsync("""{"selector":{"app":"web"},"ports":[{"name":"http","port":80,"targetPort":8080}]}""");
        var empty = await SlicesAsync(slices => slices is [{ Endpoints: null or { Count: 0 } }]);
        Assert.Equal("web", empty[0].ServiceName);

        await CreatePodAsync("one", "10.1.0.2");
        var slice = (await SlicesAsync(slices => slices is [{ Endpoints: [{ Conditions.Ready: false }] }])).Single();
        Assert.Equal(("10.1.0.2", "http/TCP/8080/", "one"), (slice.Endpoints![0].Addresses[0], SlicePort.KeyOf(slice.Ports!), slice.Endpoints[0].TargetRef!.Name));
        await SetReadyAsync("one");
        await SlicesAsync(slices => slices is [{ Endpoints: [{ Conditions.Ready: true }] }] && slices[0].Metadata.Annotations.ContainsKey(EndpointSliceView.TriggerAnnotation));
        await Cluster.WaitAsync(Kinds.Endpoints, "default", "web", endpoints => endpoints is { Subsets: [{ Addresses: [{ Ip: "10.1.0.2" }], NotReadyAddresses: null }] });

        await Cluster.PatchAsync($"{Core}/pods/one", """{"metadata":{"labels":{"app":"other"}}}""");
        await SlicesAsync(slices => slices is [{ Endpoints: null or { Count: 0 } }]);
        await Cluster.WaitAsync(Kinds.Endpoints, "default", "web", endpoints => endpoints is { Subsets: null or { Count: 0 } });

        await Cluster.Admin.DeleteAsync(Kinds.Services, "default", "web");
        await SlicesAsync(slices => slices.Count == 0);
        await Cluster.WaitAsync(Kinds.Endpoints, "default", "web", endpoints => endpoints is null);
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Pods));
    }

    [Fact]
    public async Task Endpoints_are_in_the_zone_of_their_node_and_move_with_it()
    {
        await Cluster.CreateAsync("/api/v1/nodes", """{"metadata":{"name":"n1"}}""");
        await CreateServiceAsync("""{"selector":{"app":"web"},"ports":[{"port":80}],"trafficDistribution":"PreferSameZone"}""");
        await CreatePodAsync("one", "10.1.0.2");
        await Cluster.CreateAsync($"{Core}/pods/one/binding", """{"apiVersion":"v1","kind":"Binding","metadata":{"name":"one"},"target":{"apiVersion":"v1","kind":"Node","name":"n1"}}""");
        await SetReadyAsync("one");
        await SlicesAsync(slices => slices is [{ Endpoints: [{ NodeName: "n1", Conditions.Ready: true, Zone: null, Hints: null }] }]);
        await Cluster.PatchAsync("/api/v1/nodes/n1", """{"metadata":{"labels":{"topology.kubernetes.io/zone":"a"}}}""");
        await SlicesAsync(slices => slices is [{ Endpoints: [{ Zone: "a", Hints: { ForZones: [{ Name: "a" }], ForNodes: null } }] }]);
        await Cluster.PatchAsync("/api/v1/nodes/n1", """{"metadata":{"labels":{"topology.kubernetes.io/zone":"b"}}}""");
        await SlicesAsync(slices => slices is [{ Endpoints: [{ Zone: "b", Hints.ForZones: [{ Name: "b" }] }] }]);
        await Cluster.PatchAsync($"{Core}/services/web", """{"spec":{"trafficDistribution":null}}""");
        await SlicesAsync(slices => slices is [{ Endpoints: [{ Zone: "b", Hints: null }] }]);
    }

    [Fact]
    public async Task A_hundred_and_one_pods_take_two_slices()
    {
        await CreateServiceAsync("""{"selector":{"app":"web"},"ports":[{"port":80}]}""");
        for (var n = 0; n < 101; n++)
            await CreatePodAsync($"p{n}", $"10.1.1.{n + 1}");
        var slices = await SlicesAsync(slices => slices.Sum(slice => slice.Endpoints?.Count ?? 0) == 101);
        Assert.Equal([1, 100], slices.Select(slice => slice.Endpoints!.Count).Order());
    }

    [Fact]
    public async Task Endpoints_of_a_service_without_a_selector_are_mirrored()
    {
        await CreateServiceAsync("""{"ports":[{"port":80}]}""");
        await Cluster.CreateAsync($"{Core}/endpoints", """{"metadata":{"name":"web","labels":{"team":"a"}},"subsets":[{"addresses":[{"ip":"10.9.0.1"},{"ip":"10.9.0.2"}],"notReadyAddresses":[{"ip":"10.9.0.3"}],"ports":[{"port":5432}]}]}""");
        var slice = (await SlicesAsync(slices => slices is [{ Endpoints.Count: 3 }])).Single();
        Assert.Equal(("a", true, "/TCP/5432/"), (slice.Metadata.Labels["team"], slice.IsManagedBy(MirrorPlan.Manager), SlicePort.KeyOf(slice.Ports!)));
        Assert.Equal([true, true, false], slice.Endpoints!.Select(endpoint => endpoint.Conditions!.Ready!.Value));

        await Cluster.PatchAsync($"{Core}/endpoints/web", """{"subsets":[{"addresses":[{"ip":"10.9.0.2"}],"ports":[{"port":5432}]}]}""");
        await SlicesAsync(slices => slices is [{ Endpoints: [{ Addresses: ["10.9.0.2"] }] }]);
        await Cluster.PatchAsync($"{Core}/endpoints/web", """{"metadata":{"labels":{"endpointslice.kubernetes.io/skip-mirror":"true"}}}""");
        await SlicesAsync(slices => slices.Count == 0);
    }

    [Fact]
    public async Task A_controller_that_starts_again_changes_nothing_that_is_right()
    {
        await CreateServiceAsync("""{"selector":{"app":"web"},"ports":[{"port":80}]}""");
        await CreatePodAsync("one", "10.1.0.2");
        var before = (await SlicesAsync(slices => slices is [{ Endpoints.Count: 1 }])).Single();
        await StopControllersAsync();
        StartControllers();
        await CreatePodAsync("two", "10.1.0.3");
        var after = (await SlicesAsync(slices => slices is [{ Endpoints.Count: 2 }])).Single();
        Assert.Equal(before.Metadata.Name, after.Metadata.Name);
    }

    private Task<List<EndpointSliceView>> SlicesAsync(Func<List<EndpointSliceView>, bool> condition) => Cluster.WaitForAllAsync(Kinds.EndpointSlices, "default", condition);

    private Task CreateServiceAsync(string spec) => Cluster.CreateAsync($"{Core}/services", $$"""{"metadata":{"name":"web"},"spec":{{spec}} }""");

    private async Task CreatePodAsync(string name, string ip)
    {
        await Cluster.CreateAsync($"{Core}/pods", $$"""{"metadata":{"name":"{{name}}","labels":{"app":"web"} },"spec":{"containers":[{"name":"c","image":"i"}]} }""");
        await Cluster.PatchAsync($"{Core}/pods/{name}/status", $$"""{"status":{"phase":"Running","podIP":"{{ip}}","podIPs":[{"ip":"{{ip}}"}]} }""");
    }

    private Task SetReadyAsync(string name) =>
        Cluster.PatchAsync($"{Core}/pods/{name}/status", """{"status":{"conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]}}""");
}
