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

    /// <summary>What the pod requires of a node that it has not, as text; of alternatives the one with the least to do.</summary>
    public static IReadOnlyList<string> Unmet(PodDemand pod, NodeInfo node)
    {
        var unmet = new List<string>();
        foreach (var (key, value) in pod.NodeSelector ?? Enumerable.Empty<KeyValuePair<string, string>>())
            if (!node.Labels.TryGetValue(key, out var label) || label != value)
                unmet.Add($"{key}={value}");
        if (pod.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms is { Count: > 0 } terms)
            unmet.AddRange(terms.Select(term => Unmet(term, node)).MinBy(missing => missing.Count)!);
        unmet.Sort(StringComparer.Ordinal);
        return unmet;
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

    private static List<string> Unmet(NodeSelectorTermView term, NodeInfo node) =>
    [
        .. (term.MatchExpressions ?? []).Where(requirement => !Matches(requirement, node.Labels.GetValueOrDefault(requirement.Key))).Select(Text),
        .. (term.MatchFields ?? []).Where(requirement => !Matches(requirement, requirement.Key == "metadata.name" ? node.Name : null)).Select(Text),
    ];

    private static string Text(NodeRequirementView requirement) => requirement.Values is { Count: > 0 } values
        ? requirement is { Operator: "In", Values.Count: 1 } ? $"{requirement.Key}={values[0]}" : $"{requirement.Key} {requirement.Operator} ({string.Join(", ", values)})"
        : $"{requirement.Key} {requirement.Operator}";

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
