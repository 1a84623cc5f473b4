namespace Slipway.Node.Housekeeping;

/// <summary>From when on a node is short of something, in bytes that are still free.</summary>
/// <remarks>
/// Those of disks are the smaller of a share and an amount: a node is often one of many tenants of a machine, and a large
/// disk that others have almost filled still has room for a cluster.
/// </remarks>
public sealed record PressureThresholds
{
    /// <summary>Memory below which pods are evicted; upstream's default.</summary>
    public long Memory { get; init; } = 100L << 20;

    /// <summary>Disk below which pods are evicted, if it is also less than a tenth of the disk.</summary>
    public long Disk { get; init; } = 1L << 30;

    /// <summary>Disk below which images that nothing uses are removed, if it is also less than 15 percent of the disk.</summary>
    public long Images { get; init; } = 5L << 30;

    /// <summary>How long a shortage is told of after it has passed.</summary>
    public TimeSpan Transition { get; init; } = TimeSpan.FromMinutes(5);

    internal long DiskOf(long capacity) => Math.Min(Disk, capacity / 10);

    internal long ImagesOf(long capacity) => Math.Min(Images, capacity / 100 * 15);
}
