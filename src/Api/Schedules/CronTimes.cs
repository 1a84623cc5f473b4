using System.Collections;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Api.Schedules;

/// <summary>
/// The times of a cron schedule, as Kubernetes counts them: where both days of the month and of the week are
/// restricted, either is enough; a time that a clock change skips is skipped, and one that it repeats comes twice
/// (<see href="https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax"/>).
/// </summary>
public sealed partial class CronTimes
{
    // A machine without a database of zones knows none but UTC.
    private static readonly bool HasZones = TimeZoneInfo.TryFindSystemTimeZoneById("Pacific/Kiritimati", out _);
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(5 * 366);
    private static readonly string[] Months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    private static readonly string[] Days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    private readonly BitArray _minutes = new(60), _hours = new(24), _daysOfMonth = new(32), _months = new(13), _daysOfWeek = new(7);
    private readonly bool _anyDayOfMonth, _anyDayOfWeek;
    private readonly TimeZoneInfo _zone;
    private readonly TimeSpan? _every;

    private CronTimes(string schedule, TimeZoneInfo zone)
    {
        _zone = zone;
        if (schedule.StartsWith("@every ", StringComparison.Ordinal))
        {
            // Whole seconds, at least one.
            _every = TimeSpan.FromSeconds(Math.Max(Math.Floor(Duration(schedule[7..]).TotalSeconds), 1));
            return;
        }
        schedule = schedule switch
        {
            "@yearly" or "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" or "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            _ => schedule,
        };
        var fields = schedule.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 5)
            throw new FormatException($"expected exactly 5 fields, found {fields.Length}: [{string.Join(' ', fields)}]");
        Read(fields[0], _minutes, 0, 59, []);
        Read(fields[1], _hours, 0, 23, []);
        _anyDayOfMonth = Read(fields[2], _daysOfMonth, 1, 31, []);
        Read(fields[3], _months, 1, 12, Months);
        _anyDayOfWeek = Read(fields[4], _daysOfWeek, 0, 6, Days);
    }

    /// <summary>Reads a schedule.</summary>
    /// <param name="schedule">Five fields, a macro, or <c>@every</c> with a duration.</param>
    /// <param name="timeZone">IANA name of the time zone; UTC, in which the controllers live, when null.</param>
    /// <exception cref="FormatException">It is no schedule.</exception>
    /// <exception cref="TimeZoneNotFoundException">The machine does not know the time zone.</exception>
    public static CronTimes Parse(string schedule, string? timeZone)
    {
        // Schedules that were stored long ago may name their zone themselves.
        if (Zone().Match(schedule) is { Success: true } named)
            (timeZone, schedule) = (named.Groups[1].Value, schedule[named.Length..].Trim());
        return new(schedule, timeZone is null or "" ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(timeZone));
    }

    /// <summary>Whether a time zone exists, as far as this machine can tell: one without a database of zones takes any name.</summary>
    /// <param name="name">IANA name, such as <c>Europe/Berlin</c>.</param>
    public static bool IsZone(string name) => !HasZones || TimeZoneInfo.TryFindSystemTimeZoneById(name, out _);

    /// <summary>The first time after another one, both in UTC; null when there is none in five years.</summary>
    public DateTime? Next(DateTime after)
    {
        if (_every is { } every)
            return after.AddTicks(-(after.Ticks % TimeSpan.TicksPerSecond)) + every;
        var end = after + Horizon;
        var time = after.AddTicks(-(after.Ticks % TimeSpan.TicksPerMinute)).AddMinutes(1);
        while (time < end)
        {
            var local = TimeZoneInfo.ConvertTimeFromUtc(time, _zone);
            if (!_months[local.Month] || !MatchesDay(local))
                // Never over a midnight, whatever the clocks do on that day.
                time = local.Hour < 11 ? time.AddHours(12) : time.AddMinutes(60 - local.Minute);
            else if (!_hours[local.Hour])
                time = time.AddMinutes(60 - local.Minute);
            else if (!_minutes[local.Minute])
                time = time.AddMinutes(1);
            else
                return time;
        }
        return null;
    }

    /// <summary>The last time before another one, both in UTC; null when there is none in five years.</summary>
    public DateTime? Previous(DateTime before)
    {
        if (_every is { } every)
            return before - every;
        // Looked for in a span before it that doubles until there is one.
        for (var span = TimeSpan.FromMinutes(1); ; span = span * 2 < Horizon ? span * 2 : Horizon)
        {
            if (Next(before - span) is { } found && found < before)
            {
                while (Next(found) is { } later && later < before)
                    found = later;
                return found;
            }
            if (span == Horizon)
                return null;
        }
    }

    /// <summary>A time as the schedule's zone writes it, with its offset.</summary>
    public string Text(DateTime time)
    {
        var local = TimeZoneInfo.ConvertTime(new DateTimeOffset(time, TimeSpan.Zero), _zone);
        return local.ToString(local.Offset == TimeSpan.Zero ? "yyyy-MM-dd'T'HH:mm:ss'Z'" : "yyyy-MM-dd'T'HH:mm:sszzz", CultureInfo.InvariantCulture);
    }

    private bool MatchesDay(DateTime local)
    {
        var (month, week) = (_daysOfMonth[local.Day], _daysOfWeek[(int)local.DayOfWeek]);
        return _anyDayOfMonth || _anyDayOfWeek ? month && week : month || week;
    }

    /// <returns>Whether the field says any, stepped or not.</returns>
    private static bool Read(string text, BitArray bits, int least, int most, string[] names)
    {
        var any = false;
        foreach (var part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var steps = part.Split('/');
            var ends = steps[0].Split('-');
            var step = steps.Length > 1 ? Number(steps[1], []) : 1;
            int first, last;
            if (ends[0] is "*" or "?")
            {
                (first, last) = (least, most);
                any |= step == 1;
            }
            else
            {
                first = Number(ends[0], names, least);
                last = ends.Length > 1 ? Number(ends[1], names, least) : steps.Length > 1 ? most : first;
            }
            if (steps.Length > 2 || ends.Length > 2 || step <= 0 || first < least || last > most || first > last)
                throw new FormatException($"no range of {least} to {most}: {part}");
            for (var value = first; value <= last; value += step)
                bits[value] = true;
        }
        return any;
    }

    private static int Number(string text, string[] names, int least = 0)
    {
        var name = Array.FindIndex(names, name => name.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (name >= 0)
            return name + least;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"failed to parse int from {text}");
    }

    private static TimeSpan Duration(string text)
    {
        if (!Durations().IsMatch(text))
            throw new FormatException($"failed to parse duration @every {text}");
        var total = TimeSpan.Zero;
        foreach (Match part in DurationParts().Matches(text))
            total += double.Parse(part.Groups[1].Value, CultureInfo.InvariantCulture) * part.Groups[2].Value switch
            {
                "h" => TimeSpan.FromHours(1),
                "m" => TimeSpan.FromMinutes(1),
                "s" => TimeSpan.FromSeconds(1),
                "ms" => TimeSpan.FromMilliseconds(1),
                "ns" => TimeSpan.Zero,
                _ => TimeSpan.FromMicroseconds(1),
            };
        return total;
    }

    [GeneratedRegex(@"^(?:CRON_)?TZ=(\S+)\s")]
    private static partial Regex Zone();

    [GeneratedRegex(@"^\+?(?:[0-9]+\.?[0-9]*(?:ns|us|µs|μs|ms|s|m|h))+\z")]
    private static partial Regex Durations();

    [GeneratedRegex(@"([0-9]+\.?[0-9]*)(ns|us|µs|μs|ms|s|m|h)")]
    private static partial Regex DurationParts();
}
