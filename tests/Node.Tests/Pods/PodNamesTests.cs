using k8s.Models;
using Slipway.Node.Pods;

namespace Slipway.Node.Tests.Pods;

public sealed class PodNamesTests
{
    // hostname, subdomain, setHostnameAsFQDN, hostnameOverride against the kernel's name and the line in /etc/hosts.
    [Theory]
    [InlineData(null, null, null, null, "web-0", "10.0.0.1\tweb-0")]
    [InlineData("db", null, true, null, "db", "10.0.0.1\tdb")]
    [InlineData(null, "peers", null, null, "web-0", "10.0.0.1\tweb-0.peers.shop.svc.cluster.local\tweb-0")]
    [InlineData("db", "peers", true, null, "db.peers.shop.svc.cluster.local", "10.0.0.1\tdb.peers.shop.svc.cluster.local\tdb")]
    [InlineData(null, null, null, "own.example.org", "own.example.org", "10.0.0.1\town.example.org\tweb-0")]
    public void A_pod_knows_itself_by_the_names_that_it_asks_for(string? hostname, string? subdomain, bool? full, string? own, string kernel, string line)
    {
        var pod = Pod(new() { Hostname = hostname, Subdomain = subdomain, SetHostnameAsFQDN = full, HostnameOverride = own, HostAliases = [new() { Ip = "192.0.2.7", Hostnames = ["a.example.org", "b.example.org"] }] });
        Assert.Equal(kernel, PodNames.KernelName(pod, "cluster.local"));
        var hosts = HostsFile.Of(pod, ["10.0.0.1"], "", "cluster.local");
        Assert.Contains($"\n{line}\n", hosts, StringComparison.Ordinal);
        Assert.StartsWith("# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n", hosts, StringComparison.Ordinal);
        Assert.Contains("\n\n# Entries added by HostAliases.\n192.0.2.7\ta.example.org\tb.example.org\n", hosts, StringComparison.Ordinal);
    }

    [Fact]
    public void On_the_hosts_network_a_pod_has_the_hosts_names()
    {
        var pod = Pod(new() { HostNetwork = true });
        Assert.Equal("# Kubernetes-managed hosts file (host network).\n127.0.0.1 localhost\n", HostsFile.Of(pod, ["192.0.2.1"], "127.0.0.1 localhost\n", "cluster.local"));
    }

    [Fact]
    public void A_full_name_that_the_kernel_does_not_take_is_refused()
    {
        var pod = Pod(new() { Subdomain = new string('s', 40), SetHostnameAsFQDN = true });
        Assert.Contains("is too long (64 characters is the max", Assert.Throws<ContainerConfigException>(() => PodNames.KernelName(pod, "cluster.local")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("net.ipv4.ip_unprivileged_port_start", null, null, null, null)]
    [InlineData("kernel.msgmax", null, null, null, "SysctlForbidden: forbidden sysctl: \"kernel.msgmax\" not allowlisted")]
    [InlineData(null, false, null, null, "UserNamespacesNotSupported: spec.hostUsers: false asks")]
    [InlineData(null, true, "Merge", "SIGTERM", null)]
    [InlineData(null, null, "Strict", null, "SupplementalGroupsPolicyNotSupported: spec.securityContext.supplementalGroupsPolicy")]
    [InlineData(null, null, null, "SIGUSR1", "StopSignalNotSupported: container c: lifecycle.stopSignal \"SIGUSR1\"")]
    public void What_the_node_cannot_do_is_refused_in_words(string? sysctl, bool? hostUsers, string? groups, string? signal, string? refusal)
    {
        var pod = Pod(new()
        {
            HostUsers = hostUsers,
            SecurityContext = new() { SupplementalGroupsPolicy = groups, Sysctls = sysctl is null ? null : [new() { Name = sysctl, Value = "1" }] },
            Containers = [new() { Name = "c", Lifecycle = new() { StopSignal = signal } }],
        });
        var found = PodAdmission.Refusal(pod);
        if (refusal is null)
            Assert.Null(found);
        else
            Assert.StartsWith(refusal, $"{found?.Reason}: {found?.Detail}", StringComparison.Ordinal);
    }

    private static V1Pod Pod(V1PodSpec spec)
    {
        spec.Containers ??= [new() { Name = "c" }];
        return new() { Metadata = new() { Name = "web-0", NamespaceProperty = "shop" }, Spec = spec };
    }
}
