using System.Globalization;
using System.Text.Json;
using Slipway.Api.Documents;

namespace Slipway.ApiServer.Tables;

/// <summary>Spans of time as kubectl shows them: at most two units, coarser the longer they are.</summary>
internal static class Ages
{
    public static string Of(JsonElement item, DateTimeOffset now) => Since(item.Text("metadata", "creationTimestamp"), now);

    /// <summary>Time since a timestamp; <c>&lt;unknown&gt;</c> when it is absent.</summary>
    public static string Since(string? timestamp, DateTimeOffset now) =>
        Meta.ParseTime(timestamp) is { } time ? Format(now - time) : "<unknown>";

    public static string Format(TimeSpan span)
    {
        var seconds = (long)span.TotalSeconds;
        if (seconds < -1) return "<invalid>";
        if (seconds < 0) return "0s";
        if (seconds < 120) return $"{seconds}s";
        var minutes = seconds / 60;
        if (minutes < 10) return Two(minutes, "m", seconds % 60, "s");
        if (minutes < 180) return $"{minutes}m";
        var hours = minutes / 60;
        if (hours < 8) return Two(hours, "h", minutes % 60, "m");
        if (hours < 48) return $"{hours}h";
        var days = hours / 24;
        if (hours < 24 * 8) return Two(days, "d", hours % 24, "h");
        if (days < 365 * 2) return $"{days}d";
        return days < 365 * 8 ? Two(days / 365, "y", days % 365, "d") : $"{days / 365}y";
    }

    private static string Two(long large, string largeUnit, long small, string smallUnit) =>
        small == 0 ? $"{large}{largeUnit}" : string.Create(CultureInfo.InvariantCulture, $"{large}{largeUnit}{small}{smallUnit}");
}
