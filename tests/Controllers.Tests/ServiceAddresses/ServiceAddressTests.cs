using Slipway.Client;

namespace Slipway.Controllers.Tests.ServiceAddresses;

public sealed class ServiceAddressTests : ControllersTest
{
    private const string Ranges = "/apis/networking.k8s.io/v1/servicecidrs";
    private const string Services = "/api/v1/namespaces/default/services";

    private protected override void Register(ControllerHost host)
    {
        Controllers.ServiceAddresses.Register(host);
        ServiceRanges.Register(host);
    }

    [Fact]
    public async Task Each_address_of_a_service_is_told_of_for_as_long_as_it_has_it()
    {
        await Cluster.CreateAsync(Services, """{"metadata":{"name":"headless"},"spec":{"clusterIP":"None","ports":[{"port":80}]}}""");
        await Cluster.CreateAsync(Services, """{"metadata":{"name":"web"},"spec":{"clusterIP":"10.96.0.77","ports":[{"port":80}]}}""");
        var address = await Cluster.WaitAsync(Kinds.ServiceAddresses, null, "10.96.0.77", a => a is not null);
        Assert.Equal(("services", "default", "web"), (address!.Spec.ParentRef.Resource, address.Spec.ParentRef.Namespace, address.Spec.ParentRef.Name));
        Assert.Equal("IPv4", address.Metadata.Labels["ipaddress.kubernetes.io/ip-family"]);

        await Cluster.Admin.DeleteAsync(Kinds.ServiceAddresses, null, "10.96.0.77");
        await Cluster.WaitAsync(Kinds.ServiceAddresses, null, "10.96.0.77", a => a is not null && a.Metadata.Uid != address.Metadata.Uid);
        await Cluster.Admin.DeleteAsync(Kinds.Services, "default", "web");
        await Cluster.CreateAsync(Services, """{"metadata":{"name":"other"},"spec":{"clusterIP":"10.96.0.77","ports":[{"port":80}]}}""");
        await Cluster.WaitAsync(Kinds.ServiceAddresses, null, "10.96.0.77", a => a?.Spec.ParentRef.Name == "other");
        await Cluster.Admin.DeleteAsync(Kinds.Services, "default", "other");
        await Cluster.WaitForAllAsync(Kinds.ServiceAddresses, null, all => all.Count == 0);
    }

    [Fact]
    public async Task A_further_range_is_given_of_when_it_is_ready_and_stays_until_nobody_has_an_address_of_it()
    {
        await Cluster.WaitAsync(Kinds.ServiceRanges, null, "kubernetes", r => r?.Ready is { Status: "True" });
        await Cluster.CreateAsync(Ranges, """{"metadata":{"name":"more"},"spec":{"cidrs":["10.200.0.0/28"]}}""");
        await Cluster.WaitAsync(Kinds.ServiceRanges, null, "more", r => r?.Ready is { Status: "True" });
        await Cluster.CreateAsync(Services, """{"metadata":{"name":"web"},"spec":{"clusterIP":"10.200.0.5","ports":[{"port":80}]}}""");
        await Cluster.WaitAsync(Kinds.ServiceAddresses, null, "10.200.0.5", a => a is not null);
        await Cluster.Admin.DeleteAsync(Kinds.ServiceRanges, null, "more");
        await Cluster.WaitAsync(Kinds.ServiceRanges, null, "more", r => r?.Ready is { Status: "False", Reason: "Terminating" });
        await Cluster.PatchAsync($"{Services}/web", """{"spec":{"selector":{"app":"web"}}}"""); // what has an address of it can be changed
        await Cluster.Admin.DeleteAsync(Kinds.Services, "default", "web");
        await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.ServiceRanges, null, "more", r => r is null), TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_range_stays_for_a_service_of_which_the_cache_has_not_heard_yet()
    {
        await Cluster.CreateAsync(Ranges, """{"metadata":{"name":"more"},"spec":{"cidrs":["10.200.0.0/28"]}}""");
        await Cluster.CreateAsync(Ranges, """{"metadata":{"name":"other"},"spec":{"cidrs":["10.201.0.0/28"]}}""");
        await Cluster.WaitForAllAsync(Kinds.ServiceRanges, null, all => all.All(r => r.Ready is { Status: "True" }));
        Watches.Hold("services");
        await Cluster.CreateAsync(Services, """{"metadata":{"name":"web"},"spec":{"clusterIP":"10.200.0.5","ports":[{"port":80}]}}""");
        await Cluster.Admin.DeleteAsync(Kinds.ServiceRanges, null, "more");
        await Cluster.WaitAsync(Kinds.ServiceRanges, null, "more", r => r is { IsBeingDeleted: true });
        await Cluster.Admin.DeleteAsync(Kinds.ServiceRanges, null, "other");
        await Cluster.WhileTimePassesAsync(Cluster.WaitAsync(Kinds.ServiceRanges, null, "other", r => r is null), TimeSpan.FromMilliseconds(100));
        Assert.NotNull(await Cluster.Admin.GetAsync(Kinds.ServiceRanges, null, "more"));
        Watches.Release("services");
        await Cluster.WaitAsync(Kinds.ServiceRanges, null, "more", r => r?.Ready is { Status: "False", Reason: "Terminating" });
    }
}
