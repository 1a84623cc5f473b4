using System.Text.Json.Nodes;
using Slipway.Api.Documents;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Pods;

/// <summary>The rules of what a node writes about a pod.</summary>
internal static class PodStatusRules
{
    public static void Validate(JsonObject old, JsonObject updated, List<StatusCause> causes)
    {
        var (spec, before, after) = (old.Object("spec") ?? [], old.Object("status") ?? [], updated.Object("status") ?? []);
        PodAnnotationRules.ValidateUpdate(old.Annotations, updated.Annotations, "metadata.annotations", causes);
        var i = 0;
        foreach (var condition in after.Objects("conditions"))
        {
            var type = condition.Text("type") ?? "";
            if (Names.QualifiedNameError(type) is { } error) causes.Add(StatusCause.Invalid($"status.conditions[{i}].type", Quote(type), error));
            i++;
        }
        if (after.Text("nominatedNodeName") != before.Text("nominatedNodeName")) Grammar(after, "nominatedNodeName", Names.SubdomainError, "status", causes);
        Immutable(before["qosClass"], after["qosClass"], "status.qosClass", causes);

        var policy = spec.Text("restartPolicy") ?? "Always";
        Transitions(before, after, "containerStatuses", name => RestartPolicyOf(spec, "containers", name, policy), causes);
        Transitions(before, after, "initContainerStatuses", name => RestartPolicyOf(spec, "initContainers", name, policy), causes);
        Transitions(before, after, "ephemeralContainerStatuses", _ => "Never", causes);
        Claims(spec, after, causes);
        Addresses(after, "podIPs", causes);
        Addresses(after, "hostIPs", causes);
        if (after.Array("hostIPs") is [JsonObject first, ..] && first.Text("ip") != after.Text("hostIP"))
            causes.Add(StatusCause.Invalid("status.hostIPs[0].ip", Quote(first.Text("ip") ?? ""), "must be equal to `hostIP`"));
    }

    // A container that ended, and is not to be started again, has ended for good.
    private static void Transitions(JsonObject before, JsonObject after, string list, Func<string, string> restartPolicy, List<StatusCause> causes)
    {
        var i = -1;
        foreach (var was in before.Objects(list))
        {
            i++;
            if (was.Object("state")?.Object("terminated") is not { } ended || was.Text("name") is not { } name) continue;
            var policy = restartPolicy(name);
            if (policy == "Always" || (policy == "OnFailure" && ended.Integer("exitCode") is not (null or 0))) continue;
            foreach (var now in after.Objects(list))
                if (now.Text("name") == name && now.Object("state")?["terminated"] is null) causes.Add(StatusCause.Forbidden($"status.{list}[{i}].state", "may not be transitioned to non-terminated state"));
        }
    }

    private static string RestartPolicyOf(JsonObject spec, string list, string name, string policy)
    {
        foreach (var container in spec.Objects(list))
        {
            if (container.Text("name") != name) continue;
            // With rules of its own, a container may be started again whatever its policy.
            return container.Array("restartPolicyRules") is { Count: > 0 } ? "Always" : container.Text("restartPolicy") ?? policy;
        }
        return policy;
    }

    private static void Claims(JsonObject spec, JsonObject status, List<StatusCause> causes)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var i = 0;
        foreach (var claim in status.Objects("resourceClaimStatuses"))
        {
            var at = $"status.resourceClaimStatuses[{i++}].name";
            var name = claim.Text("name") ?? "";
            if (!spec.Objects("resourceClaims").Any(c => c.Text("name") == name)) causes.Add(StatusCause.Invalid(at, Quote(name), "must match the name of an entry in `spec.resourceClaims`"));
            if (!seen.Add(name)) causes.Add(StatusCause.Duplicate(at, Quote(name)));
            if (claim.Text("resourceClaimName") is { } own && Names.SubdomainError(own) is { } error) causes.Add(StatusCause.Invalid(at, Quote(own), error));
        }
    }

    private static void Addresses(JsonObject status, string list, List<StatusCause> causes)
    {
        if (status.Array(list) is not { Count: > 0 } addresses) return;
        var (seen, v6) = (new HashSet<string>(StringComparer.Ordinal), 0);
        for (var i = 0; i < addresses.Count; i++)
        {
            var address = (addresses[i] as JsonObject)?.Text("ip") ?? "";
            if (AddressError(address) is { } error) causes.Add(StatusCause.Invalid($"status.{list}[{i}]", Quote(address), error));
            if (address.Contains(':')) v6++;
            if (!seen.Add(address)) causes.Add(StatusCause.Duplicate($"status.{list}[{i}]", addresses[i].Shown()));
        }
        if (addresses.Count > 2 || (addresses.Count == 2 && v6 != 1)) causes.Add(StatusCause.Invalid($"status.{list}", addresses.Shown(), "may specify no more than one IP for each IP family"));
    }
}
