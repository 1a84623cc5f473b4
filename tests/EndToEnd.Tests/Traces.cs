using System.Diagnostics;
using Slipway.Testing;

namespace EndToEnd.Tests;

/// <summary>What a machine shows of one cluster, by what it is.</summary>
internal sealed record Traces(
    IReadOnlyList<string> Processes,
    IReadOnlyList<string> Mounts,
    IReadOnlyList<string> Interfaces,
    IReadOnlyList<string> Rules,
    IReadOnlyList<string> Cgroups,
    IReadOnlyList<string> Files)
{
    /// <summary>All of them, for messages.</summary>
    public IEnumerable<string> All => [.. Processes, .. Mounts, .. Interfaces, .. Rules, .. Cgroups, .. Files];

    /// <summary>Looks at the machine.</summary>
    /// <param name="name">Name of the cluster, which nothing else on the machine has in its name.</param>
    /// <param name="id">Its id.</param>
    public static async Task<Traces> OfAsync(string name, string id) => new(
        [.. ProcessesOf(name).Select(process => $"process {process.Id}: {process.Arguments}")],
        [.. File.ReadLines("/proc/self/mountinfo").Where(line => line.Contains(name, StringComparison.Ordinal)).Select(line => $"mount {line}")],
        [.. Directory.EnumerateFileSystemEntries("/sys/class/net").Where(link => IsOf(link, id)).Select(link => $"interface {Path.GetFileName(link)}")],
        [.. (await OutputAsync("nft", "list", "ruleset")).Split('\n').Where(line => line.Contains($"slipway-{name}", StringComparison.Ordinal) || line.Contains($"sw{id}", StringComparison.Ordinal)).Select(line => $"rule {line.Trim()}")],
        [.. Directory.EnumerateDirectories("/sys/fs/cgroup", $"slipway-{name}*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3 }).Select(cgroup => $"cgroup {cgroup}")],
        [.. FilesOf(name, id).Select(file => $"file {file}")]);

    /// <summary>Processes that name the cluster in their arguments, or run in its cgroup.</summary>
    public static IEnumerable<(int Id, string Arguments)> ProcessesOf(string name)
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), out var id) || id == Environment.ProcessId)
                continue;
            var (arguments, cgroup) = (Read($"{directory}/cmdline").Replace('\0', ' '), Read($"{directory}/cgroup"));
            // An ended process that nobody has collected yet has no arguments; it is a trace of its parent alone.
            if (arguments.Length > 0 && (arguments.Contains(name, StringComparison.Ordinal) || cgroup.Contains($"slipway-{name}", StringComparison.Ordinal)))
                yield return (id, arguments);
        }
    }

    private static bool IsOf(string link, string id) =>
        Path.GetFileName(link).StartsWith($"sw{id}", StringComparison.Ordinal)
        || (new FileInfo(Path.Combine(link, "master")).LinkTarget ?? "").EndsWith($"sw{id}0", StringComparison.Ordinal);

    private static IEnumerable<string> FilesOf(string name, string id)
    {
        string[] roots = ["/var/lib/slipway", "/run/slipway", "/var/lib/cni", "/run/netns", "/run/cni", "/run/containerd", "/etc/cni", "/tmp"];
        foreach (var root in roots.Where(Directory.Exists))
        {
            foreach (var entry in Directory.EnumerateFileSystemEntries(root, "*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 3, AttributesToSkip = 0, IgnoreInaccessible = true }))
                if (entry.Contains(name, StringComparison.Ordinal) || entry.Contains($"slipway-{id}", StringComparison.Ordinal))
                    yield return entry;
        }
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static async Task<string> OutputAsync(string program, params string[] arguments) =>
        (await CommandResult.RunAsync(new ProcessStartInfo(program, arguments), TimeSpan.FromSeconds(30))).Expect().Out;
}
