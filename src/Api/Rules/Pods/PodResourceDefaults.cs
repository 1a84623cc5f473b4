using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>
/// Defaults of the resources of a whole pod, once some are given: its requests and limits follow from those of its
/// containers (<see href="https://kubernetes.io/docs/tasks/configure-pod-container/assign-pod-level-resources/"/>).
/// </summary>
internal static class PodResourceDefaults
{
    public static void Apply(JsonObject spec)
    {
        if (spec.Object("resources") is not { } resources) return;
        var (limited, requested) = (resources.Object("limits") is { Count: > 0 }, resources.Object("requests") is { Count: > 0 });
        if (!limited && !requested) return;
        foreach (var (name, amount) in PodTotals.Of(spec, "limits"))
        {
            if (!IsHugePages(name) || resources.Object("requests")?[name] is not null) continue;
            Put(resources, "limits", name, amount);
        }
        if (resources.Object("limits") is { Count: > 0 } limits)
        {
            foreach (var (name, amount) in PodTotals.Of(spec, "requests"))
                if (name is "cpu" or "memory") Put(resources, "requests", name, amount);
            foreach (var (name, limit) in limits)
                if (IsSupported(name) && resources.Object("requests")?[name] is null) resources.ObjectOrNew("requests")[name] = limit?.DeepClone();
        }
        if (limited) return;
        foreach (var (name, amount) in PodTotals.Of(spec, "limits"))
            if (name is "cpu" or "memory" && AllLimit(spec, name)) Put(resources, "limits", name, amount);
    }

    /// <summary>Whether a resource can be given for a whole pod.</summary>
    public static bool IsSupported(string name) => name is "cpu" or "memory" || IsHugePages(name);

    private static bool IsHugePages(string name) => name.StartsWith("hugepages-", StringComparison.Ordinal);

    private static bool AllLimit(JsonObject spec, string name) => spec.Objects("containers").Concat(spec.Objects("initContainers"))
        .All(c => c.Object("resources")?.Object("limits")?[name] is not null);

    private static void Put(JsonObject resources, string kind, string name, Quantity amount)
    {
        if (resources.Object(kind)?[name] is null) resources.ObjectOrNew(kind)[name] = amount.ToString();
    }
}
