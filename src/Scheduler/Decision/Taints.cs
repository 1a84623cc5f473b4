using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>Taints and tolerations (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"/>).</summary>
internal static class Taints
{
    /// <summary>The first taint that keeps a pod away; null when it tolerates all that would.</summary>
    public static Taint? Untolerated(PodDemand pod, NodeInfo node)
    {
        foreach (var taint in node.Taints)
            if (taint.Forbids && !taint.IsTolerated(pod.Tolerations))
                return taint;
        return null;
    }

    /// <summary>All taints that keep a pod away.</summary>
    public static IEnumerable<Taint> AllUntolerated(PodDemand pod, NodeInfo node) =>
        node.Taints.Where(taint => taint.Forbids && !taint.IsTolerated(pod.Tolerations));

    /// <summary>How many taints ask softly to keep away.</summary>
    public static int Disliked(PodDemand pod, NodeInfo node)
    {
        var count = 0;
        foreach (var taint in node.Taints)
            if (taint.Effect == "PreferNoSchedule" && !taint.IsTolerated(pod.Tolerations))
                count++;
        return count;
    }
}
