namespace Slipway.Api.Nodes;

/// <summary>
/// Which nodes are meant: those that a pod requires or prefers, or on which a volume can be had
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#node-affinity"/>).
/// </summary>
public sealed class NodeSelector
{
    /// <summary>Alternatives. Without any, no node is meant.</summary>
    public List<NodeSelectorTerm>? NodeSelectorTerms { get; set; }

    /// <summary>Whether a node is meant.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="labels">The node's labels.</param>
    public bool Selects(string name, IReadOnlyDictionary<string, string> labels)
    {
        if (NodeSelectorTerms is not null)
            foreach (var term in NodeSelectorTerms)
                if (term.Selects(name, labels))
                    return true;
        return false;
    }

    /// <summary>Whether a node has all labels of a pod's <c>nodeSelector</c>; null asks for none.</summary>
    public static bool HasAll(IReadOnlyDictionary<string, string>? wanted, IReadOnlyDictionary<string, string> labels)
    {
        if (wanted is not null)
            foreach (var (key, value) in wanted)
                if (!labels.TryGetValue(key, out var label) || label != value)
                    return false;
        return true;
    }
}

/// <summary>What a node has to have, all of it.</summary>
public sealed class NodeSelectorTerm
{
    private const string NameField = "metadata.name";

    /// <summary>What its labels have to be.</summary>
    public List<NodeRequirement>? MatchExpressions { get; set; }

    /// <summary>What its fields have to be; the one that there is is <c>metadata.name</c>.</summary>
    public List<NodeRequirement>? MatchFields { get; set; }

    /// <summary>Whether a node has all of it. A term that asks for nothing means no node.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="labels">The node's labels.</param>
    public bool Selects(string name, IReadOnlyDictionary<string, string> labels)
    {
        if (this is { MatchExpressions: null or [], MatchFields: null or [] })
            return false;
        // Asked for each node of a cluster: nothing is allocated.
        if (MatchExpressions is not null)
            foreach (var requirement in MatchExpressions)
                if (!requirement.IsMetBy(labels.TryGetValue(requirement.Key, out var label) ? label : null))
                    return false;
        if (MatchFields is not null)
            foreach (var requirement in MatchFields)
                if (!requirement.IsMetBy(requirement.Key == NameField ? name : null))
                    return false;
        return true;
    }

    /// <summary>What a node has not of it.</summary>
    /// <param name="name">The node's name.</param>
    /// <param name="labels">The node's labels.</param>
    public IReadOnlyList<NodeRequirement> Unmet(string name, IReadOnlyDictionary<string, string> labels) =>
    [
        .. (MatchExpressions ?? []).Where(requirement => !requirement.IsMetBy(labels.TryGetValue(requirement.Key, out var label) ? label : null)),
        .. (MatchFields ?? []).Where(requirement => !requirement.IsMetBy(requirement.Key == NameField ? name : null)),
    ];
}

/// <summary>What one label or field of a node has to be.</summary>
public sealed class NodeRequirement
{
    /// <summary>The label, or the path of the field.</summary>
    public string Key { get; set; } = "";

    /// <summary><c>In</c>, <c>NotIn</c>, <c>Exists</c>, <c>DoesNotExist</c>, <c>Gt</c> or <c>Lt</c>.</summary>
    public string Operator { get; set; } = "";

    /// <summary>What it is compared with; for <c>Gt</c> and <c>Lt</c> one integer.</summary>
    public List<string>? Values { get; set; }

    /// <summary>Whether a value is as it has to be; null: the node has none.</summary>
    public bool IsMetBy(string? value) => Operator switch
    {
        "In" => value is not null && Values?.Contains(value) == true,
        "NotIn" => value is null || Values?.Contains(value) != true,
        "Exists" => value is not null,
        "DoesNotExist" => value is null,
        "Gt" => long.TryParse(value, out var number) && long.TryParse(Values?.FirstOrDefault(), out var bound) && number > bound,
        "Lt" => long.TryParse(value, out var number) && long.TryParse(Values?.FirstOrDefault(), out var bound) && number < bound,
        _ => false,
    };

    /// <summary>As a person writes it, such as <c>zone=a</c> or <c>zone NotIn (a, b)</c>.</summary>
    public override string ToString() => Values is { Count: > 0 } values
        ? this is { Operator: "In", Values.Count: 1 } ? $"{Key}={values[0]}" : $"{Key} {Operator} ({string.Join(", ", values)})"
        : $"{Key} {Operator}";
}
