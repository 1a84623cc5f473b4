using k8s.Models;
using Slipway.Node.Pods;

namespace Slipway.Node.Tests.Pods;

public sealed class ConversionTests
{
    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("$(A)-$(B)", "1-2")]
    [InlineData("$$(A)", "$(A)")]
    [InlineData("$$$(A)", "$1")]
    [InlineData("$(C)", "$(C)")]
    [InlineData("$(A", "$(A")]
    [InlineData("$A $", "$A $")]
    [InlineData("$()", "$()")]
    public void References_are_expanded_as_Kubernetes_does(string text, string expected) =>
        Assert.Equal(expected, Expansion.Expand(text, new Dictionary<string, string> { ["A"] = "1", ["B"] = "2" }));

    [Fact]
    public void A_sub_path_with_an_unknown_name_is_an_error()
    {
        var values = new Dictionary<string, string> { ["A"] = "1" };
        Assert.Equal("1/$(B)", Expansion.ExpandAll("$(A)/$$(B)", values));
        Assert.Equal("missing value for \"B\"", Assert.Throws<ContainerConfigException>(() => Expansion.ExpandAll("$(A)/$(B)", values)).Message);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("Disabled", false)]
    [InlineData("IfPossible", false)]
    [InlineData("Enabled", true)]
    public void What_would_be_writable_below_is_not_mounted(string? recursive, bool isRefused)
    {
        var refusal = Record.Exception(() => ContainerMounts.RefuseRecursion(new() { Name = "v", MountPath = "/v", ReadOnlyProperty = true, RecursiveReadOnly = recursive }));
        Assert.Equal(isRefused ? "failed to resolve recursive read-only mode: volume \"v\" requested recursive read-only mode, but it is not supported by the runtime" : null, refusal?.Message);
    }

    [Theory]
    [InlineData("limits.cpu", "2")]
    [InlineData("limits.memory", "64")]
    [InlineData("limits.ephemeral-storage", "8192")]
    [InlineData("requests.ephemeral-storage", "0")]
    public void Who_has_no_limit_is_told_what_the_node_has(string resource, string value)
    {
        var pod = Pod(new() { Limits = new Dictionary<string, ResourceQuantity> { ["memory"] = new("64") } });
        Assert.Equal(value, PodFields.Resource(pod, "main", new() { Resource = resource }, new("n", "192.0.2.1", [], 2, 4096, 8192)));
    }

    [Theory]
    [InlineData(0, 2)]
    [InlineData(0.5, 512)]
    [InlineData(2, 2048)]
    [InlineData(1000, 262_144)]
    public void Shares_follow_cores(double cores, long shares) => Assert.Equal(shares, Resources.Shares((decimal)cores));

    [Theory]
    [InlineData("Guaranteed", 100, -997)]
    [InlineData("BestEffort", 0, 1000)]
    [InlineData("Burstable", 0, 999)]
    [InlineData("Burstable", 500, 500)]
    [InlineData("Burstable", 1000, 3)]
    public void The_score_says_who_is_killed_first(string qos, long request, long score) => Assert.Equal(score, Resources.OomScore(qos, request, 1000));

    [Fact]
    public void Limits_become_quota_and_bytes()
    {
        var pod = Pod(new() { Limits = Amounts("250m", "64Mi") });
        var resources = Resources.Of(pod, pod.Spec.Containers[0], 1L << 30);
        Assert.Equal((100_000, 25_000, 256, 64L << 20), (resources.CpuPeriod, resources.CpuQuota, resources.CpuShares, resources.MemoryLimitInBytes));
    }

    [Fact]
    public void The_quality_of_service_follows_requests_and_limits()
    {
        Assert.Equal("BestEffort", PodSpecs.QosClass(Pod(null)));
        Assert.Equal("Guaranteed", PodSpecs.QosClass(Pod(new() { Limits = Amounts("1", "1Gi"), Requests = Amounts("1000m", "1024Mi") })));
        Assert.Equal("Guaranteed", PodSpecs.QosClass(Pod(new() { Limits = Amounts("1", "1Gi") })));
        Assert.Equal("Burstable", PodSpecs.QosClass(Pod(new() { Requests = Amounts("1", "1Gi") })));
        Assert.Equal("Burstable", PodSpecs.QosClass(Pod(new() { Limits = Amounts("2", "1Gi"), Requests = Amounts("1", "1Gi") })));
    }

    [Fact]
    public void The_back_off_doubles_to_its_limit_and_is_forgotten_after_ten_minutes()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(50);
        var backOff = new RestartBackOff();
        Assert.Equal(now, backOff.NextAt(now));
        List<double> delays = [];
        for (var i = 0; i < 7; i++)
            delays.Add((backOff = backOff.Next(now, now)).Delay.TotalSeconds);
        Assert.Equal([10, 20, 40, 80, 160, 300, 300], delays);
        Assert.Equal(now.AddSeconds(300), backOff.NextAt(now));
        var later = now.AddMinutes(10).AddSeconds(1);
        Assert.Equal(later, backOff.NextAt(later));
        Assert.Equal(RestartBackOff.First, backOff.Next(later, later).Delay);
    }

    [Fact]
    public void Loopback_name_servers_are_left_out()
    {
        var resolver = ResolverConfiguration.Parse("# c\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver ::1\nsearch a.example b.example\noptions ndots:2 edns0\n");
        Assert.Equal(["192.0.2.53"], resolver.Servers);
        Assert.Equal(["a.example", "b.example"], resolver.Searches);
        Assert.Equal(["ndots:2", "edns0"], resolver.Options);
        var pod = Pod(null);
        pod.Spec.DnsPolicy = "None";
        pod.Spec.DnsConfig = new() { Nameservers = ["192.0.2.1"], Options = [new() { Name = "ndots", Value = "5" }] };
        var dns = resolver.For(pod);
        Assert.Equal(["192.0.2.1"], dns.Servers);
        Assert.Equal(["ndots:5"], dns.Options);
    }

    private static Dictionary<string, ResourceQuantity> Amounts(string cpu, string memory) => new() { ["cpu"] = new(cpu), ["memory"] = new(memory) };

    private static V1Pod Pod(V1ResourceRequirements? resources) => new()
    {
        Metadata = new() { Name = "p" },
        Spec = new() { Containers = [new() { Name = "main", Resources = resources }] },
    };
}
