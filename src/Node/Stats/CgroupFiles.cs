using System.Globalization;

namespace Slipway.Node.Stats;

/// <summary>
/// Reads figures off the files of a cgroup, in the forms of v1
/// (<see href="https://docs.kernel.org/admin-guide/cgroup-v1/"/>) and v2 (<see href="https://docs.kernel.org/admin-guide/cgroup-v2.html"/>).
/// Each function takes what gives a file's text by its name, or null when there is no such file.
/// </summary>
internal static class CgroupFiles
{
    // What v1 writes as the limit of a cgroup that has none: the largest number of whole pages.
    private const long Unlimited = 1L << 60;

    /// <summary>Units of <c>cpuacct.stat</c> and <c>/proc/stat</c> in a second, on every architecture that Linux still has (USER_HZ).</summary>
    private const long TicksPerSecond = 100;

    public const long NanosPerTick = 1_000_000_000 / TicksPerSecond;

    public static CpuFigures? CpuV2(Func<string, string?> file)
    {
        if (file("cpu.stat") is not { } text)
            return null;
        var stat = Fields(text);
        return new(Get(stat, "usage_usec") * 1000, Get(stat, "user_usec") * 1000, Get(stat, "system_usec") * 1000,
            Get(stat, "nr_periods"), Get(stat, "nr_throttled"), Get(stat, "throttled_usec") * 1000);
    }

    /// <param name="account">Files of the controller <c>cpuacct</c>.</param>
    /// <param name="cpu">Files of the controller <c>cpu</c>, which may be mounted elsewhere.</param>
    public static CpuFigures? CpuV1(Func<string, string?> account, Func<string, string?> cpu)
    {
        if (Number(account("cpuacct.usage")) is not { } total)
            return null;
        var (times, limits) = (Fields(account("cpuacct.stat")), Fields(cpu("cpu.stat")));
        return new(total, Get(times, "user") * NanosPerTick, Get(times, "system") * NanosPerTick,
            Get(limits, "nr_periods"), Get(limits, "nr_throttled"), Get(limits, "throttled_time"));
    }

    public static MemoryFigures? MemoryV2(Func<string, string?> file)
    {
        if (Number(file("memory.current")) is not { } usage)
            return null;
        var stat = Fields(file("memory.stat"));
        return new(usage, Math.Max(0, usage - Get(stat, "inactive_file")), Get(stat, "anon"), Get(stat, "file"), Get(stat, "file_mapped"),
            Number(file("memory.swap.current")) ?? 0, Get(stat, "pgfault"), Get(stat, "pgmajfault"),
            Number(file("memory.peak")), Number(file("memory.max")), Get(Fields(file("memory.events")), "oom_kill"));
    }

    public static MemoryFigures? MemoryV1(Func<string, string?> file)
    {
        if (Number(file("memory.usage_in_bytes")) is not { } usage)
            return null;
        var stat = Fields(file("memory.stat"));
        return new(usage, Math.Max(0, usage - Get(stat, "total_inactive_file")), Get(stat, "total_rss"), Get(stat, "total_cache"), Get(stat, "total_mapped_file"),
            Get(stat, "total_swap"), Get(stat, "total_pgfault"), Get(stat, "total_pgmajfault"),
            Number(file("memory.max_usage_in_bytes")), Number(file("memory.limit_in_bytes")) is { } limit and < Unlimited ? limit : null,
            Get(Fields(file("memory.oom_control")), "oom_kill"));
    }

    /// <summary>By device; of v2 in the file's order.</summary>
    public static IReadOnlyList<IoFigures>? IoV2(Func<string, string?> file)
    {
        if (file("io.stat") is not { } text)
            return null;
        var devices = new List<IoFigures>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            long Of(string name) => Number(words.FirstOrDefault(word => word.StartsWith(name, StringComparison.Ordinal))?[name.Length..]) ?? 0;
            devices.Add(new(words[0], Of("rbytes="), Of("wbytes="), Of("rios="), Of("wios=")));
        }
        return devices;
    }

    /// <summary>By device, in the order of the file of bytes.</summary>
    public static IReadOnlyList<IoFigures>? IoV1(Func<string, string?> file)
    {
        if (file("blkio.throttle.io_service_bytes_recursive") is not { } bytes)
            return null;
        var devices = new List<IoFigures>();
        foreach (var (device, read, written) in ByDevice(bytes))
            devices.Add(new(device, read, written, 0, 0));
        foreach (var (device, reads, writes) in ByDevice(file("blkio.throttle.io_serviced_recursive") ?? ""))
            if (devices.FindIndex(one => one.Device == device) is var index and >= 0)
                devices[index] = devices[index] with { Reads = reads, Writes = writes };
        return devices;
    }

    public static CpuShare? ShareV2(Func<string, string?> file)
    {
        if (file("cpu.max")?.Trim().Split(' ') is not [var quota, var period] || Number(period) is not { } micros)
            return null;
        // The kernel's own conversion of weights from 1 to 10,000 (runc's ConvertCPUSharesToCgroupV2Value, backwards).
        var weight = Number(file("cpu.weight")) ?? 100;
        return new(2 + (weight - 1) * 262142 / 9999, micros, Number(quota));
    }

    /// <param name="file">Files of the controller <c>cpu</c>.</param>
    public static CpuShare? ShareV1(Func<string, string?> file) =>
        Number(file("cpu.shares")) is { } shares && Number(file("cpu.cfs_period_us")) is { } period ? new(shares, period, Number(file("cpu.cfs_quota_us"))) : null;

    private static List<(string Device, long Read, long Written)> ByDevice(string text)
    {
        var devices = new List<(string Device, long Read, long Written)>();
        foreach (var line in text.Split('\n'))
        {
            if (line.Split(' ') is not [var device, var operation, var figure] || operation is not ("Read" or "Write"))
                continue;
            var index = devices.FindIndex(one => one.Device == device);
            var known = index >= 0 ? devices[index] : (device, 0, 0);
            var now = operation == "Read" ? known with { Read = Number(figure) ?? 0 } : known with { Written = Number(figure) ?? 0 };
            if (index >= 0)
                devices[index] = now;
            else
                devices.Add(now);
        }
        return devices;
    }

    /// <summary>A file that is one number; null when it is none, such as <c>max</c>.</summary>
    public static long? Number(string? text) => long.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value
        : ulong.TryParse(text.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out _) ? long.MaxValue : null;

    /// <summary>Lines of a name and a number; those of another form are passed over.</summary>
    public static IReadOnlyDictionary<string, long> Fields(string? text)
    {
        var fields = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var line in (text ?? "").Split('\n'))
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var name, var value, ..] && Number(value) is { } number)
                fields[name.TrimEnd(':')] = number;
        return fields;
    }

    private static long Get(IReadOnlyDictionary<string, long> fields, string name) => fields.GetValueOrDefault(name);
}
