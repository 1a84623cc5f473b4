using System.Text.Json;
using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>The pods of a DaemonSet: where they belong, and what they are made of.</summary>
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

    /// <summary>Whether a pod of the set is to run on a node, and whether one that runs there may stay.</summary>
    public static (bool ShouldRun, bool MayStay) Fits(DaemonSetView set, NodeView node)
    {
        var spec = set.Spec.Template?["spec"] as JsonObject ?? [];
        if (((string?)spec["nodeName"] is { Length: > 0 } wanted && wanted != node.Name) || !MeetsSelector(spec, node) || !MeetsAffinity(spec, node))
            return (false, false);
        var tolerations = (spec["tolerations"] as JsonArray ?? []).Select(item => item.Deserialize(Kinds.Set.Type<TolerationView>())!)
            .Concat(TolerancesOf(spec).Select(own => new TolerationView { Key = own.Key, Operator = "Exists", Effect = own.Effect })).ToList();
        var untolerated = node.Taints.Where(taint => taint.Effect is "NoSchedule" or "NoExecute" && !tolerations.Exists(toleration => toleration.Tolerates(taint))).ToList();
        return (untolerated.Count == 0, !untolerated.Exists(taint => taint.Effect == "NoExecute"));
    }

    private static IEnumerable<(string Key, string Effect)> TolerancesOf(JsonObject spec) =>
        (bool?)spec["hostNetwork"] == true ? Tolerated.Append(("node.kubernetes.io/network-unavailable", "NoSchedule")) : Tolerated;

    private static bool MeetsSelector(JsonObject spec, NodeView node) =>
        (spec["nodeSelector"] as JsonObject ?? []).All(wanted => LabelOf(node, wanted.Key) is { } value && value == (string?)wanted.Value);

    private static bool MeetsAffinity(JsonObject spec, NodeView node)
    {
        if (spec["affinity"]?["nodeAffinity"]?["requiredDuringSchedulingIgnoredDuringExecution"] is not JsonObject required)
            return true;
        // Terms are alternatives; an empty one matches nothing.
        var terms = required.Deserialize(Kinds.Set.Type<NodeSelectorView>())!.NodeSelectorTerms ?? [];
        return terms.Exists(term => term is not { MatchExpressions: null or [], MatchFields: null or [] }
            && (term.MatchExpressions ?? []).TrueForAll(requirement => Meets(requirement, LabelOf(node, requirement.Key)))
            && (term.MatchFields ?? []).TrueForAll(requirement => Meets(requirement, requirement.Key == "metadata.name" ? node.Name : null)));
    }

    private static bool Meets(NodeRequirementView requirement, string? value) => requirement.Operator switch
    {
        "In" => value is not null && requirement.Values?.Contains(value) == true,
        "NotIn" => value is null || requirement.Values?.Contains(value) != true,
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => long.TryParse(value, out var number) && long.TryParse(requirement.Values?.FirstOrDefault(), out var bound) && number > bound,
        "Lt" => long.TryParse(value, out var number) && long.TryParse(requirement.Values?.FirstOrDefault(), out var bound) && number < bound,
        _ => false,
    };

    private static string? LabelOf(NodeView node, string key) => node.Metadata.Labels is { } labels && labels.TryGetValue(key, out var value) ? value : null;
}
