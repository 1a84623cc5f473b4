namespace Slipway.Scheduler;

/// <summary>How good a node is for a pod; the highest wins, then the first by name.</summary>
internal static class Score
{
    private const int TaintWeight = 3;
    private const int AffinityWeight = 2;

    /// <summary>The best of the nodes that fit. Weights are upstream's defaults.</summary>
    public static NodeInfo Best(PodDemand pod, ReadOnlySpan<NodeInfo> fitting)
    {
        var maxDisliked = 0;
        var maxPreferred = 0;
        foreach (var node in fitting)
        {
            if (node.Taints.Count > 0)
                maxDisliked = Math.Max(maxDisliked, Taints.Disliked(pod, node));
            if (pod.NodeAffinity is not null)
                maxPreferred = Math.Max(maxPreferred, NodeAffinity.Preference(pod, node));
        }

        NodeInfo? best = null;
        var bestScore = double.NegativeInfinity;
        foreach (var node in fitting)
        {
            var score = LeastAllocated(pod, node);
            if (maxDisliked > 0)
                score += TaintWeight * 100.0 * (maxDisliked - Taints.Disliked(pod, node)) / maxDisliked;
            if (maxPreferred > 0)
                score += AffinityWeight * 100.0 * NodeAffinity.Preference(pod, node) / maxPreferred;
            if (score > bestScore || (score == bestScore && string.CompareOrdinal(node.Name, best!.Name) < 0))
                (best, bestScore) = (node, score);
        }
        return best!;
    }

    /// <summary>0 to 100: how much of its CPU and memory the node would have left.</summary>
    public static double LeastAllocated(PodDemand pod, NodeInfo node) =>
        (Left(node.Weight.MilliCpu + pod.Weight.MilliCpu, node.Allocatable.MilliCpu) + Left(node.Weight.Memory + pod.Weight.Memory, node.Allocatable.Memory)) / 2;

    private static double Left(long used, long all) => all <= 0 || used >= all ? 0 : 100.0 * (all - used) / all;
}
