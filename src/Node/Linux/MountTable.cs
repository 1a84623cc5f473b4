namespace Slipway.Node.Linux;

/// <summary>One line of <c>/proc/self/mountinfo</c> (proc(5)).</summary>
/// <param name="Target">Where it is mounted.</param>
/// <param name="Type">File system type, such as <c>cgroup2</c>.</param>
/// <param name="Options">Options of the file system, such as the controllers of a cgroup v1 hierarchy.</param>
internal sealed record MountEntry(string Target, string Type, IReadOnlyList<string> Options);

/// <summary>What is mounted, and removal of all that is mounted below a directory.</summary>
internal static class MountTable
{
    public static IReadOnlyList<MountEntry> Read() => Parse(File.ReadAllText("/proc/self/mountinfo"));

    public static IReadOnlyList<MountEntry> Parse(string mountInfo)
    {
        var entries = new List<MountEntry>();
        foreach (var line in mountInfo.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // 36 35 98:0 /root /target options optional-fields... - type source super-options
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (separator < 6 || fields.Length < separator + 4)
                continue;
            entries.Add(new(Unescape(fields[4]), fields[separator + 1], fields[separator + 3].Split(',')));
        }
        return entries;
    }

    /// <summary>Unmounts all that is mounted at or below a directory, the innermost first.</summary>
    public static void UnmountBelow(string directory)
    {
        var prefix = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        foreach (var entry in Read().Reverse())
            if (entry.Target == prefix || entry.Target.StartsWith(prefix + "/", StringComparison.Ordinal))
                Syscalls.Unmount(entry.Target);
    }

    private static string Unescape(string path) => path.Contains('\\', StringComparison.Ordinal)
        ? path.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal)
              .Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal)
        : path;
}
