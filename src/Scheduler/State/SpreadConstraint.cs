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
internal sealed record SpreadConstraint(string TopologyKey, LabelSelector? Selector, int MaxSkew, int MinDomains, bool IsRequired, bool HonorsAffinity, bool HonorsTaints)
{
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
