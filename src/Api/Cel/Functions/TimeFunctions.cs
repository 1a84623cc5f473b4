using System.Globalization;
using Slipway.Api.Schedules;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>The parts of times, in UTC or a time zone, and of durations.</summary>
internal static class TimeFunctions
{
    public static IReadOnlyList<CelOverload> All { get; } =
    [
        .. Part("getFullYear", t => t.Year),
        .. Part("getMonth", t => t.Month - 1),
        .. Part("getDayOfYear", t => t.DayOfYear - 1),
        .. Part("getDayOfMonth", t => t.Day - 1),
        .. Part("getDate", t => t.Day),
        .. Part("getDayOfWeek", t => (int)t.DayOfWeek),
        .. Part("getHours", t => t.Hour),
        .. Part("getMinutes", t => t.Minute),
        .. Part("getSeconds", t => t.Second),
        .. Part("getMilliseconds", t => t.Millisecond),
        Total("getHours", nanos => nanos / 3_600_000_000_000),
        Total("getMinutes", nanos => nanos / 60_000_000_000),
        Total("getSeconds", nanos => nanos / 1_000_000_000),
        Total("getMilliseconds", nanos => nanos / 1_000_000 % 1000),
    ];

    /// <summary>Names of the functions that take a time zone.</summary>
    public static IReadOnlySet<string> Zoned { get; } = All.Where(o => o.Id.EndsWith("_with_tz", StringComparison.Ordinal)).Select(o => o.Function).ToHashSet();

    /// <summary>Whether there is a time zone of a name or offset, as far as this machine can tell.</summary>
    public static bool IsZone(string zone) => Offset(zone) is not null || CronTimes.IsZone(zone);

    private static IEnumerable<CelOverload> Part(string function, Func<DateTime, int> part)
    {
        yield return Member(function, $"timestamp_{function}", [CelType.Timestamp], CelType.Int, (_, a) => new CelInt(part(((CelTimestamp)a[0]).Time.UtcDateTime)));
        yield return Member(function, $"timestamp_{function}_with_tz", [CelType.Timestamp, CelType.String], CelType.Int, (_, a) =>
            Local(((CelTimestamp)a[0]).Time, a[1].Text()) is { } local ? new CelInt(part(local)) : new CelError($"unknown time zone {a[1].Text()}"));
    }

    private static CelOverload Total(string function, Func<long, long> part) =>
        Member(function, $"duration_{function}", [CelType.Duration], CelType.Int, (_, a) => new CelInt(part(((CelDuration)a[0]).Nanos)));

    /// <summary>The time in a zone, which is a name of the IANA database or an offset such as <c>-02:30</c>; null if there is no such zone.</summary>
    private static DateTime? Local(DateTimeOffset time, string zone)
    {
        if (Offset(zone) is { } offset) return Shift(time, offset);
        return TimeZoneInfo.TryFindSystemTimeZoneById(zone, out var found) ? Shift(time, found.GetUtcOffset(time)) : null;
    }

    private static DateTime? Shift(DateTimeOffset time, TimeSpan offset)
    {
        var ticks = time.UtcTicks + offset.Ticks;
        return ticks >= 0 && ticks <= DateTime.MaxValue.Ticks ? new DateTime(ticks) : null;
    }

    private static TimeSpan? Offset(string zone)
    {
        if (zone is "" or "UTC" or "Z") return TimeSpan.Zero;
        var colon = zone.IndexOf(':');
        if (colon < 0) return null;
        var isNegative = zone[0] == '-';
        var hours = zone.AsSpan(isNegative || zone[0] == '+' ? 1 : 0);
        hours = hours[..hours.IndexOf(':')];
        return int.TryParse(hours, NumberStyles.None, CultureInfo.InvariantCulture, out var h) && h < 24
            && int.TryParse(zone.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var m) && m < 60
            ? TimeSpan.FromMinutes((h * 60 + m) * (isNegative ? -1 : 1))
            : null;
    }
}
