using System.Globalization;

namespace Slipway.Bench.Cluster;

/// <summary>What the kernel says of a process's memory, in bytes.</summary>
internal static class ProcessMemory
{
    /// <summary>All that is resident.</summary>
    public static long Resident(int process) => Read(process, "VmRSS");

    /// <summary>What is resident and not backed by a file.</summary>
    public static long Anonymous(int process) => Read(process, "RssAnon");

    private static long Read(int process, string field) =>
        long.Parse(File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith($"{field}:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
}
