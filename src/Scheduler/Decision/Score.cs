namespace Slipway.Scheduler;

/// <summary>How good a node is for a pod; the highest wins, then the first in order. Weights are upstream's defaults.</summary>
internal static class Score
{
    private const int TaintWeight = 3;
    private const int AffinityWeight = 2;
    private const int SpreadWeight = 2;
    private const int CompanyWeight = 2;
    private const int MostOnStack = 512;
    private const long SmallImage = 23L << 20;
    private const long LargeImage = 1000L << 20;

    /// <summary>The best of the nodes that fit.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="snapshot">All nodes, whose pods count too.</param>
    /// <param name="fitting">The places of those nodes that take it.</param>
    /// <returns>The place of the best one.</returns>
    public static int Best(PodDemand pod, Snapshot snapshot, ReadOnlySpan<int> fitting)
    {
        if (fitting.Length == 1)
            return fitting[0];
        var nodes = snapshot.Nodes;
        Span<double> scores = fitting.Length <= MostOnStack ? stackalloc double[fitting.Length] : new double[fitting.Length];
        var maxDisliked = 0;
        var maxPreferred = 0;
        foreach (var place in fitting)
        {
            var node = nodes[place];
            if (node.Taints.Count > 0)
                maxDisliked = Math.Max(maxDisliked, Taints.Disliked(pod, node));
            if (pod.NodeAffinity is not null)
                maxPreferred = Math.Max(maxPreferred, NodeAffinity.Preference(pod, node));
        }
        for (var i = 0; i < fitting.Length; i++)
        {
            var node = nodes[fitting[i]];
            scores[i] = LeastAllocated(pod, node) + Balanced(pod, node);
            if (maxDisliked > 0)
                scores[i] += TaintWeight * 100.0 * (maxDisliked - Taints.Disliked(pod, node)) / maxDisliked;
            if (maxPreferred > 0)
                scores[i] += AffinityWeight * 100.0 * NodeAffinity.Preference(pod, node) / maxPreferred;
        }
        CompanyScore.Add(pod, snapshot, fitting, CompanyWeight, scores);
        SpreadScore.Add(pod, snapshot, fitting, SpreadWeight, scores);
        AddImages(pod, snapshot, fitting, scores);

        var best = 0;
        for (var i = 1; i < fitting.Length; i++)
            if (scores[i] > scores[best] || (scores[i] == scores[best] && fitting[i] < fitting[best]))
                best = i;
        return fitting[best];
    }

    /// <summary>Of the nodes that fit the one that would have the least left, so that larger pods find room elsewhere.</summary>
    public static int Tightest(PodDemand pod, Snapshot snapshot, ReadOnlySpan<int> fitting)
    {
        var (best, least) = (fitting[0], double.MaxValue);
        foreach (var place in fitting)
            if (LeastAllocated(pod, snapshot.Nodes[place]) is var left && left < least)
                (best, least) = (place, left);
        return best;
    }

    /// <summary>0 to 100: how much of its CPU and memory the node would have left.</summary>
    public static double LeastAllocated(PodDemand pod, NodeInfo node) =>
        (Left(node.Weight.MilliCpu + pod.Weight.MilliCpu, node.Allocatable.MilliCpu) + Left(node.Weight.Memory + pod.Weight.Memory, node.Allocatable.Memory)) / 2;

    /// <summary>0 to 100: how evenly CPU and memory of the node would be used.</summary>
    public static double Balanced(PodDemand pod, NodeInfo node)
    {
        var cpu = Used(node.Requested.MilliCpu + pod.Requests.MilliCpu, node.Allocatable.MilliCpu);
        var memory = Used(node.Requested.Memory + pod.Requests.Memory, node.Allocatable.Memory);
        return 100 * (1 - Math.Abs(cpu - memory) / 2);
    }

    private static double Left(long used, long all) => all <= 0 || used >= all ? 0 : 100.0 * (all - used) / all;

    private static double Used(long used, long all) => all <= 0 ? 1 : Math.Min(1, (double)used / all);

    // An image counts by its size, and less if few nodes have it, so that pods do not heap up on those.
    private static void AddImages(PodDemand pod, Snapshot snapshot, ReadOnlySpan<int> fitting, Span<double> scores)
    {
        foreach (var image in pod.Images)
        {
            var having = snapshot.NodesWith(image);
            if (having == 0)
                continue;
            for (var i = 0; i < fitting.Length; i++)
                if (snapshot.Nodes[fitting[i]].Images.TryGetValue(image, out var size))
                {
                    var counted = (double)size * having / snapshot.Nodes.Length;
                    scores[i] += 100 * Math.Clamp((counted - SmallImage) / (LargeImage - SmallImage), 0, 1) / pod.Images.Count;
                }
        }
    }
}
