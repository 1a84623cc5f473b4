using System.Globalization;
using Slipway.Testing;

namespace Slipway.Bench.Cluster;

/// <summary>Memory and CPU of the server while nothing is asked of it.</summary>
internal static class Rest
{
    private const int TicksPerSecond = 100;   // USER_HZ, the same on all Linux platforms

    public static async Task MeasureAsync(SlipwayCli slipway, ResultTable table)
    {
        var server = slipway.ServerPid ?? throw new InvalidOperationException("The server does not run.");
        await Task.Delay(TimeSpan.FromSeconds(15), TimeProvider.System, CancellationToken.None);

        var (before, began) = (CpuTicks(server), TimeProvider.System.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(60), TimeProvider.System, CancellationToken.None);
        var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var share = (CpuTicks(server) - before) / (double)TicksPerSecond / seconds;

        table.Add("resident memory of Slipway's processes at rest", string.Create(CultureInfo.InvariantCulture, $"{ProcessMemory.Resident(server) / 1e6:0} MB (of that {ProcessMemory.Anonymous(server) / 1e6:0} MB not backed by files)"), aim: "<= 80 MB");
        table.Add("CPU at rest, over 60 s", string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.00} % of a core"), aim: "<= 0.5 %");
    }

    private static long CpuTicks(int process)
    {
        var stat = File.ReadAllText($"/proc/{process}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }
}
