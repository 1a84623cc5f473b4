namespace Slipway.Scheduler;

/// <summary>How good a node is for a pod; the highest wins, then the first by name. Weights are upstream's defaults.</summary>
internal static class Score
{
    private const int TaintWeight = 3;
    private const int AffinityWeight = 2;
    private const int SpreadWeight = 2;
    private const int CompanyWeight = 2;
    private const long SmallImage = 23L << 20;
    private const long LargeImage = 1000L << 20;

    /// <summary>The best of the nodes that fit.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="fitting">The nodes that take it.</param>
    /// <param name="all">All nodes, whose pods count too.</param>
    /// <param name="namespaces">The labels of namespaces.</param>
    public static NodeInfo Best(PodDemand pod, ReadOnlySpan<NodeInfo> fitting, ReadOnlySpan<NodeInfo> all, NamespaceLabels namespaces)
    {
        if (fitting.Length == 1)
            return fitting[0];
        var scores = new double[fitting.Length];
        var maxDisliked = 0;
        var maxPreferred = 0;
        foreach (var node in fitting)
        {
            if (node.Taints.Count > 0)
                maxDisliked = Math.Max(maxDisliked, Taints.Disliked(pod, node));
            if (pod.NodeAffinity is not null)
                maxPreferred = Math.Max(maxPreferred, NodeAffinity.Preference(pod, node));
        }
        for (var i = 0; i < fitting.Length; i++)
        {
            var node = fitting[i];
            scores[i] = LeastAllocated(pod, node) + Balanced(pod, node);
            if (maxDisliked > 0)
                scores[i] += TaintWeight * 100.0 * (maxDisliked - Taints.Disliked(pod, node)) / maxDisliked;
            if (maxPreferred > 0)
                scores[i] += AffinityWeight * 100.0 * NodeAffinity.Preference(pod, node) / maxPreferred;
        }
        CompanyScore.Add(pod, fitting, all, namespaces, CompanyWeight, scores);
        SpreadScore.Add(pod, fitting, all, SpreadWeight, scores);
        AddImages(pod, fitting, all, scores);

        var best = 0;
        for (var i = 1; i < fitting.Length; i++)
            if (scores[i] > scores[best] || (scores[i] == scores[best] && string.CompareOrdinal(fitting[i].Name, fitting[best].Name) < 0))
                best = i;
        return fitting[best];
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
    private static void AddImages(PodDemand pod, ReadOnlySpan<NodeInfo> fitting, ReadOnlySpan<NodeInfo> all, double[] scores)
    {
        foreach (var image in pod.Images)
        {
            var having = 0;
            foreach (var node in all)
                if (node.Images.ContainsKey(image))
                    having++;
            if (having == 0)
                continue;
            for (var i = 0; i < fitting.Length; i++)
                if (fitting[i].Images.TryGetValue(image, out var size))
                {
                    var counted = (double)size * having / all.Length;
                    scores[i] += 100 * Math.Clamp((counted - SmallImage) / (LargeImage - SmallImage), 0, 1) / pod.Images.Count;
                }
        }
    }
}
