using System.Text.Json.Nodes;
using Slipway.Node.Kubelet;

namespace Slipway.Node.Tests.Kubelet;

public sealed class KubeletConfigurationTests
{
    [Theory]
    [InlineData(null, "/own/logs")]
    [InlineData("/var/log", "/var/log/pods")]
    public void The_directory_of_logs_is_told_in_which_the_pods_logs_lie(string? shared, string expected)
    {
        var options = new NodeOptions { NodeName = "n1", Address = "192.0.2.1", ContainerdSocket = "", PodsRoot = "/pods", LogsRoot = "/own/logs", SharedLogs = shared, CgroupParent = "/none" };
        Assert.Equal(expected, (string?)JsonNode.Parse(KubeletConfiguration.Answer(options).Body.Span)!["kubeletconfig"]!["podLogsDir"]);
    }
}
