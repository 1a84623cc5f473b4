using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Simulation;

/// <summary>
/// What the pods of a simulated node use, as the kubelet's Summary API tells it. Asked for on demand: what nobody asks costs nothing.
/// </summary>
internal sealed class SimulatedStatistics(SimulationPlan plan, TimeProvider clock)
{
    /// <summary>The summary of a node and its pods that run.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> SummaryAsync(SimulatedAgent agent, CancellationToken cancellation)
    {
        var pods = await agent.Api.ListAsync(Kinds.Pods, null, new() { FieldSelector = $"spec.nodeName={agent.Node.Name}" }, cancellation);
        var time = Time(clock.GetUtcNow().UtcDateTime);
        var (cpu, memory) = (0.0, 0.0);
        var list = new List<JsonNode>();
        foreach (var pod in pods.Items.Where(pod => pod.Status.Phase == "Running"))
        {
            var containers = new List<JsonNode>();
            var (podCpu, podMemory) = (0.0, 0.0);
            foreach (var container in pod.Spec.Containers ?? [])
            {
                var (usedCpu, usedMemory) = UseOf(pod, container);
                (podCpu, podMemory) = (podCpu + usedCpu, podMemory + usedMemory);
                containers.Add(new JsonObject { ["name"] = container.Name, ["startTime"] = Time(pod.Status.StartTime ?? DateTime.MinValue), ["cpu"] = Cpu(usedCpu, pod), ["memory"] = Memory(usedMemory) });
            }
            (cpu, memory) = (cpu + podCpu, memory + podMemory);
            list.Add(new JsonObject
            {
                ["podRef"] = new JsonObject { ["name"] = pod.Metadata.Name, ["namespace"] = pod.Metadata.NamespaceProperty, ["uid"] = pod.Metadata.Uid },
                ["startTime"] = Time(pod.Status.StartTime ?? DateTime.MinValue),
                ["containers"] = new JsonArray([.. containers]),
                ["cpu"] = Cpu(podCpu, pod),
                ["memory"] = Memory(podMemory),
            });
        }
        var capacity = Quantity.TryParse(agent.Node.Shape.Capacity.GetValueOrDefault("memory"), out var all) ? all.ToDouble() : 0;
        var node = new JsonObject { ["nodeName"] = agent.Node.Name, ["startTime"] = time, ["cpu"] = Cpu(cpu, null), ["memory"] = Memory(memory) };
        node["memory"]!["availableBytes"] = (long)Math.Max(0, capacity - memory);
        return Encoding.UTF8.GetBytes(new JsonObject { ["node"] = node, ["pods"] = new JsonArray([.. list]) }.ToJsonString());

        JsonObject Cpu(double cores, SimulatedPod? pod) => new()
        {
            ["time"] = time,
            ["usageNanoCores"] = (long)(cores * 1e9),
            ["usageCoreNanoSeconds"] = (long)(cores * 1e9 * (pod?.Status.StartTime is { } started ? (clock.GetUtcNow().UtcDateTime - started).TotalSeconds : 0)),
        };

        JsonObject Memory(double bytes) => new() { ["time"] = time, ["usageBytes"] = (long)bytes, ["workingSetBytes"] = (long)bytes, ["rssBytes"] = (long)bytes };
    }

    /// <summary>The cores and bytes that a container of a pod that runs uses. An amount is for the pod as a whole, and shared evenly.</summary>
    internal (double Cores, double Bytes) UseOf(SimulatedPod pod, ContainerView container)
    {
        var rule = PodLife.RuleFor(pod, plan);
        var share = 1.0 / Math.Max(1, pod.Spec.Containers?.Count ?? 1);
        return (Of(rule.Cpu, "cpu"), Of(rule.Memory, "memory"));

        double Of(ResourceUse use, string resource) => use.Amount is { } amount
            ? amount * share
            : use.Of(container.Resources?.Requests?.TryGetValue(resource, out var text) == true && Quantity.TryParse(text, out var requested) ? requested.ToDouble() : 0);
    }

    private static string Time(DateTime time) => time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
}
