using System.Globalization;

namespace Slipway.Node.Stats;

/// <summary>Figures of the whole machine, in the form of those of a cgroup, from <c>/proc</c> (proc(5)).</summary>
internal static class MachineFigures
{
    public static CgroupFigures From(string stat, string meminfo, string vmstat, string loadavg) => new(Cpu(stat), Memory(meminfo, vmstat), null, Processes(loadavg));

    /// <summary>When the machine was started.</summary>
    public static DateTimeOffset Boot(string stat) => DateTimeOffset.FromUnixTimeSeconds(CgroupFiles.Fields(stat).GetValueOrDefault("btime"));

    private static CpuFigures? Cpu(string stat)
    {
        // cpu user nice system idle iowait irq softirq …; what others took of a virtual machine's time is not used here.
        var line = stat.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (line is not ["cpu", _, _, _, _, _, _, _, ..])
            return null;
        long Ticks(int column) => (CgroupFiles.Number(line[column]) ?? 0) * CgroupFiles.NanosPerTick;
        var (user, system) = (Ticks(1) + Ticks(2), Ticks(3) + Ticks(6) + Ticks(7));
        return new(user + system, user, system, 0, 0, 0);
    }

    private static MemoryFigures? Memory(string meminfo, string vmstat)
    {
        var kilobytes = CgroupFiles.Fields(meminfo);
        long Bytes(string name) => kilobytes.GetValueOrDefault(name) << 10;
        if (Bytes("MemTotal") == 0)
            return null;
        var faults = CgroupFiles.Fields(vmstat);
        var usage = Bytes("MemTotal") - Bytes("MemFree");
        return new(usage, Math.Max(0, usage - Bytes("Inactive(file)")), Bytes("AnonPages"), Bytes("Cached"), Bytes("Mapped"), Bytes("SwapTotal") - Bytes("SwapFree"),
            faults.GetValueOrDefault("pgfault"), faults.GetValueOrDefault("pgmajfault"), null, Bytes("MemTotal"), faults.GetValueOrDefault("oom_kill"));
    }

    // 0.10 0.20 0.30 1/234 5678: how many run, and how many there are.
    private static long? Processes(string loadavg) => loadavg.Split(' ') is [_, _, _, var tasks, ..] && tasks.Split('/') is [_, var all]
        && long.TryParse(all, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
}
