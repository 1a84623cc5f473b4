using Slipway.Node.Containerd;
using Slipway.Node.Linux;

namespace Slipway.Node.Tests.Containerd;

public sealed class ConfigurationTests
{
    private static readonly ContainerdOptions Options = new()
    {
        Root = "/data/containerd",
        State = "/run/x/containerd",
        Socket = "/run/x/containerd.sock",
        CgroupRoot = "/x",
        CniConfDir = "/data/cni",
        RegistryConfigDir = "/data/certs.d",
        LogFile = "/data/containerd.log",
    };

    [Fact]
    public void Each_major_version_gets_its_own_form()
    {
        var one = ContainerdConfiguration.Write(Options, new(1, "overlayfs", RestrictOomScore: true, AppArmor: false));
        Assert.StartsWith("version = 2\n", one, StringComparison.Ordinal);
        Assert.Contains("""sandbox_image = "slipway.local/pause:1" """.TrimEnd(), one, StringComparison.Ordinal);
        Assert.Contains("restrict_oom_score_adj = true", one, StringComparison.Ordinal);
        Assert.Contains("disable_apparmor = true", one, StringComparison.Ordinal);
        var two = ContainerdConfiguration.Write(Options, new(2, "native", RestrictOomScore: false, AppArmor: true));
        Assert.StartsWith("version = 3\n", two, StringComparison.Ordinal);
        Assert.Contains("""[plugins."io.containerd.cri.v1.images".pinned_images]""", two, StringComparison.Ordinal);
        Assert.Contains("""snapshotter = "native" """.TrimEnd(), two, StringComparison.Ordinal);
        Assert.DoesNotContain("sandbox_image", two, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3", 1)]
    [InlineData("containerd containerd.io v1.7.27 05044ec0a9a7", 1)]
    [InlineData("containerd github.com/containerd/containerd/v2 v2.1.3 c787fb98", 2)]
    public void The_major_version_is_read_from_what_the_binary_says(string output, int major) => Assert.Equal(major, ContainerdMachineProbe.ParseMajorVersion(output));

    [Fact]
    public void A_capability_is_a_bit_of_the_effective_set()
    {
        const string Status = "Name:\tx\nCapEff:\t000001fffeffffff\n";
        Assert.False(ContainerdMachineProbe.HasCapability(Status, 24));
        Assert.True(ContainerdMachineProbe.HasCapability(Status, 23));
    }

    [Fact]
    public void Cgroup_hierarchies_of_all_kinds_are_found()
    {
        var hybrid = CgroupHierarchy.From(MountTable.Parse("""
            30 24 0:26 / /sys/fs/cgroup ro - tmpfs tmpfs ro
            31 30 0:27 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset
            32 30 0:28 / /sys/fs/cgroup/unified rw shared:5 - cgroup2 cgroup2 rw
            33 30 0:29 / /with\040space rw - ext4 /dev/x rw
            """));
        Assert.Equal([("/sys/fs/cgroup/cpuset", false), ("/sys/fs/cgroup/unified", true)], hybrid.Select(h => (h.MountPoint, h.IsUnified)));
        Assert.Equal(["cpuset"], hybrid[0].Controllers);
    }
}
