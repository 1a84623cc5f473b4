namespace Slipway.Node.Stats;

/// <summary>What a cgroup has used up to a moment; null where the kernel does not count it.</summary>
internal sealed record CgroupFigures(CpuFigures? Cpu, MemoryFigures? Memory, IReadOnlyList<IoFigures>? Io, long? Processes)
{
    public static readonly CgroupFigures None = new(null, null, null, null);
}

/// <summary>What a cgroup may have of processors.</summary>
/// <param name="Shares">Its part beside others, as cgroup v1 counts it: 1024 for a processor.</param>
/// <param name="PeriodMicros">Length of a period in microseconds.</param>
/// <param name="QuotaMicros">Processor time in a period, in microseconds; null when there is no limit.</param>
internal readonly record struct CpuShare(long Shares, long PeriodMicros, long? QuotaMicros);

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

/// <summary>What went to and from a block device.</summary>
/// <param name="Device">The device's number, such as <c>8:0</c>.</param>
/// <param name="Read">Bytes.</param>
/// <param name="Written">Bytes.</param>
/// <param name="Reads">Operations.</param>
/// <param name="Writes">Operations.</param>
internal readonly record struct IoFigures(string Device, long Read, long Written, long Reads, long Writes);
