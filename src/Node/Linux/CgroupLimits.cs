using System.Globalization;

namespace Slipway.Node.Linux;

/// <summary>What the processes of a cgroup get and may use together.</summary>
/// <param name="CpuShares">Their part of the processors when those are short, from 2 to 262,144: 1024 for a core.</param>
/// <param name="CpuQuota">Microseconds of processor time in each <see cref="CpuPeriod"/>; null for no limit.</param>
/// <param name="MemoryBytes">Bytes of memory; null for no limit.</param>
internal sealed record CgroupLimits(long CpuShares, long? CpuQuota, long? MemoryBytes)
{
    /// <summary>Microseconds in which <see cref="CpuQuota"/> counts; also the kernel's default.</summary>
    public const long CpuPeriod = 100_000;

    /// <summary>Without those that could be less than what something in the cgroup has.</summary>
    public CgroupLimits Open => this with { CpuQuota = null, MemoryBytes = null };

    /// <summary>The files that say so in a hierarchy, each with its controller and its content (Documentation/admin-guide/cgroup-v1, cgroup-v2.rst).</summary>
    public IEnumerable<(string Controller, string File, string Value)> Files(bool isUnified) => isUnified
        ?
        [
            ("cpu", "cpu.weight", Text(Weight(CpuShares))),
            ("cpu", "cpu.max", $"{(CpuQuota is { } quota ? Text(quota) : "max")} {Text(CpuPeriod)}"),
            ("memory", "memory.max", MemoryBytes is { } bytes ? Text(bytes) : "max"),
        ]
        :
        [
            ("cpu", "cpu.shares", Text(CpuShares)),
            ("cpu", "cpu.cfs_quota_us", Text(CpuQuota ?? -1)),
            ("memory", "memory.limit_in_bytes", Text(MemoryBytes ?? -1)),
        ];

    /// <summary>The weight that is worth as much as shares, as runtimes convert them: 2, 1024 and 262,144 become 1, 100 and 10,000.</summary>
    internal static long Weight(long shares)
    {
        var exponent = Math.Log2(shares);
        return shares <= 2 ? 1 : Math.Min(10_000, (long)Math.Ceiling(Math.Pow(10, (exponent * exponent + 125 * exponent) / 612 - 7.0 / 34)));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
