using Slipway.Client;

namespace Slipway.Controllers.Tests.Namespaces;

public sealed class NamespaceTests : ControllersTest
{
    private protected override void Register(ControllerHost host)
    {
        NamespaceController.Register(host);
        NamespaceDefaultsController.Register(host, "the root certificate");
    }

    [Fact]
    public async Task A_namespace_gets_its_service_account_and_the_root_certificate_and_gets_them_back()
    {
        await CreateNamespaceAsync();
        await Cluster.WaitAsync(Kinds.ServiceAccounts, "work", "default", account => account is not null);
        await Cluster.Admin.DeleteAsync(Kinds.ServiceAccounts, "work", "default");
        await Cluster.WaitAsync(Kinds.ServiceAccounts, "work", "default", account => account is not null);
        await Cluster.WaitAsync(Kinds.ConfigMaps, "work", "kube-root-ca.crt", map => map?.Data["ca.crt"] == "the root certificate");
        await Cluster.PatchAsync("/api/v1/namespaces/work/configmaps/kube-root-ca.crt", """{"data":{"ca.crt":"another"}}""");
        await Cluster.WaitAsync(Kinds.ConfigMaps, "work", "kube-root-ca.crt", map => map?.Data["ca.crt"] == "the root certificate");
    }

    [Fact]
    public async Task A_namespace_goes_with_all_that_is_in_it()
    {
        await CreateNamespaceAsync();
        await Cluster.CreateAsync("/api/v1/namespaces/work/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m"}}""");
        await Cluster.CreateAsync("/api/v1/namespaces/work/pods", """{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}]}}""");
        await Cluster.Admin.DeleteAsync(Kinds.Namespaces, null, "work");
        await WaitUntilGoneAsync();
        Assert.Empty((await Cluster.Admin.ListAsync(Kinds.Pods)).Items);
        Assert.DoesNotContain((await Cluster.Admin.ListAsync(Kinds.ConfigMaps)).Items, map => map.Metadata.NamespaceProperty == "work");
    }

    [Fact]
    public async Task What_holds_a_namespace_is_told_in_its_conditions()
    {
        await CreateNamespaceAsync();
        await Cluster.CreateAsync("/api/v1/namespaces/work/configmaps", """{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"m","finalizers":["example.com/hold"]}}""");
        await Cluster.Admin.DeleteAsync(Kinds.Namespaces, null, "work");
        var held = await Cluster.WaitAsync(Kinds.Namespaces, null, "work", ns => Condition(ns, "NamespaceFinalizersRemaining")?.Status == "True");
        Assert.Equal("Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances", Condition(held, "NamespaceFinalizersRemaining")!.Message);
        Assert.Equal("Some resources are remaining: configmaps. has 1 resource instances", Condition(held, "NamespaceContentRemaining")!.Message);
        Assert.Equal("False", Condition(held, "NamespaceDeletionDiscoveryFailure")!.Status);
        Assert.Equal("Terminating", held!.Status!.Phase);

        await Cluster.PatchAsync("/api/v1/namespaces/work/configmaps/m", """{"metadata":{"finalizers":null}}""");
        await WaitUntilGoneAsync();
    }

    private async Task CreateNamespaceAsync()
    {
        await Cluster.CreateAsync("/api/v1/namespaces", """{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"work"}}""");
        await Cluster.WaitAsync(Kinds.ConfigMaps, "work", "kube-root-ca.crt", map => map is not null);
        await Cluster.WaitAsync(Kinds.ServiceAccounts, "work", "default", account => account is not null);
    }

    private Task WaitUntilGoneAsync() => Cluster.WaitAsync(Kinds.Namespaces, null, "work", ns => ns is null);

    private static NamespaceCondition? Condition(NamespaceView? ns, string type) => ns?.Status?.Conditions?.Find(condition => condition.Type == type);
}
