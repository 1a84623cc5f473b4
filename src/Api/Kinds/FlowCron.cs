using Slipway.Api.Rules.Jobs;
using Slipway.Api.Schedules;

namespace Slipway.Api.Kinds;

/// <summary>
/// What is wrong with the times of a schedule, by the grammar of CronJobs (<see cref="CronSchedule"/>) and in words for who writes them: which field it is, what it
/// holds and what it can.
/// </summary>
internal static class FlowCron
{
    private const string Form = "must be five fields as in crontab (minute, hour, day of month, month, day of week), such as 0 6 * * *, or @hourly, @daily, @weekly, @monthly, @yearly";

    private static readonly string[] Macros = ["@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"];

    private static readonly (string Name, string Values)[] Fields =
    [
        ("minute", "0 to 59"), ("hour", "0 to 23"), ("day of month", "1 to 31"), ("month", "1 to 12 or jan to dec"), ("day of week", "0 to 6 or sun to sat"),
    ];

    /// <summary>The problem and what to write; null if there is none.</summary>
    public static string? Problem(string cron)
    {
        if (cron.StartsWith("@every", StringComparison.Ordinal) || cron.Contains("TZ=", StringComparison.Ordinal))
            return $"{Form}; a time zone is set by timeZone";
        if (CronSchedule.Error(cron) is not null)
            return Fault(cron);
        // A leap year lies ahead, so that the 29 of February comes.
        return CronTimes.Parse(cron, null).Next(new DateTime(2024, 1, 1, 0, 0, 0, DateTimeKind.Utc)) is null ? "is a time that never comes: no month that it names has such a day" : null;
    }

    private static string Fault(string cron)
    {
        if (cron.StartsWith('@'))
            return $"{Form}; there is no {cron}{NearestName.Hint(cron, Macros)}";
        var parts = cron.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length)
            return $"{Form}; {(parts.Length > Fields.Length ? $"these are {parts.Length}: leave out seconds and year" : $"{(parts.Length == 1 ? "this is" : "these are")} {parts.Length}")}";
        var at = Enumerable.Range(0, Fields.Length).First(i => CronSchedule.Error(string.Join(' ', Fields.Select((_, j) => j == i ? parts[i] : "*"))) is not null);
        var (name, values) = Fields[at];
        var sunday = name == "day of week" && parts[at].Contains('7', StringComparison.Ordinal) ? "; Sunday is 0 or sun, and 5-7 is written 5,6,0" : "";
        return $"has the {name} {parts[at]}, which must be {values}: one of them, * for all, a list 1,3, a range 2-5, or steps */2{sunday}";
    }
}
