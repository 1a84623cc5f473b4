using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.Volumes;

public sealed class BinderTests : ControllersTest
{
    private protected override void Register(ControllerHost host)
    {
        ClaimBinder.Register(host);
        VolumeBinder.Register(host);
        ClaimProtection.Register(host);
        VolumeProtection.Register(host);
    }

    [Fact]
    public async Task A_claim_gets_the_volume_that_fits_and_leaves_it_released()
    {
        await CreateClaimAsync("data", "2Gi");
        await CreateVolumeAsync("small", "1Gi");
        await CreateVolumeAsync("large", "5Gi");
        var claim = await Cluster.WaitAsync(Kinds.Claims, "default", "data", c => c?.Status?.Phase == "Bound");
        Assert.Equal(("large", "5Gi", true), (claim!.VolumeName, claim.Status!.Capacity!["storage"], claim.IsBound));
        var volume = await Cluster.WaitAsync(Kinds.Volumes, null, "large", v => v?.Phase == "Bound");
        Assert.True(volume!.IsFor(claim) && volume.IsBoundByController);
        await Cluster.WaitAsync(Kinds.Volumes, null, "small", v => v?.Phase == "Available");

        await Cluster.Admin.DeleteAsync(Kinds.Claims, "default", "data");
        await Cluster.WaitAsync(Kinds.Volumes, null, "large", v => v?.Phase == "Released");
        // A namesake does not get what is another's.
        await CreateClaimAsync("data", "2Gi");
        await Cluster.WaitForAllAsync(Kinds.Volumes, null, all => all.Find(v => v.Name == "large")?.Phase == "Released");
        Assert.Equal("Pending", (await Cluster.Admin.GetAsync(Kinds.Claims, "default", "data"))!.Status!.Phase);
        // Until somebody lets it go.
        await Cluster.PatchAsync("/api/v1/persistentvolumes/large", """{"spec":{"claimRef":null}}""");
        await Cluster.WaitAsync(Kinds.Claims, "default", "data", c => c is { VolumeName: "large", Status.Phase: "Bound" });
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Claims));
        await Cluster.CheckUntouchedAsync(Host.Informer(Kinds.Volumes));
    }

    [Fact]
    public async Task A_claim_of_a_class_asks_its_provisioner_and_is_lost_with_its_volume()
    {
        await Cluster.CreateAsync("/apis/storage.k8s.io/v1/storageclasses", """{"metadata":{"name":"late"},"provisioner":"example.com/late","volumeBindingMode":"WaitForFirstConsumer"}""");
        await CreateClaimAsync("data", "1Gi", "late");
        await WaitForEventAsync("WaitForFirstConsumer");
        await Cluster.PatchAsync("/api/v1/namespaces/default/persistentvolumeclaims/data", """{"metadata":{"annotations":{"volume.kubernetes.io/selected-node":"n1"}}}""");
        await WaitForEventAsync("ExternalProvisioning");
        var claim = await Cluster.WaitAsync(Kinds.Claims, "default", "data", c => VolumeAnnotations.Of(c!, VolumeAnnotations.StorageProvisioner) == "example.com/late");
        await CreateVolumeAsync("given", "1Gi", "late", $$$""","claimRef":{"namespace":"default","name":"data","uid":"{{{claim!.Uid}}}"}""");
        await Cluster.WaitAsync(Kinds.Claims, "default", "data", c => c is { VolumeName: "given", Status.Phase: "Bound" });

        await Cluster.Admin.DeleteAsync(Kinds.Volumes, null, "given");
        await Cluster.PatchAsync("/api/v1/persistentvolumes/given", """{"metadata":{"finalizers":null}}""");
        await Cluster.WaitAsync(Kinds.Claims, "default", "data", c => c?.Status?.Phase == "Lost");
        await WaitForEventAsync("ClaimLost");
    }

    private async Task WaitForEventAsync(string reason) => await Cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e.Reason == reason));

    private Task CreateClaimAsync(string name, string size, string storageClass = "") => Cluster.CreateAsync("/api/v1/namespaces/default/persistentvolumeclaims", $$$"""
        {"metadata":{"name":"{{{name}}}"},"spec":{"accessModes":["ReadWriteOnce"],"storageClassName":"{{{storageClass}}}","resources":{"requests":{"storage":"{{{size}}}"} } } }
        """);

    private Task CreateVolumeAsync(string name, string size, string storageClass = "", string more = "") => Cluster.CreateAsync("/api/v1/persistentvolumes", $$$"""
        {"metadata":{"name":"{{{name}}}"},"spec":{"capacity":{"storage":"{{{size}}}"},"accessModes":["ReadWriteOnce"],"storageClassName":"{{{storageClass}}}","hostPath":{"path":"/x"}{{{more}}} } }
        """);
}
