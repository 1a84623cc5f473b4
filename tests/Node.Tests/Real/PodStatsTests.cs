using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.Node.Tests.Real;

[Trait("Level", "Node")]
[Collection(NodeFixture.OneAtATime)]
public sealed class PodStatsTests(NodeFixture fixture)
{
    private const string Busy = """, "command": ["sh", "-c", "dd if=/dev/zero of=/tmp/written bs=1024 count=3000 2>/dev/null; echo done; while :; do :; done"] """;

    [Fact]
    public async Task A_busy_container_is_seen_to_use_processors_memory_disk_and_network()
    {
        await using var node = await RunningNode.StartAsync(fixture);
        await node.CreateAsync("busy", Busy + """, "volumeMounts": [ { "name": "data", "mountPath": "/data" } ] """, """, "terminationGracePeriodSeconds": 0, "volumes": [ { "name": "data", "emptyDir": {} } ] """);
        await node.WaitForPhaseAsync("busy", "Running");
        var summary = await SummaryAsync(node);
        var pod = summary["pods"]!.AsArray().Single(p => (string?)p!["podRef"]!["name"] == "busy")!;
        var container = pod["containers"]![0]!;
        Assert.Equal("main", (string?)container["name"]);
        foreach (var used in new[] { summary["node"]!, pod, container })
        {
            Assert.InRange((long)used["cpu"]!["usageNanoCores"]!, 50_000_000, 64_000_000_000);
            Assert.InRange((long)used["memory"]!["workingSetBytes"]!, 1, long.MaxValue);
        }
        Assert.InRange((long)container["rootfs"]!["usedBytes"]!, 3000 << 10, 4000 << 10);
        Assert.InRange((long)container["logs"]!["usedBytes"]!, 1, 20_000);
        Assert.InRange((long)pod["ephemeral-storage"]!["usedBytes"]!, 3000 << 10, 4000 << 10);
        Assert.Equal("eth0", (string?)pod["network"]!["name"]);
        Assert.Contains(pod["volume"]!.AsArray(), v => (string?)v!["name"] == "data");
        foreach (var (path, told) in new[]
        {
            ("/metrics/resource", "container_cpu_usage_seconds_total{container=\"main\",namespace=\"default\",pod=\"busy\"} "),
            ("/metrics/cadvisor", $"\",image=\"{NodeFixture.Busybox}\",name=\""),
            ("/metrics/cadvisor", "namespace=\"default\",pod=\"busy\",interface=\"eth0\"} "),
            ("/metrics", "kubelet_running_containers{container_state=\"running\"} 1\n"),
            ("/pods", "\"kind\":\"PodList\""),
            ("/pods", "\"name\":\"busy\""),
            ("/runningpods/", "\"name\":\"busy\",\"namespace\":\"default\",\"uid\":\""),
            ("/runningpods/", $"\"containers\":[{{\"name\":\"main\",\"image\":\""),
            ("/configz", "{\"kubeletconfig\":{\"kind\":\"KubeletConfiguration\","),
            ("/healthz/ping", "ok"),
        })
            Assert.Contains(told, await AskAsync(node, path));
        // How much images take of it is counted by the runtime now and then.
        Assert.All([summary["node"]!["fs"]!, summary["node"]!["runtime"]!["imageFs"]!], disk => Assert.InRange((long)disk["capacityBytes"]!, 1, long.MaxValue));
    }

    [Fact]
    public async Task A_container_that_writes_more_than_its_limit_is_evicted()
    {
        await using var node = await RunningNode.StartAsync(fixture, options => options with { HousekeepingPeriod = TimeSpan.FromMilliseconds(200) });
        await node.CreateAsync("greedy", Busy + """, "resources": { "limits": { "ephemeral-storage": "2Mi" } } """, """, "terminationGracePeriodSeconds": 0 """);
        var pod = await node.WaitForPhaseAsync("greedy", "Failed");
        Assert.Equal(("Evicted", "Pod ephemeral local storage usage exceeds the total limit of containers 2Mi. "), (pod.Status.Reason, pod.Status.Message));
    }

    private static async Task<JsonNode> SummaryAsync(RunningNode node) => JsonNode.Parse(await AskAsync(node, "/stats/summary"))!;

    private static async Task<string> AskAsync(RunningNode node, string path)
    {
        await using var answer = await node.Agent.HandleAsync(new ApiRequest("GET", path), default);
        Assert.Equal(200, answer.StatusCode);
        return Encoding.UTF8.GetString(answer.Body.Span);
    }
}
