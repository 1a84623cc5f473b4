using System.Net.Sockets;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Slipway.Client;
using Slipway.Node.Devices;
using Slipway.Node.Housekeeping;
using Slipway.Node.Pods;
using Slipway.Testing;

namespace Slipway.Node.Tests.Devices;

public sealed class PodDevicesTests : IAsyncLifetime
{
    private const string Claims = "/apis/resource.k8s.io/v1/namespaces/default/resourceclaims";

    private readonly string _home = Directory.CreateTempSubdirectory("slipway-devices-").FullName;
    // Of drivers: stands still, so that nobody is given up before a test says so.
    private readonly FakeTimeProvider _clock = new();
    private TestCluster _cluster = null!;
    private DeviceDrivers _drivers = null!;
    private PodDevices _devices = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        Directory.CreateDirectory(Pods);
        _drivers = new(Path.Combine(_home, "registry"), _clock, NullLogger.Instance);
        _devices = new(_cluster.Admin, _drivers, Pods, _clock);
    }

    public async ValueTask DisposeAsync()
    {
        _drivers.Dispose();
        await _cluster.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task Devices_are_made_ready_by_their_driver_are_given_to_containers_by_request_and_are_given_back_once()
    {
        await using var driver = await StartDriverAsync();
        var pod = await CreatePodAsync("p", "one");
        await AllocateAsync("one", pod);
        await _devices.PrepareAsync(pod, Cancellation);
        Assert.Equal(["registered", "prepare default/one"], driver.Seen);
        Assert.Equal(["gpu.example.com/gpu=one-a", "gpu.example.com/gpu=one-b"], _devices.CdiDevicesOf(pod, Using(null)));
        Assert.Equal(["gpu.example.com/gpu=one-a", "gpu.example.com/gpu=one-b"], _devices.CdiDevicesOf(pod, Using("large")));
        Assert.Equal(["gpu.example.com/gpu=one-b"], _devices.CdiDevicesOf(pod, Using("small")));
        Assert.Empty(_devices.CdiDevicesOf(pod, new() { Name = "plain" }));

        // Who goes on after a restart knows what there is to give back.
        var later = new PodDevices(_cluster.Admin, _drivers, Pods, _clock);
        await later.ReleaseAsync(pod.Metadata.Uid, Cancellation);
        await later.ReleaseAsync(pod.Metadata.Uid, Cancellation);
        Assert.Equal(["registered", "prepare default/one", "unprepare default/one"], driver.Seen);
    }

    [Fact]
    public async Task A_shared_claim_is_given_back_with_the_last_pod_that_uses_it()
    {
        await using var driver = await StartDriverAsync();
        var (p, q) = (await CreatePodAsync("p", "one"), await CreatePodAsync("q", "one"));
        await AllocateAsync("one", p, q);
        await _devices.PrepareAsync(p, Cancellation);
        await _devices.PrepareAsync(q, Cancellation);
        await _devices.ReleaseAsync(p.Metadata.Uid, Cancellation);
        Assert.DoesNotContain("unprepare default/one", driver.Seen);
        await _devices.ReleaseAsync(q.Metadata.Uid, Cancellation);
        Assert.Contains("unprepare default/one", driver.Seen);
    }

    [Fact]
    public async Task What_is_not_ready_is_said()
    {
        var pod = await CreatePodAsync("p", "one");
        Assert.Equal("resourceclaims.resource.k8s.io \"one\" not found", await WhyNotAsync(pod));
        await AllocateAsync("one");
        Assert.StartsWith("pod p(", await WhyNotAsync(pod), StringComparison.Ordinal);
        await UseAsync("one", pod);
        Assert.Equal("DRA driver gpu.example.com is not registered", await WhyNotAsync(pod));
        await using var driver = await StartDriverAsync();
        driver.Error = "no such device";
        Assert.Equal("NodePrepareResources failed for ResourceClaim default/one: no such device", await WhyNotAsync(pod));
        // What may have been done in part is undone until the driver says that it is.
        await Assert.ThrowsAsync<IOException>(() => _devices.ReleaseAsync(pod.Metadata.Uid, Cancellation));
        driver.Error = "";
        await _devices.ReleaseAsync(pod.Metadata.Uid, Cancellation);
        Assert.False(Directory.EnumerateFiles(Path.Combine(Pods, pod.Metadata.Uid)).Any());
    }

    [Theory]
    [InlineData("DRAPlugin", "v1beta1.DRAPlugin", "the driver serves v1beta1.DRAPlugin, and the node asks for v1.DRAPlugin")]
    [InlineData("CSIPlugin", "1.0.0", null)]
    public async Task Plugins_of_other_versions_are_told_so_and_those_of_other_kinds_nothing(string type, string version, string? told)
    {
        await using var driver = await StartDriverAsync(type, version);
        await _drivers.LookAsync(Cancellation);
        await _drivers.LookAsync(Cancellation);
        Assert.Null(await _drivers.FindAsync("gpu.example.com", Cancellation));
        Assert.Equal(told is null ? [] : [told], driver.Seen);
    }

    [Fact]
    public async Task A_driver_that_has_gone_is_forgotten_and_one_that_came_again_is_registered_again()
    {
        await using (await StartDriverAsync())
            Assert.NotNull(await _drivers.FindAsync("gpu.example.com", Cancellation));
        File.Delete(Path.Combine(_home, "registry", "gpu.sock"));
        Assert.Null(await _drivers.FindAsync("gpu.example.com", Cancellation));
        await using var again = await StartDriverAsync();
        Assert.NotNull(await _drivers.FindAsync("gpu.example.com", Cancellation));
        Assert.Equal(["registered"], again.Seen);
    }

    [Fact]
    public async Task Paths_that_no_socket_can_have_are_passed_over()
    {
        var registry = Directory.CreateDirectory(Path.Combine(_home, new string('r', 100)));
        await File.WriteAllTextAsync(Path.Combine(registry.FullName, "gpu.sock"), "", Cancellation);
        using (var drivers = new DeviceDrivers(registry.FullName, _clock, NullLogger.Instance))
            Assert.Null(await drivers.FindAsync("gpu.example.com", Cancellation));

        await using var driver = await StartDriverAsync();
        driver.Endpoint = $"/{new string('e', 120)}";
        var pod = await CreatePodAsync("p", "one");
        await AllocateAsync("one", pod);
        Assert.Equal("DRA driver gpu.example.com is not registered", await WhyNotAsync(pod));
        Assert.Equal([$"the driver is to be called at {driver.Endpoint}, which no socket can have as its path"], driver.Seen);
        // It was asked for nothing, and so there is nothing for which the pod has to stay.
        await _devices.ReleaseAsync(pod.Metadata.Uid, Cancellation);
    }

    [Fact]
    public async Task A_plugin_that_never_answers_holds_nobody_up()
    {
        Directory.CreateDirectory(Path.Combine(_home, "registry"));
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(Path.Combine(_home, "registry", "silent.sock")));
        silent.Listen();
        var looking = _drivers.LookAsync(Cancellation);
        using var connection = await silent.AcceptAsync(Cancellation);
        await using var driver = await StartDriverAsync();
        Assert.NotNull(await _drivers.FindAsync("gpu.example.com", Cancellation));
        Assert.False(looking.IsCompleted);
        var unknown = _drivers.FindAsync("silent.example.com", Cancellation);
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Null(await unknown);
        await looking;
    }

    [Fact]
    public async Task Housekeeping_does_not_wait_for_a_plugin_that_never_answers()
    {
        Directory.CreateDirectory(Path.Combine(_home, "registry"));
        using var silent = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        silent.Bind(new UnixDomainSocketEndPoint(Path.Combine(_home, "registry", "silent.sock")));
        silent.Listen();
        var (looks, third) = (0, new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously));
        // Its pressure is that of a disk that is not there, which is passed over.
        var options = new NodeOptions { NodeName = "n1", Address = "192.0.2.1", ContainerdSocket = "", PodsRoot = "/nowhere", LogsRoot = _home, CgroupParent = "/none" };
        var pressure = new PressureRelief(options, null!, null!, null!, null!, _cluster.Clock, NullLogger.Instance);
        var housekeeper = new Housekeeper(Workers, null!, null!, null!, pressure, _drivers, TimeSpan.FromSeconds(1), _cluster.Clock, NullLogger.Instance);
        await using (_cluster.Run(KeepAsync))
            Assert.True(await _cluster.WhileTimePassesAsync(third.Task.WaitAsync(TestCluster.Patience), TimeSpan.FromSeconds(1)));

        async Task KeepAsync(CancellationToken cancellation)
        {
            try
            {
                await housekeeper.RunAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                // The test is over.
            }
        }

        IEnumerable<PodWorker> Workers()
        {
            if (++looks == 3)
                third.TrySetResult(true);
            return [];
        }
    }

    [Fact]
    public async Task A_driver_that_does_not_answer_is_given_up_and_other_claims_do_not_wait_for_it()
    {
        await using var driver = await StartDriverAsync();
        var (p, q) = (await CreatePodAsync("p", "one"), await CreatePodAsync("q", "two"));
        await AllocateAsync("one", p);
        await AllocateAsync("two", q);
        Assert.NotNull(await _drivers.FindAsync("gpu.example.com", Cancellation));
        driver.IsSilent = true;
        var why = WhyNotAsync(p);
        await driver.WasAsked.Task.WaitAsync(Cancellation);
        driver.IsSilent = false;
        await _devices.PrepareAsync(q, Cancellation);
        Assert.False(why.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(45));
        Assert.Equal("the driver did not answer within 45 seconds", await why);
    }

    [Theory]
    [InlineData("1.6.20~ds1", false)]
    [InlineData("v1.7.27", true)]
    [InlineData("2.1.3", true)]
    [InlineData("", false)]
    public void Containerd_gives_devices_to_containers_from_1_7_on(string version, bool serves) => Assert.Equal(serves, PodOperations.ServesDevices(version));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Pods => Path.Combine(_home, "pods");

    private static V1Container Using(string? request) => new() { Name = "c", Resources = new() { Claims = [new() { Name = "gpu", Request = request }] } };

    private Task<DriverServer> StartDriverAsync(string type = "DRAPlugin", string version = "v1.DRAPlugin")
    {
        Directory.CreateDirectory(Path.Combine(_home, "registry"));
        return DriverServer.StartAsync(Path.Combine(_home, "registry", "gpu.sock"), "gpu.example.com", type, version);
    }

    private async Task<V1Pod> CreatePodAsync(string name, string claim)
    {
        await _cluster.CreateAsync("/api/v1/namespaces/default/pods", $$$"""
            {"metadata":{"name":"{{{name}}}"},"spec":{"nodeName":"n1","resourceClaims":[{"name":"gpu","resourceClaimName":"{{{claim}}}"}],"containers":[{"name":"c","image":"i","resources":{"claims":[{"name":"gpu"}]}}]}}
            """);
        return (await _cluster.Admin.GetAsync(NodeKinds.Pods, "default", name))!;
    }

    private async Task AllocateAsync(string claim, params V1Pod[] pods)
    {
        await _cluster.CreateAsync(Claims, $$"""
            {"metadata":{"name":"{{claim}}"},"spec":{"devices":{"requests":[{"name":"large","exactly":{"deviceClassName":"gpu"} }]} } }
            """);
        await _cluster.PatchAsync($"{Claims}/{claim}/status", """{"status":{"allocation":{"devices":{"results":[{"request":"large","driver":"gpu.example.com","pool":"n1","device":"a"}]}}}}""");
        await UseAsync(claim, pods);
    }

    private Task UseAsync(string claim, params V1Pod[] pods)
    {
        var users = pods.Select(pod => $$"""
            {"resource":"pods","name":"{{pod.Metadata.Name}}","uid":"{{pod.Metadata.Uid}}"}
            """);
        return _cluster.PatchAsync($"{Claims}/{claim}/status", $$"""{"status":{"reservedFor":[{{string.Join(',', users)}}]} }""");
    }

    private async Task<string> WhyNotAsync(V1Pod pod) => (await Assert.ThrowsAsync<DeviceException>(() => _devices.PrepareAsync(pod, Cancellation))).Message;
}
