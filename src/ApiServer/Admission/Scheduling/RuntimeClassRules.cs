using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using Slipway.Api.Quota;

namespace Slipway.ApiServer.Admission.Scheduling;

/// <summary>What a runtime class puts into its pods (<see href="https://kubernetes.io/docs/concepts/containers/runtime-class/"/>).</summary>
internal static class RuntimeClassRules
{
    /// <summary>Puts overhead and constraints of the class into a pod; returns why that cannot be, or null.</summary>
    public static string? Complete(JsonObject pod, JsonObject runtimeClass)
    {
        var spec = pod.ObjectOrNew("spec");
        if (runtimeClass.Object("overhead")?.Object("podFixed") is { } overhead)
        {
            if (spec.Object("overhead") is { } given && !Same(given, overhead)) return "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
            spec["overhead"] = overhead.DeepClone();
        }
        if (runtimeClass.Object("scheduling") is not { } scheduling) return null;
        foreach (var (key, value) in scheduling.Object("nodeSelector") ?? [])
        {
            var selector = spec.ObjectOrNew("nodeSelector");
            if (selector[key].AsText() is { } own && own != value.AsText())
                return $"conflict: runtimeClass.scheduling.nodeSelector[{key}] = {value.AsText()}; pod.spec.nodeSelector[{key}] = {own}";
            selector[key] = value?.DeepClone();
        }
        foreach (var toleration in scheduling.Objects("tolerations"))
        {
            if (spec.Array("tolerations") is not { } list) spec["tolerations"] = list = [];
            if (!list.Any(t => JsonNode.DeepEquals(t, toleration))) list.Add(toleration.DeepClone());
        }
        return null;
    }

    /// <summary>Why a pod's overhead is not that of its class; null when it is.</summary>
    public static string? OverheadFault(JsonObject pod, JsonObject? runtimeClass)
    {
        var given = pod.Object("spec")?.Object("overhead");
        if (runtimeClass?.Object("overhead")?.Object("podFixed") is not { } overhead)
            return given is { Count: > 0 } ? "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead" : null;
        return given is not null && Same(given, overhead) ? null : "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";
    }

    private static bool Same(JsonObject a, JsonObject b)
    {
        var (one, other) = (ResourceAmounts.Read(a), ResourceAmounts.Read(b));
        return one.Names.SequenceEqual(other.Names) && one.Names.All(n => one[n] == other[n]);
    }
}
