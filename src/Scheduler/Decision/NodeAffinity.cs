namespace Slipway.Scheduler;

/// <summary>nodeSelector and node affinity (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/"/>).</summary>
internal static class NodeAffinity
{
    /// <summary>Whether the node has all that the pod requires of it.</summary>
    public static bool IsMet(PodDemand pod, NodeInfo node)
    {
        if (pod.NodeSelector is { } selector)
            foreach (var (key, value) in selector)
                if (!node.Labels.TryGetValue(key, out var label) || label != value)
                    return false;
        return IsMet(pod.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution, node);
    }

    /// <summary>Whether the node is one of those that are selected; without a selector all are.</summary>
    public static bool IsMet(NodeSelectorView? required, NodeInfo node)
    {
        if (required is null)
            return true;
        // Terms are alternatives; no term matches nothing.
        foreach (var term in required.NodeSelectorTerms ?? [])
            if (Matches(term, node))
                return true;
        return false;
    }

    /// <summary>The sum of the weights of the preferences that the node meets.</summary>
    public static int Preference(PodDemand pod, NodeInfo node)
    {
        var sum = 0;
        foreach (var preferred in pod.NodeAffinity?.PreferredDuringSchedulingIgnoredDuringExecution ?? [])
            if (preferred.Preference is { } term && Matches(term, node))
                sum += preferred.Weight;
        return sum;
    }

    private static bool Matches(NodeSelectorTermView term, NodeInfo node)
    {
        if (term is { MatchExpressions: null or [], MatchFields: null or [] })
            return false;
        foreach (var requirement in term.MatchExpressions ?? [])
            if (!Matches(requirement, node.Labels.TryGetValue(requirement.Key, out var label) ? label : null))
                return false;
        foreach (var requirement in term.MatchFields ?? [])
            if (!Matches(requirement, requirement.Key == "metadata.name" ? node.Name : null))
                return false;
        return true;
    }

    private static bool Matches(NodeRequirementView requirement, string? value) => requirement.Operator switch
    {
        "In" => value is not null && requirement.Values?.Contains(value) == true,
        "NotIn" => value is null || requirement.Values?.Contains(value) != true,
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => long.TryParse(value, out var number) && long.TryParse(requirement.Values?.FirstOrDefault(), out var bound) && number > bound,
        "Lt" => long.TryParse(value, out var number) && long.TryParse(requirement.Values?.FirstOrDefault(), out var bound) && number < bound,
        _ => false,
    };
}
