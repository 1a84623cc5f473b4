namespace Slipway.Node.Stats;

/// <summary>What a cgroup has used up to a moment; null where the kernel does not count it.</summary>
internal sealed record CgroupFigures(CpuFigures? Cpu, MemoryFigures? Memory, IoFigures? Io, long? Processes)
{
    public static readonly CgroupFigures None = new(null, null, null, null);
}

/// <summary>Processor time since the cgroup exists, in nanoseconds, and how often it was held to its limit.</summary>
internal readonly record struct CpuFigures(long Total, long User, long System, long Periods, long ThrottledPeriods, long Throttled);

/// <summary>Memory in bytes, and counts since the cgroup exists.</summary>
/// <param name="Usage">All that is charged to it, caches of files included.</param>
/// <param name="WorkingSet">What could not be dropped at once: usage without files that nobody has used for some time.</param>
/// <param name="Rss">Memory that no file stands behind.</param>
/// <param name="Peak">The highest usage; null when the kernel does not keep it (cgroup v2 before Linux 5.19).</param>
/// <param name="Limit">Null when there is none.</param>
/// <param name="Kills">Processes that were killed for want of memory.</param>
internal readonly record struct MemoryFigures(
    long Usage, long WorkingSet, long Rss, long Cache, long MappedFile, long Swap, long PageFaults, long MajorPageFaults, long? Peak, long? Limit, long Kills);

/// <summary>Bytes that went to and from block devices.</summary>
internal readonly record struct IoFigures(long Read, long Written);
