using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.DeviceClaims;

/// <summary>Claims of devices from their templates to their end; what the scheduler does is done here by hand.</summary>
public sealed class DeviceClaimTests : ControllersTest
{
    private const string Pods = "/api/v1/namespaces/default/pods", Claims = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";

    private protected override void Register(ControllerHost host)
    {
        GarbageCollector.Register(host);
        DeviceClaimCreation.Register(host);
        DeviceClaimRelease.Register(host);
    }

    [Fact]
    public async Task A_claim_is_made_from_its_template_is_told_in_the_pods_status_and_goes_with_the_pod()
    {
        await CreatePodAsync("p");
        await Cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e is
        {
            Reason: "FailedResourceClaimCreation",
            Message: "PodResourceClaim gpu: resource claim template \"large\": resourceclaimtemplate.resource.k8s.io \"large\" not found",
        }));
        await CreateTemplateAsync();
        var claim = await WaitForClaimOfAsync("p");
        var pod = (await Cluster.Admin.GetAsync(Kinds.Pods, "default", "p"))!;
        Assert.Equal((pod.Uid, "yes", "gpu", "kept"), (claim.OwningPod?.Uid, claim.Metadata.Labels["mine"], claim.Metadata.Annotations[PodDeviceClaim.NameAnnotation], claim.Metadata.Annotations["note"]));

        // Whoever takes it away gets another.
        await Cluster.Admin.DeleteAsync(Kinds.DeviceClaims, "default", claim.Metadata.Name);
        await Cluster.WaitAsync(Kinds.DeviceClaims, "default", claim.Metadata.Name, c => c is not null && c.Metadata.Uid != claim.Metadata.Uid);

        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", "p", new() { GracePeriodSeconds = 0 });
        await Cluster.WaitForAllAsync(Kinds.DeviceClaims, "default", all => all.Count == 0);
    }

    [Fact]
    public async Task Why_a_claim_is_refused_is_told()
    {
        await CreateTemplateAsync();
        await Cluster.CreateAsync("/api/v1/namespaces/default/resourcequotas", """{"metadata":{"name":"q"},"spec":{"hard":{"count/resourceclaims.resource.k8s.io":"0"}}}""");
        await Cluster.PatchAsync("/api/v1/namespaces/default/resourcequotas/q/status", """{"status":{"hard":{"count/resourceclaims.resource.k8s.io":"0"},"used":{"count/resourceclaims.resource.k8s.io":"0"}}}""");
        await CreatePodAsync("p");
        await Cluster.WaitForAllAsync(EventView.Resource, "default", events => events.Exists(e => e.Reason == "FailedResourceClaimCreation"
            && e.Message!.StartsWith("PodResourceClaim gpu: failed to create ResourceClaim p-gpu-", StringComparison.Ordinal) && e.Message.Contains("exceeded quota: q", StringComparison.Ordinal)));
        await Cluster.Admin.DeleteAsync(Kinds.Quotas, "default", "q");
        await Cluster.WhileTimePassesAsync(WaitForClaimOfAsync("p"), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_pod_that_has_ended_gives_its_devices_back_and_its_own_claim_goes()
    {
        await CreateTemplateAsync();
        await CreatePodAsync("p", "\"nodeName\":\"n1\",");
        var claim = await WaitForClaimOfAsync("p");
        await AllocateAsync(claim.Metadata.Name, "p");
        // Deleted, it is held as long as its pod runs.
        await Cluster.Admin.DeleteAsync(Kinds.DeviceClaims, "default", claim.Metadata.Name);
        await Cluster.WaitAsync(Kinds.DeviceClaims, "default", claim.Metadata.Name, c => c is { IsBeingDeleted: true, IsAllocated: true });
        await Cluster.PatchAsync($"{Pods}/p/status", """{"status":{"phase":"Succeeded"}}""");
        await Cluster.WaitForAllAsync(Kinds.DeviceClaims, "default", all => all.Count == 0);
        Assert.NotNull(await Cluster.Admin.GetAsync(Kinds.Pods, "default", "p"));
    }

    [Fact]
    public async Task A_shared_claim_keeps_its_devices_until_the_last_pod_is_done_with_it()
    {
        await Cluster.CreateAsync(Claims, """{"metadata":{"name":"shared"},"spec":{"devices":{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]}}}""");
        foreach (var name in new[] { "p", "q" })
            await CreatePodAsync(name, "\"nodeName\":\"n1\",", "\"resourceClaimName\":\"shared\"");
        await AllocateAsync("shared", "p");
        var used = Cluster.WaitAsync(Kinds.DeviceClaims, "default", "shared", c => c?.Users.Count == 2);
        await Cluster.WhileTimePassesAsync(used, TimeSpan.FromMilliseconds(100));

        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", "p", new() { GracePeriodSeconds = 0 });
        await Cluster.WaitAsync(Kinds.DeviceClaims, "default", "shared", c => c is { IsAllocated: true, Users: [{ Name: "q" }] });
        await Cluster.PatchAsync($"{Pods}/q/status", """{"status":{"phase":"Failed"}}""");
        await Cluster.WaitAsync(Kinds.DeviceClaims, "default", "shared", c => c is { IsAllocated: false, Users.Count: 0 } && !Finalizers.Has(c, DeviceClaimView.Finalizer));
    }

    [Fact]
    public async Task What_a_pod_left_while_nobody_looked_is_given_back()
    {
        await Cluster.CreateAsync(Claims, """{"metadata":{"name":"shared"},"spec":{"devices":{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]}}}""");
        await CreatePodAsync("p", "\"nodeName\":\"n1\",", "\"resourceClaimName\":\"shared\"");
        await AllocateAsync("shared", "p");
        await StopControllersAsync();
        await Cluster.Admin.DeleteAsync(Kinds.Pods, "default", "p", new() { GracePeriodSeconds = 0 });
        await CreatePodAsync("p", "\"nodeName\":\"n1\",", "\"resourceClaimName\":\"other\""); // a namesake
        StartControllers();
        await Cluster.WaitAsync(Kinds.DeviceClaims, "default", "shared", c => c is { IsAllocated: false, Users.Count: 0 });
    }

    [Theory]
    [InlineData("web", "gpu")]
    [InlineData("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbb", "gpu")]
    [InlineData("a-very-long-name-of-a-pod-that-takes-all-of-the-sixty-three-that-th", "and-a-long-name-of-its-claim")]
    public void The_name_of_a_claim_is_the_same_for_the_same_pod_and_fits(string pod, string claim)
    {
        var name = PodDeviceClaim.NameFor(PodOf(pod, "u1"), claim);
        Assert.InRange(name.Length, 1, 63);
        Assert.StartsWith(pod[..3], name, StringComparison.Ordinal);
        Assert.Contains($"-{claim[..2]}", name, StringComparison.Ordinal);
        Assert.Matches("^[a-z0-9]+([-.][a-z0-9]+)*$", name);
        Assert.Equal(name, PodDeviceClaim.NameFor(PodOf(pod, "u1"), claim));
        Assert.NotEqual(name, PodDeviceClaim.NameFor(PodOf(pod, "u2"), claim));
    }

    private static PodView PodOf(string name, string uid) => new() { Metadata = new() { Name = name, Uid = uid } };

    private Task CreateTemplateAsync() => Cluster.CreateAsync("/apis/resource.k8s.io/v1/namespaces/default/resourceclaimtemplates", """
        {"metadata":{"name":"large"},"spec":{"metadata":{"labels":{"mine":"yes"},"annotations":{"note":"kept"}},"spec":{"devices":{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]}}}}
        """);

    private Task CreatePodAsync(string name, string spec = "", string claim = "\"resourceClaimTemplateName\":\"large\"") => Cluster.CreateAsync(Pods, $$$"""
        {"metadata":{"name":"{{{name}}}"},"spec":{ {{{spec}}} "resourceClaims":[{"name":"gpu",{{{claim}}} }],"containers":[{"name":"c","image":"i","resources":{"claims":[{"name":"gpu"}]}}]}}
        """);

    private async Task<DeviceClaimView> WaitForClaimOfAsync(string name)
    {
        var pod = await Cluster.WaitAsync(Kinds.Pods, "default", name, p => p?.Status?.ResourceClaimStatuses is [{ Name: "gpu", ResourceClaimName: not null }]);
        return (await Cluster.Admin.GetAsync(Kinds.DeviceClaims, "default", pod!.Status!.ResourceClaimStatuses![0].ResourceClaimName!))!;
    }

    private async Task AllocateAsync(string claim, string pod)
    {
        var user = (await Cluster.Admin.GetAsync(Kinds.Pods, "default", pod))!;
        await Cluster.PatchAsync($"{Claims}/{claim}", $$"""{"metadata":{"finalizers":["{{DeviceClaimView.Finalizer}}"]} }""");
        await Cluster.PatchAsync($"{Claims}/{claim}/status", $$$"""
            {"status":{"allocation":{"devices":{"results":[{"request":"g","driver":"d","pool":"n1","device":"a"}]}},"reservedFor":[{"resource":"pods","name":"{{{pod}}}","uid":"{{{user.Uid}}}"}]}}
            """);
    }
}
