using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api;
using Slipway.Client;
using Slipway.Testing;

namespace Slipway.Scheduler.Tests;

/// <summary>Pods with claims of devices; what the controller of claims does is done here by hand.</summary>
public sealed class DeviceSchedulingTests : IAsyncLifetime
{
    private const string Claims = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims", Slices = "/apis/resource.k8s.io/v1/resourceslices", Classes = "/apis/resource.k8s.io/v1/deviceclasses";
    private TestCluster _cluster = null!;
    private IAsyncDisposable _scheduler = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        Start();
        foreach (var node in new[] { "n1", "n2" })
        {
            await _cluster.CreateAsync("/api/v1/nodes", $$"""{"metadata":{"name":"{{node}}","labels":{"on":"{{node}}"} } }""");
            await _cluster.PatchAsync($"/api/v1/nodes/{node}/status", """{"status":{"allocatable":{"cpu":"4","memory":"4Gi","pods":"110"}}}""");
        }
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_pod_is_told_what_it_waits_for_and_is_bound_with_its_devices_when_all_is_there()
    {
        await AddPodAsync("p", "one");
        await WaitForRefusalAsync("p", "could not find v1/ResourceClaim \"default/one\"");
        await AddClaimAsync("one");
        await WaitForRefusalAsync("p", "request g: device class gpu does not exist");
        await AddClassAsync();
        await WaitForRefusalAsync("p", "2 cannot allocate all claims");
        await AddSliceAsync("n2", "a");
        await WaitForNodeAsync("p", "n2");

        var claim = (await _cluster.Admin.GetAsync(Kinds.DeviceClaims, "default", "one"))!;
        var pod = (await _cluster.Admin.GetAsync(Kinds.Pods, "default", "p"))!;
        Assert.Equal([DeviceClaimView.Finalizer], claim.Metadata.Finalizers);
        Assert.True(claim.IsUsedBy(pod.Metadata.Uid));
        Assert.Equal(("gpu.example.com", "n2", "a"), Assert.Single(claim.Allocation!.Devices!.Results!) is { } result ? (result.Driver, result.Pool, result.Device) : default);
    }

    [Fact]
    public async Task A_device_is_given_to_one_claim_and_to_the_next_when_it_is_given_back()
    {
        await AddClassAsync();
        await AddSliceAsync("n1", "a");
        await AddClaimAsync("one");
        await AddClaimAsync("two");
        await AddPodAsync("p", "one");
        await WaitForNodeAsync("p", "n1");
        await AddPodAsync("q", "two");
        await WaitForRefusalAsync("q", "request \"g\" of claim two asks for a device of class gpu, and 0 of 1 that suit there are free");

        // A new scheduler knows what is given away.
        await _scheduler.DisposeAsync();
        Start();
        await AddClaimAsync("three");
        await AddPodAsync("r", "three");
        await WaitForRefusalAsync("r", "request \"g\" of claim three asks for a device of class gpu, and 0 of 1 that suit there are free");
        Assert.Null((await _cluster.Admin.GetAsync(Kinds.Pods, "default", "q"))!.Spec.NodeName);

        await _cluster.PatchAsync($"{Claims}/one/status", """{"status":{"allocation":null,"reservedFor":null}}""");
        await WaitForNodeAsync("q", "n1");
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"schedulingGroup\":{\"podGroupName\":\"g\"},")]
    public async Task A_claim_that_a_pod_names_twice_is_given_its_devices_once(string group)
    {
        await AddClassAsync();
        await AddSliceAsync("n1", "a");
        await AddGangAsync(minCount: 1);
        await AddClaimAsync("one");
        await AddClaimAsync("two");
        await AddPodAsync("p", "one", group, names: ["gpu", "again"]);
        await WaitForNodeAsync("p", "n1");
        Assert.Single((await _cluster.Admin.GetAsync(Kinds.DeviceClaims, "default", "one"))!.Status!.ReservedFor!);

        await AddPodAsync("q", "two", names: ["gpu", "again"]);
        await WaitForRefusalAsync("q", "0 of 1 that suit there are free");
        await _cluster.PatchAsync($"{Claims}/one/status", """{"status":{"allocation":null,"reservedFor":null}}""");
        await WaitForNodeAsync("q", "n1");
    }

    [Fact]
    public async Task A_write_that_the_server_failed_to_confirm_is_asked_for()
    {
        await _scheduler.DisposeAsync();
        await AddClaimAsync("one");
        await AddPodAsync("p", "one");
        var (claim, pod) = ((await _cluster.Admin.GetAsync(Kinds.DeviceClaims, "default", "one"))!, (await _cluster.Admin.GetAsync(Kinds.Pods, "default", "p"))!);
        var allocation = JsonNode.Parse("""{"devices":{"results":[{"request":"g","driver":"gpu.example.com","pool":"n1","device":"a"}]}}""")!.AsObject();
        var reservations = new DeviceReservations(new FailingAnswers(_cluster.As("system:kube-scheduler"), $"{Claims}/one/status"), _cluster.Clock, NullLogger.Instance);
        var key = new ObjectKey("default", "one");
        var (isReserved, allocated) = await reservations.ReserveAsync(pod, new([new(key, claim, allocation, [], IsWaitedFor: false)]), TestContext.Current.CancellationToken);
        Assert.False(isReserved);
        Assert.Equal([key], allocated);
    }

    [Fact]
    public async Task Pods_that_share_a_claim_come_to_where_its_devices_are()
    {
        await AddClassAsync();
        await AddSliceAsync("n1", "a");
        await AddClaimAsync("one");
        for (var i = 0; i < 5; i++)
            await AddPodAsync($"p{i}", "one");
        var bound = _cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 5 && pods.TrueForAll(pod => pod.Spec.NodeName == "n1"));
        await _cluster.WhileTimePassesAsync(bound, TimeSpan.FromMilliseconds(100)); // who writes at the same time as others tries again
        var claim = (await _cluster.Admin.GetAsync(Kinds.DeviceClaims, "default", "one"))!;
        Assert.Equal(5, claim.Status!.ReservedFor!.Select(user => user.Uid).Distinct().Count());
    }

    [Fact]
    public async Task A_claim_that_is_made_from_a_template_is_waited_for()
    {
        await AddClassAsync();
        await AddSliceAsync("n1", "a");
        await _cluster.CreateAsync("/api/v1/namespaces/default/pods", """
            {"metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i","resources":{"claims":[{"name":"gpu"}]}}],"resourceClaims":[{"name":"gpu","resourceClaimTemplateName":"t"}]}}
            """);
        await WaitForRefusalAsync("p", "pod \"default/p\": ResourceClaim not created yet");
        var pod = (await _cluster.Admin.GetAsync(Kinds.Pods, "default", "p"))!;
        await AddClaimAsync("p-gpu-x", $$"""
            ,"ownerReferences":[{"apiVersion":"v1","kind":"Pod","name":"p","uid":"{{pod.Metadata.Uid}}","controller":true}]
            """);
        await _cluster.PatchAsync("/api/v1/namespaces/default/pods/p/status", """{"status":{"resourceClaimStatuses":[{"name":"gpu","resourceClaimName":"p-gpu-x"}]}}""");
        await WaitForNodeAsync("p", "n1");
    }

    [Fact]
    public async Task A_claim_whose_devices_are_out_of_reach_and_that_nobody_uses_is_given_others()
    {
        await AddClassAsync();
        await AddSliceAsync("n1", "a");
        await AddClaimAsync("one");
        await AddPodAsync("p", "one");
        await WaitForNodeAsync("p", "n1");
        await _cluster.PatchAsync($"{Claims}/one/status", """{"status":{"reservedFor":null}}""");
        await AddSliceAsync("n2", "b");
        await AddPodAsync("q", "one", "\"nodeSelector\":{\"on\":\"n2\"},");
        await WaitForNodeAsync("q", "n2");
    }

    [Fact]
    public async Task A_pod_is_bound_when_the_drivers_of_its_devices_say_that_they_are_ready()
    {
        await AddClassAsync();
        await AddSliceAsync("n1", "a", ""","bindsToNode":true,"bindingConditions":["attached"],"bindingFailureConditions":["lost"]""");
        await AddClaimAsync("one");
        await AddPodAsync("p", "one");
        await WaitForClaimAsync(claim => claim.Allocation is not null && claim.Status!.ReservedFor is [_]);
        Assert.Null((await _cluster.Admin.GetAsync(Kinds.Pods, "default", "p"))!.Spec.NodeName);

        // What fails is given back, and the claim is given devices anew.
        await TellAsync("lost");
        await _cluster.WhileTimePassesAsync(WaitForClaimAsync(claim => claim.Allocation is not null && claim.Status!.Devices is null or []), TimeSpan.FromMilliseconds(100));
        Assert.Null((await _cluster.Admin.GetAsync(Kinds.Pods, "default", "p"))!.Spec.NodeName);
        await TellAsync("attached");
        await _cluster.WhileTimePassesAsync(_cluster.WaitAsync(Kinds.Pods, "default", "p", p => p?.Spec.NodeName == "n1"), TimeSpan.FromMilliseconds(100));
    }

    [Fact]
    public async Task A_rule_that_taints_a_device_keeps_it_from_pods_until_it_is_gone()
    {
        await AddClassAsync();
        await AddSliceAsync("n1", "a");
        await _cluster.CreateAsync("/apis/resource.k8s.io/v1/devicetaintrules", """{"metadata":{"name":"r"},"spec":{"deviceSelector":{"driver":"gpu.example.com"},"taint":{"key":"broken","effect":"NoSchedule"}}}""");
        await AddClaimAsync("one");
        await AddPodAsync("p", "one");
        await WaitForRefusalAsync("p", "2 cannot allocate all claims");
        await _cluster.Admin.DeleteAsync(Kinds.DeviceTaintRules, null, "r");
        await WaitForNodeAsync("p", "n1");
    }

    [Fact]
    public async Task A_gang_gets_all_its_devices_or_none()
    {
        await AddClassAsync();
        await AddSliceAsync("n1", "a");
        await AddGangAsync(minCount: 2);
        foreach (var i in new[] { 0, 1 })
        {
            await AddClaimAsync($"c{i}");
            await AddPodAsync($"p{i}", $"c{i}", "\"schedulingGroup\":{\"podGroupName\":\"g\"},");
        }
        await WaitForRefusalAsync("p1", "gang \"g\" needs 2 pods at once, and only 1 of the 2 that wait fits");
        Assert.All((await _cluster.Admin.ListAsync(Kinds.DeviceClaims, "default")).Items, claim => Assert.Null(claim.Allocation));
        await AddSliceAsync("n2", "b");
        await _cluster.WaitForAllAsync(Kinds.Pods, "default", pods => pods.Count == 2 && pods.TrueForAll(pod => pod.Spec.NodeName is not null));
        Assert.All((await _cluster.Admin.ListAsync(Kinds.DeviceClaims, "default")).Items, claim => Assert.NotNull(claim.Allocation));
    }

    private void Start() => _scheduler = _cluster.Run(new PodScheduler(_cluster.As("system:kube-scheduler"), _cluster.Clock, _cluster.Logs).RunAsync);

    private Task AddClassAsync() => _cluster.CreateAsync(Classes, """{"metadata":{"name":"gpu"},"spec":{"selectors":[{"cel":{"expression":"device.driver == 'gpu.example.com'"}}]}}""");

    private async Task<DeviceClaimView> WaitForClaimAsync(Func<DeviceClaimView, bool> condition) =>
        (await _cluster.WaitAsync(Kinds.DeviceClaims, "default", "one", claim => claim is not null && condition(claim)))!;

    private Task TellAsync(string condition) => _cluster.PatchAsync($"{Claims}/one/status", $$$"""
        {"status":{"devices":[{"driver":"gpu.example.com","pool":"n1","device":"a","conditions":[{"type":"{{{condition}}}","status":"True","reason":"R","message":"m","lastTransitionTime":"2026-01-01T00:00:00Z"}]}]}}
        """);

    private Task AddSliceAsync(string node, string device, string more = "") => _cluster.CreateAsync(Slices,
        $$$"""{"metadata":{"name":"{{{node}}}"},"spec":{"driver":"gpu.example.com","nodeName":"{{{node}}}","pool":{"name":"{{{node}}}","generation":1,"resourceSliceCount":1},"devices":[{"name":"{{{device}}}"{{{more}}}}]}}""");

    private Task AddClaimAsync(string name, string metadata = "") => _cluster.CreateAsync(Claims,
        $$$"""{"metadata":{"name":"{{{name}}}"{{{metadata}}} },"spec":{"devices":{"requests":[{"name":"g","exactly":{"deviceClassName":"gpu"}}]} } }""");

    private Task AddGangAsync(int minCount) => _cluster.CreateAsync("/apis/scheduling.k8s.io/v1beta1/namespaces/default/podgroups",
        $$$"""{"apiVersion":"scheduling.k8s.io/v1beta1","kind":"PodGroup","metadata":{"name":"g"},"spec":{"schedulingPolicy":{"gang":{"minCount":{{{minCount}}}} } } }""");

    private Task AddPodAsync(string name, string claim, string spec = "", params string[] names)
    {
        var claims = string.Join(',', (names is [] ? ["gpu"] : names).Select(asked => $$"""{"name":"{{asked}}","resourceClaimName":"{{claim}}"}"""));
        return _cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""
            {"metadata":{"name":"{{{name}}}"},"spec":{ {{{spec}}} "resourceClaims":[{{{claims}}}],"containers":[{"name":"c","image":"i"}]}}
            """);
    }

    private Task WaitForNodeAsync(string pod, string node) => _cluster.WaitAsync(Kinds.Pods, "default", pod, p => p?.Spec.NodeName == node);

    private Task WaitForRefusalAsync(string pod, string why) =>
        _cluster.WaitAsync(Kinds.Pods, "default", pod, p => p?.Status?.Conditions?.Exists(c => c is { Type: "PodScheduled", Status: "False" } && c.Message!.Contains(why, StringComparison.Ordinal)) == true);

    /// <summary>The first write of a path is done, and then fails.</summary>
    private sealed class FailingAnswers(IApi api, string path) : IApi
    {
        private int _writes;

        public async ValueTask<ApiResponse> SendAsync(ApiRequest request, CancellationToken cancellation)
        {
            var answer = await api.SendAsync(request, cancellation);
            if (request.Method != "PATCH" || !request.PathAndQuery.StartsWith(path, StringComparison.Ordinal) || Interlocked.Increment(ref _writes) > 1)
                return answer;
            await answer.DisposeAsync();
            throw ApiException.OutOfTime();
        }
    }
}
