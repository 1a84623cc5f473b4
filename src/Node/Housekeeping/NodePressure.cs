namespace Slipway.Node.Housekeeping;

/// <summary>What a node has left, in bytes.</summary>
internal readonly record struct NodeRoom(long Memory, long Disk, long DiskCapacity);

/// <summary>What a node is short of.</summary>
/// <param name="MemorySeen">When memory was last short; null for never.</param>
/// <param name="DiskSeen">When disk was last short; null for never.</param>
/// <param name="Memory">Whether memory counts as short.</param>
/// <param name="Disk">Whether disk counts as short.</param>
internal sealed record NodePressure(DateTimeOffset? MemorySeen, DateTimeOffset? DiskSeen, bool Memory, bool Disk)
{
    public static readonly NodePressure None = new(null, null, false, false);

    /// <summary>The pressure after one more look: it begins at once, and ends some time after the last shortage.</summary>
    public NodePressure After(NodeRoom room, PressureThresholds thresholds, DateTimeOffset now)
    {
        var memory = room.Memory < thresholds.Memory ? now : MemorySeen;
        var disk = room.Disk < thresholds.DiskOf(room.DiskCapacity) ? now : DiskSeen;
        return new(memory, disk, now - memory < thresholds.Transition || memory == now, now - disk < thresholds.Transition || disk == now);
    }
}
