using Slipway.Api.Selectors;

namespace Slipway.Scheduler;

/// <summary>How evenly pods are to be spread over places (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/"/>).</summary>
/// <param name="TopologyKey">The label of nodes whose value says which of them are one place.</param>
/// <param name="Selector">Selects the pods that count; null selects none.</param>
/// <param name="MaxSkew">By how many pods a place may exceed the emptiest one.</param>
/// <param name="MinDomains">Fewer places than these count as if one of them were empty.</param>
/// <param name="IsRequired">Whether a node that would exceed the skew is out of the question; otherwise it is a worse one.</param>
/// <param name="HonorsAffinity">Whether nodes that the pod's node affinity rules out do not count.</param>
/// <param name="HonorsTaints">Whether nodes with taints that the pod does not tolerate do not count.</param>
/// <param name="IsDefault">Whether nobody asked for it: a node that is in no place is then none the worse for it.</param>
internal sealed record SpreadConstraint(
    string TopologyKey, LabelSelector? Selector, int MaxSkew, int MinDomains, bool IsRequired, bool HonorsAffinity, bool HonorsTaints, bool IsDefault = false)
{
    // What tells pods of one owner apart, or revisions of a StatefulSet, is no part of what makes them alike.
    private static readonly string[] OwnLabels = ["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "controller-revision-hash"];

    /// <summary>
    /// What a pod of a workload wishes that says nothing of it: to be apart from its like on nodes and, more so, in zones
    /// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/#internal-default-constraints"/>).
    /// Upstream takes the selectors of its owner and services; here it is its labels, which these select, so that neither is watched for it.
    /// </summary>
    /// <param name="owner">The kind of its controller; null when it has none.</param>
    /// <param name="labels">Its labels.</param>
    public static IReadOnlyList<SpreadConstraint> Defaults(string? owner, IReadOnlyDictionary<string, string> labels)
    {
        if (owner is not ("ReplicaSet" or "StatefulSet" or "ReplicationController") || labels.Count == 0)
            return [];
        var alike = new LabelSelector([.. from label in labels
                                          where !OwnLabels.Contains(label.Key)
                                          orderby label.Key
                                          select new LabelRequirement(label.Key, LabelOperator.In, [label.Value])]);
        return alike.SelectsEverything ? [] : [Default("kubernetes.io/hostname", 3), Default("topology.kubernetes.io/zone", 5)];

        SpreadConstraint Default(string key, int skew) => new(key, alike, skew, 1, IsRequired: false, HonorsAffinity: true, HonorsTaints: false, IsDefault: true);
    }

    public static IReadOnlyList<SpreadConstraint> Of(IReadOnlyCollection<SpreadConstraintView>? constraints, IReadOnlyDictionary<string, string> labels) =>
        constraints is { Count: > 0 }
            ? [.. constraints.Select(view => new SpreadConstraint(
                view.TopologyKey,
                PodTerm.Merged(view.LabelSelector, labels, view.MatchLabelKeys),
                view.MaxSkew,
                view.MinDomains ?? 1,
                view.WhenUnsatisfiable != "ScheduleAnyway",
                view.NodeAffinityPolicy != "Ignore",
                view.NodeTaintsPolicy == "Honor"))]
            : [];

    /// <summary>Whether a pod counts.</summary>
    public bool Counts(PodDemand pod, string ns) => !pod.IsTerminating && pod.Key.Namespace == ns && Selector?.Matches(pod.Labels) == true;

    /// <summary>What of a pod decides on which nodes pods count, in one text; empty when they count on all.</summary>
    public string NodesKeyOf(PodDemand pod)
    {
        var affinity = HonorsAffinity ? pod.NodeAffinityKey : "";
        return HonorsTaints
            ? $"{affinity}/{string.Join(';', pod.Tolerations.Select(t => $"{t.Key}|{t.Operator}|{t.Value}|{t.Effect}"))}"
            : affinity;
    }

    /// <summary>Whether pods on a node count.</summary>
    public bool CountsOn(PodDemand pod, NodeInfo node) =>
        (!HonorsAffinity || NodeAffinity.IsMet(pod, node)) && (!HonorsTaints || Taints.Untolerated(pod, node) is null);
}
