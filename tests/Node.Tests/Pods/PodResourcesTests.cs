using k8s.Models;
using Slipway.Node.Linux;
using Slipway.Node.Pods;
using Slipway.Node.Volumes;

namespace Slipway.Node.Tests.Pods;

public sealed class PodResourcesTests
{
    [Theory]
    [InlineData("800m", null, null, null, null, 819, null, null)]                       // requests alone limit nothing
    [InlineData(null, null, null, null, null, 2, null, null)]                           // best effort comes after all others
    [InlineData("500m", "500m", "64Mi", null, null, 512, 50_000L, 64L << 20)]
    [InlineData(null, null, null, "200m", "100Mi", 204, 20_000L, 100L << 20)]           // the limit of the pod as a whole
    [InlineData("100m", "150m", null, "2", null, 2048, 200_000L, null)]                 // it stands above that of the containers
    public void The_cgroup_of_a_pod_has_what_the_pod_asks_for(string? request, string? limit, string? memory, string? podCpu, string? podMemory, long shares, long? quota, long? bytes)
    {
        var pod = Pod(new V1ResourceRequirements { Requests = Amounts(request, null), Limits = Amounts(limit, memory) });
        pod.Spec.Resources = new() { Requests = Amounts(podCpu, null), Limits = Amounts(podCpu, podMemory) };
        Assert.Equal(new CgroupLimits(shares, quota, bytes), PodResources.LimitsOf(pod));
    }

    [Fact]
    public void The_sum_is_that_of_the_containers_and_sidecars_or_of_the_start_if_that_takes_more()
    {
        var pod = Pod(Cpu("1"), Cpu("2"));
        pod.Spec.InitContainers = [new() { Name = "a", Resources = Cpu("500m") }, new() { Name = "b", RestartPolicy = "Always", Resources = Cpu("500m") }, new() { Name = "c", Resources = Cpu("4") }];
        Assert.Equal(4.5m, PodResources.Requested(pod, "cpu"));
        pod.Spec.InitContainers[2].Resources = Cpu("1");
        Assert.Equal(3.5m, PodResources.Requested(pod, "cpu"));
        pod.Spec.Overhead = Amounts("250m", null);
        Assert.Equal(3.75m, PodResources.Requested(pod, "cpu"));
        Assert.Equal(3.75m, PodResources.Limit(pod, "cpu"));
        pod.Spec.Containers[1].Resources = null;
        Assert.Null(PodResources.Limit(pod, "cpu"));
    }

    [Fact]
    public void A_container_without_limits_has_those_of_its_pod()
    {
        var pod = Pod(null, Cpu("100m"));
        pod.Spec.Resources = new() { Requests = Amounts("1", "300Mi"), Limits = Amounts("1", "300Mi") };
        var open = Resources.Of(pod, pod.Spec.Containers[0], 1L << 30);
        Assert.Equal((100_000, 300L << 20), (open.CpuQuota, open.MemoryLimitInBytes));
        Assert.Equal(10_000, Resources.Of(pod, pod.Spec.Containers[1], 1L << 30).CpuQuota);
        Assert.Equal(150L << 20, PodResources.MemoryShare(pod, pod.Spec.Containers[0]));
        Assert.Equal("Guaranteed", PodSpecs.QosClass(pod));
    }

    [Fact]
    public void Who_waits_for_a_change_of_its_requests_holds_the_smaller_of_both()
    {
        var pod = Pod(Cpu("100"));
        var state = new PodState { StartTime = DateTimeOffset.UnixEpoch };
        Assert.Equal(100, PodResources.Held(pod, state, "cpu"));
        Assert.Equal(0.5m, PodResources.Held(pod, state.With(new("c0") { Phase = ContainerPhase.Running, Applied = Cpu("500m") }), "cpu"));
    }

    [Theory]
    [InlineData(null, null, 4096)]
    [InlineData(null, "64", 64)]
    [InlineData("32", "64", 32)]
    [InlineData("96", "64", 64)]
    [InlineData("8Ki", null, 4096)]
    public void A_volume_in_memory_holds_no_more_than_its_pod_may_use(string? sizeLimit, string? podLimit, long size)
    {
        var pod = Pod(new V1ResourceRequirements { Limits = Amounts(null, podLimit) });
        Assert.Equal(size, PodVolumes.MemorySize(pod, new() { Medium = "Memory", SizeLimit = sizeLimit is null ? null : new(sizeLimit) }, 4096));
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("Memory", null)]
    [InlineData("HugePages", "emptyDir.medium \"HugePages\" is not supported by this node, which gives pods no huge pages; use Memory, or leave the field out")]
    [InlineData("HugePages-2Mi", "emptyDir.medium \"HugePages-2Mi\" is not supported by this node, which gives pods no huge pages; use Memory, or leave the field out")]
    public void A_volume_of_huge_pages_is_not_made_of_anything_else(string? medium, string? lacking) => Assert.Equal(lacking, PodVolumes.MediumLacking(medium));

    [Theory]
    [InlineData(2, 1)]
    [InlineData(102, 17)]
    [InlineData(1024, 100)]
    [InlineData(262_144, 10_000)]
    public void A_weight_is_worth_its_shares(long shares, long weight) => Assert.Equal(weight, CgroupLimits.Weight(shares));

    [Theory]
    [InlineData(true, "cpu.weight=100 cpu.max=20000 100000 memory.max=4096", "cpu.weight=100 cpu.max=max 100000 memory.max=max")]
    [InlineData(false, "cpu.shares=1024 cpu.cfs_quota_us=20000 memory.limit_in_bytes=4096", "cpu.shares=1024 cpu.cfs_quota_us=-1 memory.limit_in_bytes=-1")]
    public void Limits_are_written_as_the_hierarchy_wants_them(bool isUnified, string limited, string open)
    {
        var limits = new CgroupLimits(1024, 20_000, 4096);
        Assert.Equal((limited, open), (Text(limits), Text(limits.Open)));
        string Text(CgroupLimits of) => string.Join(' ', of.Files(isUnified).Select(f => $"{f.File}={f.Value}"));
    }

    [Fact]
    public void Each_controller_is_told_where_it_is()
    {
        var root = Directory.CreateTempSubdirectory("cgroups-");
        try
        {
            string[] mounts = [.. new[] { "cpu", "memory", "pids", "unified" }.Select(m => Path.Combine(root.FullName, m))];
            foreach (var mount in mounts)
                Directory.CreateDirectory(Path.Combine(mount, "pods/podu"));
            new Cgroup("/pods/podu", [.. mounts.Take(3).Select(m => new CgroupHierarchy(m, false, [Path.GetFileName(m)])), new(mounts[3], true, [])]).Limit(new(2, null, 4096));
            Assert.Equal(
                ["cpu/pods/podu/cpu.cfs_quota_us", "cpu/pods/podu/cpu.shares", "memory/pods/podu/memory.limit_in_bytes"],
                root.EnumerateFiles("*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(root.FullName, f.FullName)).Order(StringComparer.Ordinal));
        }
        finally
        {
            root.Delete(recursive: true);
        }
    }

    private static V1ResourceRequirements Cpu(string amount) => new() { Requests = Amounts(amount, null), Limits = Amounts(amount, null) };

    private static Dictionary<string, ResourceQuantity> Amounts(string? cpu, string? memory) => new(
        new (string Name, string? Amount)[] { ("cpu", cpu), ("memory", memory) }.Where(a => a.Amount is not null).Select(a => KeyValuePair.Create(a.Name, new ResourceQuantity(a.Amount!))));

    private static V1Pod Pod(params V1ResourceRequirements?[] containers) => new()
    {
        Metadata = new() { Name = "p" },
        Spec = new() { Containers = [.. containers.Select((r, i) => new V1Container { Name = $"c{i}", Resources = r })] },
    };
}
