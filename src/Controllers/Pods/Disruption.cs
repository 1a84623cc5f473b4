using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Api.Documents;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Pods that are ended for reasons that are not their own (<see href="https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions"/>).</summary>
internal static class Disruption
{
    /// <summary>The condition that says so.</summary>
    public static JsonObject Condition(string reason, string message, DateTimeOffset now) => new()
    {
        ["type"] = "DisruptionTarget",
        ["status"] = "True",
        ["reason"] = reason,
        ["message"] = message,
        ["lastTransitionTime"] = Meta.FormatTime(now),
    };

    /// <summary>Says it in a pod's status and deletes the pod, if it is still the same.</summary>
    public static async Task EndAsync(IApi api, PodView pod, JsonObject condition, CancellationToken cancellation)
    {
        var (ns, name) = (pod.Metadata.NamespaceProperty, pod.Metadata.Name);
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Uid }, ["status"] = new JsonObject { ["conditions"] = new JsonArray(condition) } };
        await api.PatchAsync(Kinds.Pods, ns, name, patch, MediaTypes.StrategicMergePatch, subresource: "status", cancellation: cancellation);
        await api.DeleteAsync(Kinds.Pods, ns, name, new() { Uid = pod.Uid }, cancellation);
    }
}
