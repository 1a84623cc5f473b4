using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>The pods of a DaemonSet, as documents.</summary>
internal static class DaemonPod
{
    /// <summary>Label of pods and revisions with the hash of the template.</summary>
    public const string HashLabel = "controller-revision-hash";

    // What ends other pods, or keeps them away, concerns no daemon (https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#taints-and-tolerations).
    private static readonly (string Key, string Effect)[] Tolerated =
    [
        ("node.kubernetes.io/not-ready", "NoExecute"),
        ("node.kubernetes.io/unreachable", "NoExecute"),
        ("node.kubernetes.io/disk-pressure", "NoSchedule"),
        ("node.kubernetes.io/memory-pressure", "NoSchedule"),
        ("node.kubernetes.io/pid-pressure", "NoSchedule"),
        ("node.kubernetes.io/unschedulable", "NoSchedule"),
    ];

    /// <summary>A pod for a node.</summary>
    public static JsonObject For(DaemonSetView set, string node, string hash)
    {
        var pod = PodDocument.From(set.Spec.Template, set);
        var metadata = pod["metadata"]!.AsObject();
        metadata["generateName"] = $"{set.Metadata.Name}-";
        PodDocument.Map(metadata, "labels")[HashLabel] = hash;

        // Its node is all that it requires; a scheduler binds it.
        var spec = PodDocument.Map(pod, "spec");
        var affinity = PodDocument.Map(PodDocument.Map(spec, "affinity"), "nodeAffinity");
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = new JsonObject
        {
            ["nodeSelectorTerms"] = new JsonArray(new JsonObject
            {
                ["matchFields"] = new JsonArray(new JsonObject { ["key"] = "metadata.name", ["operator"] = "In", ["values"] = new JsonArray(node) }),
            }),
        };
        if (spec["tolerations"] is not JsonArray tolerations)
            spec["tolerations"] = tolerations = [];
        foreach (var (key, effect) in TolerancesOf(spec))
            if (!tolerations.Any(known => (string?)known?["key"] == key && (string?)known?["effect"] == effect && (string?)known?["operator"] == "Exists"))
                tolerations.Add((JsonNode)new JsonObject { ["key"] = key, ["operator"] = "Exists", ["effect"] = effect });
        return pod;
    }

    /// <summary>What all daemons put up with, beside what their template says.</summary>
    public static IEnumerable<(string Key, string Effect)> TolerancesOf(JsonObject spec) =>
        (bool?)spec["hostNetwork"] == true ? Tolerated.Append(("node.kubernetes.io/network-unavailable", "NoSchedule")) : Tolerated;
}
