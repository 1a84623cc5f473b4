namespace Slipway.Controllers;

/// <summary>What is said of a node that says nothing. Decided without I/O.</summary>
internal static class NodeSilence
{
    /// <summary>A silence of which nothing is said.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromSeconds(50);

    private static readonly string[] Types = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

    /// <summary>The conditions that become unknown; none while the silence is short.</summary>
    public static List<NodeCondition> Conditions(NodeView node, TimeSpan silence, DateTime now) => silence <= Grace ? [] :
    [
        .. Types.Select(type => (Type: type, Old: node.ConditionOf(type))).Where(pair => pair.Old?.Status != "Unknown").Select(pair => new NodeCondition
        {
            Type = pair.Type,
            Status = "Unknown",
            Reason = pair.Old is null ? "NodeStatusNeverUpdated" : "NodeStatusUnknown",
            Message = pair.Old is null ? "Kubelet never posted node status." : "Kubelet stopped posting node status.",
            LastHeartbeatTime = pair.Old?.LastHeartbeatTime ?? node.Metadata.CreationTimestamp,
            LastTransitionTime = now,
        }),
    ];
}
