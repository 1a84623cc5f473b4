using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>
/// The quality of service class of a pod
/// (<see href="https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/"/>).
/// </summary>
public static class PodQuality
{
    /// <summary><c>Guaranteed</c>, <c>Burstable</c> or <c>BestEffort</c>, from a pod's specification after defaults.</summary>
    public static string ClassOf(JsonObject spec)
    {
        // Resources of the whole pod decide alone.
        IReadOnlyList<JsonObject> resources = spec.Object("resources") is { Count: > 0 } whole
            ? [whole]
            : [.. spec.Objects("initContainers").Concat(spec.Objects("containers")).Select(c => c.Object("resources") ?? [])];
        if (resources.All(r => !Given(r, "requests") && !Given(r, "limits"))) return "BestEffort";
        return resources.All(IsGuaranteed) ? "Guaranteed" : "Burstable";
    }

    private static bool Given(JsonObject resources, string kind) => Amount(resources, kind, "cpu").Sign > 0 || Amount(resources, kind, "memory").Sign > 0;

    private static bool IsGuaranteed(JsonObject resources) => new[] { "cpu", "memory" }.All(name =>
        Amount(resources, "limits", name) is { Sign: > 0 } limit && (resources.Object("requests")?[name] is null || Amount(resources, "requests", name) == limit));

    private static Quantity Amount(JsonObject resources, string kind, string name) =>
        resources.Object(kind)?[name] is { } value && Quantity.TryParse(value.AsText() ?? value.ToJsonString(), out var amount) ? amount : Quantity.Zero;
}
