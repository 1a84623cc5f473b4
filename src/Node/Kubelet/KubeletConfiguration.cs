using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Node.Logs;

namespace Slipway.Node.Kubelet;

/// <summary>
/// Answers <c>/configz</c>: how the node is set up, in the fields of a <c>KubeletConfiguration</c>
/// (<see href="https://kubernetes.io/docs/reference/config-api/kubelet-config.v1beta1/"/>) that have a meaning here.
/// </summary>
internal static class KubeletConfiguration
{
    public static ApiResponse Answer(NodeOptions options) => new()
    {
        StatusCode = 200,
        Body = Encoding.UTF8.GetBytes(new JsonObject { ["kubeletconfig"] = Of(options) }.ToJsonString()),
    };

    private static JsonObject Of(NodeOptions options)
    {
        var told = new JsonObject
        {
            ["kind"] = "KubeletConfiguration",
            ["apiVersion"] = "kubelet.config.k8s.io/v1beta1",
            ["enableServer"] = true,
            ["address"] = options.Address,
            ["port"] = options.KubeletPort,
            ["readOnlyPort"] = 0,
            ["authentication"] = new JsonObject
            {
                ["x509"] = new JsonObject(),
                ["webhook"] = new JsonObject { ["enabled"] = true },
                ["anonymous"] = new JsonObject { ["enabled"] = false },
            },
            ["authorization"] = new JsonObject { ["mode"] = "Webhook" },
            ["clusterDomain"] = options.ClusterDomain,
            ["resolvConf"] = options.ResolvConf,
            ["containerRuntimeEndpoint"] = $"unix://{options.ContainerdSocket}",
            ["cgroupRoot"] = options.CgroupParent,
            ["maxPods"] = options.MaxPods,
            ["containerLogMaxSize"] = Quantity.OfBytes(options.LogMaxBytes).ToString(),
            ["containerLogMaxFiles"] = options.LogMaxFiles,
            ["evictionHard"] = new JsonObject
            {
                ["memory.available"] = Quantity.OfBytes(options.Pressure.Memory).ToString(),
                ["nodefs.available"] = Quantity.OfBytes(options.Pressure.Disk).ToString(),
            },
            ["evictionPressureTransitionPeriod"] = $"{options.Pressure.Transition.TotalSeconds:0}s",
            ["podLogsDir"] = options.SharedLogs is { } shared ? PodLogs.PodsOf(shared) : options.LogsRoot,
            ["enableSystemLogHandler"] = true,
        };
        if (options.ClusterDns is { } dns)
            told["clusterDNS"] = new JsonArray(dns);
        return told;
    }
}
