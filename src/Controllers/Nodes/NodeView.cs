using k8s;
using k8s.Models;

namespace Slipway.Controllers;

/// <summary>A node reduced to what controllers read.</summary>
[KubernetesEntity(Group = "", Kind = "Node", ApiVersion = "v1", PluralName = "nodes")]
internal sealed record NodeView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public NodeSpecView? Spec { get; set; }
    public NodeStatusView? Status { get; set; }

    public string Name => Metadata.Name;
    public IReadOnlyList<TaintView> Taints => Spec?.Taints ?? [];

    public NodeCondition? ConditionOf(string type) => Status?.Conditions?.Find(condition => condition.Type == type);
}

internal sealed class NodeSpecView
{
    public bool? Unschedulable { get; set; }
    public List<TaintView>? Taints { get; set; }
}

internal sealed record TaintView
{
    public string Key { get; init; } = "";
    public string? Value { get; init; }
    public string Effect { get; init; } = "";
    public DateTime? TimeAdded { get; init; }
}

internal sealed record NodeStatusView
{
    public List<NodeCondition>? Conditions { get; init; }
}

internal sealed record NodeCondition
{
    public required string Type { get; init; }
    public required string Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTime? LastHeartbeatTime { get; init; }
    public DateTime? LastTransitionTime { get; init; }
}

/// <summary>What a pod puts up with on a node.</summary>
internal sealed record TolerationView
{
    public string? Key { get; init; }
    public string? Operator { get; init; }
    public string? Value { get; init; }
    public string? Effect { get; init; }
    public long? TolerationSeconds { get; init; }

    /// <summary>Whether it covers a taint (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"/>).</summary>
    public bool Tolerates(TaintView taint)
    {
        if (Effect is { Length: > 0 } && Effect != taint.Effect)
            return false;
        if (Key is not { Length: > 0 })
            return Operator == "Exists";
        if (Key != taint.Key)
            return false;
        return Operator switch
        {
            "Exists" => true,
            null or "" or "Equal" => (Value ?? "") == (taint.Value ?? ""),
            "Gt" => long.TryParse(taint.Value, out var value) && long.TryParse(Value, out var bound) && value > bound,
            "Lt" => long.TryParse(taint.Value, out var value) && long.TryParse(Value, out var bound) && value < bound,
            _ => false,
        };
    }
}
