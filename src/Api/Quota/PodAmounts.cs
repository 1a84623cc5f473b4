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
    public static ResourceAmounts Requests(JsonObject spec, bool withOverhead = true) => Total(spec, "requests", withOverhead, (container, _) => Of(container, "requests"));

    /// <summary>Limits of a pod.</summary>
    public static ResourceAmounts Limits(JsonObject spec, bool withOverhead = true) => Total(spec, "limits", withOverhead, (container, _) => Of(container, "limits"));

    /// <summary>
    /// What a pod holds of its node: of each container what it has or is to have, whichever is more, and only the former when its node can never give the
    /// latter.
    /// </summary>
    /// <param name="pod">The pod with its status.</param>
    /// <param name="which"><c>requests</c>, or <c>limits</c> for what it is held to there.</param>
    public static ResourceAmounts Held(JsonObject pod, string which = "requests")
    {
        var status = pod.Object("status") ?? [];
        var isInfeasible = status.Objects("conditions").Any(condition => condition.Text("type") == "PodResizePending" && condition.Text("reason") == "Infeasible");
        return Total(pod.Object("spec") ?? [], which, withOverhead: true, OfContainer);

        ResourceAmounts OfContainer(JsonObject container, string statuses)
        {
            var asked = Of(container, which);
            if (status.Objects(statuses).FirstOrDefault(one => one.Text("name") == container.Text("name")) is not { } own || own.Object("resources") is null) return asked;
            var held = Of(own, which);
            if (which == "requests") held = held.Max(ResourceAmounts.Read(own.Object("allocatedResources")));
            return isInfeasible ? held : asked.Max(held);
        }
    }

    /// <summary>Requests or limits of one container.</summary>
    public static ResourceAmounts Of(JsonObject container, string which) => ResourceAmounts.Read(container.Object("resources")?.Object(which));

    // Init containers that end have ended before anything of a pod is resized.
    private static ResourceAmounts Total(JsonObject spec, string which, bool withOverhead, Func<JsonObject, string, ResourceAmounts> ofLasting)
    {
        var (sidecars, starting) = (ResourceAmounts.None, ResourceAmounts.None);
        foreach (var container in spec.Objects("initContainers"))
        {
            if (container.Text("restartPolicy") == "Always") starting = starting.Max(sidecars = sidecars.Plus(ofLasting(container, "initContainerStatuses")));
            else starting = starting.Max(sidecars.Plus(Of(container, which)));
        }
        var running = sidecars;
        foreach (var container in spec.Objects("containers")) running = running.Plus(ofLasting(container, "containerStatuses"));
        var total = running.Max(starting);

        // What is said of the pod as a whole stands above what is said of its containers.
        total = total.With(ResourceAmounts.Read(spec.Object("resources")?.Object(which)));
        if (!withOverhead || spec.Object("overhead") is not { } overhead) return total;
        var extra = ResourceAmounts.Read(overhead);
        return total.Plus(which == "requests" ? extra : extra.Where((name, _) => total[name] is { Sign: > 0 }));
    }
}
