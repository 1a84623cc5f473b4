using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Quota;

/// <summary>
/// What a pod as a whole requests or is limited to. All containers run together with all sidecars; init containers run one after
/// the other, each with the sidecars before it; the pod needs the larger of both
/// (<see href="https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers"/>).
/// </summary>
public static class PodAmounts
{
    /// <summary>Requests of a pod.</summary>
    public static ResourceAmounts Requests(JsonObject spec, bool withOverhead = true) => Total(spec, "requests", withOverhead);

    /// <summary>Limits of a pod.</summary>
    public static ResourceAmounts Limits(JsonObject spec, bool withOverhead = true) => Total(spec, "limits", withOverhead);

    /// <summary>Requests or limits of one container.</summary>
    public static ResourceAmounts Of(JsonObject container, string which) => ResourceAmounts.Read(container.Object("resources")?.Object(which));

    private static ResourceAmounts Total(JsonObject spec, string which, bool withOverhead)
    {
        var (sidecars, starting) = (ResourceAmounts.None, ResourceAmounts.None);
        foreach (var container in spec.Objects("initContainers"))
        {
            var own = Of(container, which);
            if (container.Text("restartPolicy") == "Always") starting = starting.Max(sidecars = sidecars.Plus(own));
            else starting = starting.Max(sidecars.Plus(own));
        }
        var running = sidecars;
        foreach (var container in spec.Objects("containers")) running = running.Plus(Of(container, which));
        var total = running.Max(starting);

        // What is said of the pod as a whole stands above what is said of its containers.
        total = total.With(ResourceAmounts.Read(spec.Object("resources")?.Object(which)));
        if (!withOverhead || spec.Object("overhead") is not { } overhead) return total;
        var extra = ResourceAmounts.Read(overhead);
        return total.Plus(which == "requests" ? extra : extra.Where((name, _) => total[name] is { Sign: > 0 }));
    }
}
