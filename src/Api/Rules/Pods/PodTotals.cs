using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Rules.Pods;

/// <summary>
/// What the containers of a pod take together: the sum of those that run at the same time, or more if an init
/// container takes more while it runs
/// (<see href="https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers"/>).
/// </summary>
internal static class PodTotals
{
    /// <param name="spec">A pod's specification.</param>
    /// <param name="kind"><c>requests</c> or <c>limits</c>.</param>
    public static Dictionary<string, Quantity> Of(JsonObject spec, string kind)
    {
        var running = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        var starting = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        var sidecars = new Dictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var container in spec.Objects("containers"))
            foreach (var (name, amount) in Amounts(container, kind)) running[name] = running.GetValueOrDefault(name) + amount;
        foreach (var container in spec.Objects("initContainers"))
        {
            var isSidecar = container.Text("restartPolicy") == "Always";
            foreach (var (name, amount) in Amounts(container, kind))
            {
                if (isSidecar) running[name] = running.GetValueOrDefault(name) + amount;
                var now = sidecars.GetValueOrDefault(name) + amount;
                if (isSidecar) sidecars[name] = now;
                if (now > starting.GetValueOrDefault(name)) starting[name] = now;
            }
        }
        foreach (var (name, amount) in starting)
            if (amount > running.GetValueOrDefault(name)) running[name] = amount;
        return running;
    }

    private static IEnumerable<(string Name, Quantity Amount)> Amounts(JsonObject container, string kind)
    {
        foreach (var (name, value) in container.Object("resources")?.Object(kind) ?? [])
            if (Quantity.TryParse(value.AsText() ?? value?.ToJsonString(), out var amount)) yield return (name, amount);
    }
}
