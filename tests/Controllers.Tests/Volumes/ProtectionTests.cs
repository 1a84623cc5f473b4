using Slipway.Controllers.Tests.Workloads;
using Slipway.Client;

namespace Slipway.Controllers.Tests.Volumes;

public sealed class ProtectionTests : ControllersTest
{
    private const string Claims = "/api/v1/namespaces/default/persistentvolumeclaims", Volumes = "/api/v1/persistentvolumes";

    private protected override void Register(ControllerHost host)
    {
        ClaimProtection.Register(host);
        VolumeProtection.Register(host);
    }

    [Theory]
    [InlineData("u1 node=n1", true)]
    [InlineData("u1 node=n1 Succeeded", true)]
    [InlineData("u1 node=n1 x", true)]
    [InlineData("u1", false)]
    public void A_pod_keeps_its_claims_from_when_it_has_a_node(string pod, bool expected)
    {
        var view = Make.Pod(pod);
        view.Spec!.Volumes = [new() { Name = "a", PersistentVolumeClaim = new() { ClaimName = "data" } }, new() { Name = "b", Ephemeral = new() }, new() { Name = "token" }];
        Assert.Equal(expected, ClaimProtection.Uses(view, "data"));
        Assert.Equal(expected, ClaimProtection.Uses(view, "u1-b"));
        Assert.False(ClaimProtection.Uses(view, "token"));
    }

    [Fact]
    public async Task A_claim_that_is_deleted_stays_until_its_last_pod_is_gone()
    {
        await CreateClaimAsync("data");
        foreach (var pod in (string[])["a", "b"])
            await Cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""
                {"apiVersion":"v1","kind":"Pod","metadata":{"name":"{{{pod}}}"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}],
                 "volumes":[{"name":"data","persistentVolumeClaim":{"claimName":"data"} }] } }
                """);
        await Cluster.Admin.DeleteAsync(Kinds.Claims, "default", "data");
        await DeletePodAsync("a");
        Assert.Equal([ClaimProtection.Finalizer], (await Cluster.Admin.GetAsync(Kinds.Claims, "default", "data"))!.Metadata.Finalizers);
        await DeletePodAsync("b");
        await Cluster.WaitAsync(Kinds.Claims, "default", "data", claim => claim is null);
    }

    [Fact]
    public async Task A_claim_that_no_pod_uses_goes_at_once_and_one_that_lost_its_finalizer_gets_it_again()
    {
        await CreateClaimAsync("data");
        await Cluster.PatchAsync($"{Claims}/data", """{"metadata":{"finalizers":null}}""");
        await Cluster.WaitAsync(Kinds.Claims, "default", "data", claim => claim is not null && Finalizers.Has(claim, ClaimProtection.Finalizer));
        await Cluster.Admin.DeleteAsync(Kinds.Claims, "default", "data");
        await Cluster.WaitAsync(Kinds.Claims, "default", "data", claim => claim is null);
    }

    [Fact]
    public async Task A_volume_that_is_deleted_stays_while_it_is_bound()
    {
        await Cluster.CreateAsync(Volumes, """
            {"apiVersion":"v1","kind":"PersistentVolume","metadata":{"name":"pv"},"spec":{"capacity":{"storage":"1Gi"},"accessModes":["ReadWriteOnce"],"hostPath":{"path":"/x"} } }
            """);
        await Cluster.PatchAsync($"{Volumes}/pv/status", """{"status":{"phase":"Bound"}}""");
        await Cluster.Admin.DeleteAsync(Kinds.Volumes, null, "pv");
        await Cluster.WaitAsync(Kinds.Volumes, null, "pv", volume => volume is { IsBeingDeleted: true });
        await Cluster.PatchAsync($"{Volumes}/pv/status", """{"status":{"phase":"Released"}}""");
        await Cluster.WaitAsync(Kinds.Volumes, null, "pv", volume => volume is null);
    }

    private Task CreateClaimAsync(string name) => Cluster.CreateAsync(Claims, $$$"""
        {"apiVersion":"v1","kind":"PersistentVolumeClaim","metadata":{"name":"{{{name}}}"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"} } } }
        """);

    private async Task DeletePodAsync(string name)
    {
        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", name, new() { GracePeriodSeconds = 0 });
        await Cluster.WaitAsync(Kinds.Pods, "default", name, pod => pod is null);
    }
}
