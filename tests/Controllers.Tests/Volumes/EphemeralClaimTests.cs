using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.Volumes;

public sealed class EphemeralClaimTests : ControllersTest
{
    private const string Claims = "/api/v1/namespaces/default/persistentvolumeclaims";

    private protected override void Register(ControllerHost host)
    {
        GarbageCollector.Register(host);
        EphemeralClaims.Register(host);
        ClaimProtection.Register(host);
    }

    [Fact]
    public async Task A_claim_is_made_for_its_pod_and_goes_with_it()
    {
        await CreatePodAsync();
        var claim = await Cluster.WaitAsync(Kinds.Claims, "default", "p-scratch", c => c is not null);
        var pod = (await Cluster.Admin.GetAsync(Kinds.Pods, "default", "p"))!;
        Assert.True(EphemeralClaim.IsOf(pod, claim!));
        Assert.Equal(("late", "yes"), (claim!.Class, claim.Metadata.Labels["mine"]));

        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", "p", new() { GracePeriodSeconds = 0 });
        await Cluster.WaitAsync(Kinds.Claims, "default", "p-scratch", c => c is null);
    }

    [Fact]
    public async Task A_claim_of_somebody_else_is_left_alone_and_told_of()
    {
        await Cluster.CreateAsync(Claims, """{"metadata":{"name":"p-scratch"},"spec":{"accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}""");
        await CreatePodAsync();
        await Cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e is
        {
            Reason: "FailedBinding",
            Message: "ephemeral volume scratch: PVC default/p-scratch was not created for pod default/p (pod is not owner)",
        }));
    }

    private Task CreatePodAsync() => Cluster.CreateAsync("/api/v1/namespaces/default/pods", """
        {"metadata":{"name":"p"},"spec":{"nodeName":"n1","containers":[{"name":"c","image":"i"}],"volumes":[{"name":"scratch","ephemeral":{"volumeClaimTemplate":
          {"metadata":{"labels":{"mine":"yes"}},"spec":{"storageClassName":"late","accessModes":["ReadWriteOnce"],"resources":{"requests":{"storage":"1Gi"}}}}}}]}}
        """);
}
