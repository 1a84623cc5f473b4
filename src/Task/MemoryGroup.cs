using System.Buffers.Text;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Slipway.Wrapper;

/// <summary>
/// The memory cgroup that the container runs in, v2 or v1, and what the command needs of it: what the kernel counts there is mostly cache of the files that were
/// read and written, which it gives back when there is no room. Inside a container its files are usually mounted at the root of
/// the hierarchy; without a cgroup namespace, or outside of a container, at the path that /proc/self/cgroup tells.
/// </summary>
internal sealed class MemoryGroup : IDisposable
{
    /// <summary>Larger than memory.stat of any kernel; kept, so that samples cost no memory of their own.</summary>
    private readonly byte[] statistics = new byte[16 << 10];

    private readonly string? directory;
    private readonly bool isVersion2;
    private SafeFileHandle? file;
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

    /// <summary>Whether there is something for <see cref="Sample"/> to look at.</summary>
    public bool CanBeSampled => directory is not null;

    /// <summary>How many processes of the group the kernel has killed for want of memory; 0 if it does not say.</summary>
    public long KillCount => directory is null ? 0 : isVersion2 ? Keyed("memory.events", "oom_kill") ?? 0 : Keyed("memory.oom_control", "oom_kill") ?? 0;

    /// <summary>Takes the memory that processes, and files in memory, have now into the sampled peak.</summary>
    public void Sample()
    {
        if (directory is null)
            return;
        try
        {
            file ??= File.OpenHandle($"{directory}/memory.stat");
            var text = statistics.AsSpan(0, RandomAccess.Read(file, statistics, 0));
            sampledPeak = Math.Max(sampledPeak, isVersion2 ? Value(text, "anon "u8) + Value(text, "shmem "u8) : Value(text, "total_rss "u8) + Value(text, "total_shmem "u8));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // a kernel without it: the largest process is what is known
        }
    }

    /// <summary>
    /// The peak in bytes and where it comes from: the highest sample, or the largest resident set of one process if that is more, as it is when all was over between two
    /// samples; and never more than the kernel's own peak of the group, cache included. That is the peak of what was killed at the limit.
    /// </summary>
    /// <param name="maxResidentKilobytes">The largest resident set of one process of the command.</param>
    /// <param name="wasKilledAtLimit">Whether the kernel has killed one for want of memory.</param>
    public (long Bytes, string Source) Peak(long maxResidentKilobytes, bool wasKilledAtLimit)
    {
        var source = isVersion2 ? "memory.peak" : "memory.max_usage_in_bytes";
        var group = directory is null ? null : Number(source);
        if (wasKilledAtLimit && group is { } atLimit)
            return (atLimit, source);
        Sample();
        var resident = maxResidentKilobytes * 1024;
        var (bytes, from) = sampledPeak >= resident ? (sampledPeak, "sampled") : (resident, "ru_maxrss");
        return group < bytes ? (group.Value, source) : (bytes, from);
    }

    /// <inheritdoc/>
    public void Dispose() => file?.Dispose();

    /// <summary>The number in a line that begins with a key; 0 if there is none.</summary>
    private static long Value(ReadOnlySpan<byte> text, ReadOnlySpan<byte> key)
    {
        for (var at = text; !at.IsEmpty;)
        {
            if (at.StartsWith(key))
                return Utf8Parser.TryParse(at[key.Length..], out long number, out _) ? number : 0;
            var end = at.IndexOf((byte)'\n');
            at = end < 0 ? [] : at[(end + 1)..];
        }

        return 0;
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
