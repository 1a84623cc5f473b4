namespace Slipway.Scheduler;

/// <summary>What a pod's claims, of storage and of devices, mean for where it can be.</summary>
/// <param name="Storage">Its claims of storage; null when it has none.</param>
/// <param name="Devices">Its claims of devices; null when it has none.</param>
internal sealed record PodNeeds(PodStorage? Storage, PodDevices? Devices)
{
    /// <summary>Why the pod can be on no node whatever, and what would help; null when it is a matter of the node.</summary>
    public (string Reason, string Advice)? Blocker => Storage?.Blocker ?? Devices?.Blocker;

    /// <summary>What a pod claims; null for nothing, as of most.</summary>
    public static PodNeeds? Of(PodStorage? storage, PodDevices? devices) => storage is null && devices is null ? null : new(storage, devices);

    /// <summary>Why a node is out of the question; null when it is not.</summary>
    public Obstacle? Between(NodeInfo node) => Storage?.Between(node) ?? Devices?.Between(node);
}
