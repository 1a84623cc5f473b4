using System.Text.Json.Nodes;
using k8s.Models;

namespace Slipway.Node.Pods;

/// <summary>Makes the smallest strategic merge patch that brings a pod's status from one state to another.</summary>
internal static class PodStatusPatch
{
    // Lists that a strategic merge joins by a key, and that must be replaced where entries go.
    private static readonly string[] KeyedAddresses = ["podIPs", "hostIPs"];

    /// <summary>The status of a pod as JSON, with the conditions that the node owns.</summary>
    public static JsonObject Document(V1PodStatus status)
    {
        var document = NodeKinds.Pods.ToDocument(new V1Pod { Status = status })["status"]!.DeepClone().AsObject();
        document.Remove("resize");
        return document;
    }

    /// <summary>The patch of the whole object, or null when nothing differs.</summary>
    /// <param name="written">Status that the API has from this node.</param>
    /// <param name="uid">The pod's uid: a pod of the same name that came after it is not touched.</param>
    public static JsonObject? Between(JsonObject written, JsonObject desired, string uid)
    {
        JsonObject? patch = null;
        foreach (var (name, value) in desired)
        {
            var old = written[name];
            if (JsonNode.DeepEquals(old, value))
                continue;
            var change = value?.DeepClone();
            if (name == "conditions" && change is JsonArray conditions)
                Reduce(conditions, (old as JsonArray ?? []).OfType<JsonObject>().ToDictionary(c => (string)c["type"]!));
            if (change is JsonArray addresses && old is JsonArray { Count: > 0 } && KeyedAddresses.Contains(name))
                addresses.Add((JsonNode)new JsonObject { ["$patch"] = "replace" });
            (patch ??= [])[name] = change;
        }
        foreach (var (name, _) in written)
            if (!desired.ContainsKey(name) && name is "podIP" or "podIPs" or "reason" or "message")
                (patch ??= [])[name] = null;
        return patch is null ? null : new() { ["metadata"] = new JsonObject { ["uid"] = uid }, ["status"] = patch };
    }

    /// <summary>
    /// Whether somebody waits for the change: a phase, a container that runs or has ended, or an eviction, which only its condition
    /// tells until all containers have ended. All else may wait a moment for what follows it.
    /// </summary>
    public static bool IsUrgent(JsonObject written, JsonObject desired) =>
        (string?)written["phase"] != (string?)desired["phase"] && (string?)desired["phase"] != "Pending"
        || !Ends(written).SequenceEqual(Ends(desired))
        || IsDisrupted(written) != IsDisrupted(desired);

    private static bool IsDisrupted(JsonObject status) =>
        (status["conditions"] as JsonArray ?? []).OfType<JsonObject>().Any(c => (string?)c["type"] == PodConditions.Disruption);

    private static IEnumerable<string> Ends(JsonObject status) =>
        from list in new[] { "initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses" }
        from container in (status[list] as JsonArray ?? []).OfType<JsonObject>()
        let state = container["state"] as JsonObject ?? []
        select state.ContainsKey("terminated") ? "terminated" : state.ContainsKey("running") ? $"running {container["ready"]}"
            : (string?)state["waiting"]?["reason"] is "ContainerCreating" or "PodInitializing" or null ? "" : "problem";

    // Conditions are joined by their type: those that are the same are left out, fields and entries that are gone are named.
    private static void Reduce(JsonArray conditions, Dictionary<string, JsonObject> old)
    {
        for (var i = conditions.Count - 1; i >= 0; i--)
        {
            var condition = conditions[i]!.AsObject();
            if (!old.Remove((string)condition["type"]!, out var before))
                continue;
            if (JsonNode.DeepEquals(before, condition))
                conditions.RemoveAt(i);
            else
                foreach (var (field, _) in before.Where(f => !condition.ContainsKey(f.Key)).ToList())
                    condition[field] = null;
        }
        foreach (var type in old.Keys)
            conditions.Add((JsonNode)new JsonObject { ["$patch"] = "delete", ["type"] = type });
    }
}
