using System.Globalization;

namespace Slipway.Wrapper;

/// <summary>
/// The memory cgroup that the container runs in, v2 or v1. Inside a container its files are usually mounted at the root of
/// the hierarchy; without a cgroup namespace, or outside of a container, at the path that /proc/self/cgroup tells.
/// </summary>
internal sealed class MemoryGroup
{
    private readonly string? directory;
    private readonly bool isVersion2;
    private long sampledPeak;

    private MemoryGroup(string? directory, bool isVersion2)
    {
        this.directory = directory;
        this.isVersion2 = isVersion2;
    }

    /// <summary>Finds the group of this process.</summary>
    /// <param name="membership">Lines of /proc/self/cgroup.</param>
    /// <param name="root">Where cgroups are mounted, /sys/fs/cgroup.</param>
    public static MemoryGroup Find(IEnumerable<string> membership, string root)
    {
        string? path1 = null, path2 = null;
        foreach (var line in membership)
        {
            var parts = line.Split(':', 3);
            if (parts.Length < 3)
                continue;
            if (parts[1].Length == 0)
                path2 = parts[2];
            else if (parts[1].Split(',').Contains("memory"))
                path1 = parts[2];
        }

        // A v1 controller is not available in v2, so its presence decides.
        if (path1 is not null && First("memory.usage_in_bytes", root + "/memory" + path1, root + "/memory") is { } one)
            return new MemoryGroup(one, false);
        if (path2 is not null && First("memory.current", root + path2, root) is { } two)
            return new MemoryGroup(two, true);
        return new MemoryGroup(null, true);

        static string? First(string file, params string[] candidates) => candidates.FirstOrDefault(c => File.Exists($"{c.TrimEnd('/')}/{file}"))?.TrimEnd('/');
    }

    public static MemoryGroup OfThisProcess()
    {
        string[] membership = [];
        try
        {
            membership = File.ReadAllLines("/proc/self/cgroup");
        }
        catch (IOException)
        {
            // no /proc: the record then says where its peak comes from
        }

        return Find(membership, "/sys/fs/cgroup");
    }

    /// <summary>Whether the kernel keeps no peak (v2 before Linux 5.19), so that <see cref="Sample"/> has to.</summary>
    public bool NeedsSampling => directory is not null && isVersion2 && !File.Exists($"{directory}/memory.peak");

    /// <summary>How many processes of the group the kernel has killed for want of memory; 0 if it does not say.</summary>
    public long KillCount => directory is null ? 0 : isVersion2 ? Keyed("memory.events", "oom_kill") ?? 0 : Keyed("memory.oom_control", "oom_kill") ?? 0;

    /// <summary>Takes the present usage into the sampled peak.</summary>
    public void Sample() => sampledPeak = Math.Max(sampledPeak, Number("memory.current") ?? 0);

    /// <summary>The peak in bytes and where it comes from; falls back to the largest resident set of one process.</summary>
    public (long Bytes, string Source) Peak(long maxResidentKilobytes)
    {
        if (directory is not null)
        {
            if (!isVersion2 && Number("memory.max_usage_in_bytes") is { } peak1)
                return (peak1, "memory.max_usage_in_bytes");
            if (isVersion2 && Number("memory.peak") is { } peak2)
                return (peak2, "memory.peak");
            if (isVersion2)
            {
                Sample();
                if (sampledPeak > 0)
                    return (sampledPeak, "sampled");
            }
        }

        return (maxResidentKilobytes * 1024, "ru_maxrss");
    }

    private long? Number(string file) => Read(file) is { } text && long.TryParse(text.AsSpan().Trim(), CultureInfo.InvariantCulture, out var number) ? number : null;

    private long? Keyed(string file, string key)
    {
        foreach (var line in (Read(file) ?? "").Split('\n'))
        {
            if (line.StartsWith(key, StringComparison.Ordinal) && line.Length > key.Length && line[key.Length] == ' '
                && long.TryParse(line.AsSpan(key.Length + 1), CultureInfo.InvariantCulture, out var number))
            {
                return number;
            }
        }

        return null;
    }

    private string? Read(string file)
    {
        try
        {
            return File.ReadAllText($"{directory}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // a file that this kernel does not have
        }
    }
}
