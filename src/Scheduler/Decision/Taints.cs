namespace Slipway.Scheduler;

/// <summary>Taints and tolerations (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"/>).</summary>
internal static class Taints
{
    /// <summary>The first taint that keeps a pod away; null when it tolerates all that would.</summary>
    public static TaintView? Untolerated(PodDemand pod, NodeInfo node)
    {
        foreach (var taint in node.Taints)
            if (taint.Effect is "NoSchedule" or "NoExecute" && !IsTolerated(pod, taint))
                return taint;
        return null;
    }

    /// <summary>All taints that keep a pod away.</summary>
    public static IEnumerable<TaintView> AllUntolerated(PodDemand pod, NodeInfo node) =>
        node.Taints.Where(taint => taint.Effect is "NoSchedule" or "NoExecute" && !IsTolerated(pod, taint));

    /// <summary>How many taints ask softly to keep away.</summary>
    public static int Disliked(PodDemand pod, NodeInfo node)
    {
        var count = 0;
        foreach (var taint in node.Taints)
            if (taint.Effect == "PreferNoSchedule" && !IsTolerated(pod, taint))
                count++;
        return count;
    }

    private static bool IsTolerated(PodDemand pod, TaintView taint)
    {
        foreach (var toleration in pod.Tolerations)
            if (Tolerates(toleration, taint))
                return true;
        return false;
    }

    private static bool Tolerates(TolerationView toleration, TaintView taint)
    {
        if (toleration.Effect is { Length: > 0 } effect && effect != taint.Effect)
            return false;
        if (toleration.Key is not { Length: > 0 } key)
            return toleration.Operator == "Exists"; // no key tolerates everything
        if (key != taint.Key)
            return false;
        return toleration.Operator switch
        {
            "Exists" => true,
            null or "" or "Equal" => (toleration.Value ?? "") == (taint.Value ?? ""),
            "Gt" => long.TryParse(taint.Value, out var value) && long.TryParse(toleration.Value, out var bound) && value > bound,
            "Lt" => long.TryParse(taint.Value, out var value) && long.TryParse(toleration.Value, out var bound) && value < bound,
            _ => false,
        };
    }
}
