using System.Globalization;

namespace Slipway.Cli.Runs;

/// <summary>Durations and sizes as people read them: two significant parts at most.</summary>
internal static class Units
{
    /// <summary><c>850ms</c>, <c>4.2s</c>, <c>3m12s</c>, <c>2h05m</c>, <c>3d04h</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { Ticks: < 0 } => "0ms",
        { TotalMilliseconds: < 999.5 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0}ms"),
        { TotalSeconds: < 59.95 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0}s"),
        { TotalSeconds: < 3599.5 } => string.Create(CultureInfo.InvariantCulture, $"{TimeSpan.FromSeconds(Math.Round(time.TotalSeconds)):%m'm'ss's'}"),
        { TotalDays: < 1 } => $"{time.Hours}h{time.Minutes:00}m",
        _ => $"{(int)time.TotalDays}d{time.Hours:00}h",
    };

    /// <summary>Bytes in powers of 1024 without decimals: <c>512Ki</c>, <c>213Mi</c>, <c>3.4Gi</c>.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes}",
        < 1024 * 1024 => $"{bytes / 1024}Ki",
        < 1024L * 1024 * 1024 => $"{bytes / (1024 * 1024)}Mi",
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024 * 1024):0.0}Gi"),
    };
}
