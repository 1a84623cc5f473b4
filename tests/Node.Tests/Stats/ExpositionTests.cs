using System.Text;
using Slipway.Node.Stats;

namespace Slipway.Node.Tests.Stats;

public sealed class ExpositionTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly DiskReading Disk = new(new(1000, 500, 600, 70, 30), null, new Dictionary<string, DiskUse> { ["c"] = new(10, 1) },
        new Dictionary<string, DiskUse> { ["c"] = new(20, 2) }, new Dictionary<string, IReadOnlyList<VolumeReading>>
        {
            ["u"] = [new(new() { Name = "data", PersistentVolumeClaim = new() { ClaimName = "mine" } }, new(7, 3), new(100, 50, 60, 70, 30))],
        });

    [Fact]
    public async Task What_autoscaling_needs_is_told() => Assert.Equal("""
        container_cpu_usage_seconds_total{container="main",namespace="ns",pod="p"} 5
        container_memory_working_set_bytes{container="main",namespace="ns",pod="p"} 60
        container_start_time_seconds{container="main",namespace="ns",pod="p"} 1767322995
        container_swap_usage_bytes{container="main",namespace="ns",pod="p"} 0
        node_cpu_usage_seconds_total 5
        node_memory_working_set_bytes 60
        node_swap_usage_bytes 0
        pod_cpu_usage_seconds_total{namespace="ns",pod="p"} 5
        pod_memory_working_set_bytes{namespace="ns",pod="p"} 60
        pod_swap_usage_bytes{namespace="ns",pod="p"} 0
        resource_scrape_error 0
        """, string.Join('\n', await SamplesAsync(ResourceMetrics.Of(Stats.Samples.Reading(Now)))));

    [Theory]
    [InlineData("container_cpu_usage_seconds_total{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\",cpu=\"total\"} 5")]
    [InlineData("container_cpu_usage_seconds_total{container=\"\",id=\"/pods/podu\",image=\"\",name=\"\",namespace=\"ns\",pod=\"p\",cpu=\"total\"} 5")]
    [InlineData("container_cpu_cfs_throttled_seconds_total{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\"} 0.35")]
    [InlineData("container_memory_max_usage_bytes{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\"} 120")]
    [InlineData("container_memory_working_set_bytes{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\"} 60")]
    [InlineData("container_memory_failures_total{container=\"\",id=\"/\",image=\"\",name=\"\",namespace=\"\",pod=\"\",failure_type=\"pgmajfault\",scope=\"hierarchy\"} 2")]
    [InlineData("container_network_receive_bytes_total{container=\"\",id=\"/\",image=\"\",name=\"\",namespace=\"\",pod=\"\",interface=\"eth0\"} 1")]
    [InlineData("container_network_transmit_packets_dropped_total{container=\"\",id=\"/\",image=\"\",name=\"\",namespace=\"\",pod=\"\",interface=\"eth0\"} 40")]
    [InlineData("container_fs_usage_bytes{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\",device=\"\"} 30")]
    [InlineData("container_fs_writes_bytes_total{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\",device=\"\"} 9")]
    [InlineData("container_fs_writes_total{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\",device=\"\"} 4")]
    [InlineData("container_blkio_device_usage_total{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\",device=\"\",major=\"0\",minor=\"0\",operation=\"Read\"} 8")]
    [InlineData("container_spec_cpu_quota{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\"} 50000")]
    [InlineData("container_spec_cpu_period{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\"} 100000")]
    [InlineData("container_spec_cpu_shares{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\"} 512")]
    [InlineData("container_oom_events_total{container=\"main\",id=\"/pods/podu/c\",image=\"image:1\",name=\"c\",namespace=\"ns\",pod=\"p\"} 3")]
    [InlineData("machine_memory_bytes 100")]
    public async Task Containers_are_told_as_cAdvisor_does(string sample) =>
        Assert.Contains(sample, await SamplesAsync(new CadvisorMetrics(Stats.Samples.Reading(Now), Disk, path => path == "/pods/podu/c" ? new CpuShare(512, 100000, 50000) : null).Compose()));

    [Theory]
    [InlineData("kubelet_running_pods 1")]
    [InlineData("kubelet_volume_stats_used_bytes{namespace=\"ns\",persistentvolumeclaim=\"mine\"} 7")]
    [InlineData("kubelet_volume_stats_capacity_bytes{namespace=\"ns\",persistentvolumeclaim=\"mine\"} 100")]
    public async Task The_node_tells_of_its_pods_and_claims(string sample) =>
        Assert.Contains(sample, await SamplesAsync(KubeletMetrics.Of(Stats.Samples.Reading(Now), Disk, "n", "v1")));

    private static async Task<string[]> SamplesAsync(Exposition text) =>
        [.. Encoding.UTF8.GetString(await text.WriteAsync(default)).Split('\n').Where(line => line.Length > 0 && line[0] != '#').Order(StringComparer.Ordinal)];
}
