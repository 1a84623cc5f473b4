using System.Globalization;

namespace Slipway.Host.Clusters;

/// <summary>A process as <c>/proc</c> shows it (proc(5)).</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">The name of its program, cut to 15 characters by the kernel.</param>
/// <param name="Arguments">Its arguments, separated by spaces.</param>
/// <param name="MemoryBytes">Resident memory.</param>
/// <param name="Age">How long it has run.</param>
internal sealed record MachineProcess(int Id, string Name, string Arguments, long MemoryBytes, TimeSpan Age)
{
    /// <summary>All processes that have arguments, which kernel threads have not.</summary>
    public static IEnumerable<MachineProcess> All() =>
        from directory in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out _)
        let process = Read(int.Parse(Path.GetFileName(directory), CultureInfo.InvariantCulture))
        where process is not null
        select process;

    /// <summary>One process; null if it has ended or is a kernel thread.</summary>
    public static MachineProcess? Read(int id)
    {
        try
        {
            var arguments = File.ReadAllText($"/proc/{id}/cmdline").TrimEnd('\0').Replace('\0', ' ');
            if (arguments.Length == 0) return null;
            var stat = File.ReadAllText($"/proc/{id}/stat");
            var name = stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')];
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');   // from field 3, the state, on
            const double TicksPerSecond = 100;   // USER_HZ, the same on all architectures
            var started = double.Parse(fields[22 - 3], CultureInfo.InvariantCulture) / TicksPerSecond;
            var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
            var memory = long.Parse(fields[24 - 3], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            return new(id, name, arguments, memory, TimeSpan.FromSeconds(Math.Max(0, uptime - started)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;   // ended meanwhile
        }
    }
}
