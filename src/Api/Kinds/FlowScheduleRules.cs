namespace Slipway.Api.Kinds;

/// <summary>Rules of a flow's schedule, so that a wrong one is refused although schedules are not acted on yet.</summary>
internal static class FlowScheduleRules
{
    private static readonly (string Name, int Least, int Most, string[] Names)[] Fields =
    [
        ("minute", 0, 59, []),
        ("hour", 0, 23, []),
        ("day of month", 1, 31, []),
        ("month", 1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        ("day of week", 0, 7, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];

    public static void Check(FlowSchedule schedule, List<StatusCause> causes)
    {
        if (schedule.Cron is not ("@hourly" or "@daily" or "@weekly" or "@monthly" or "@yearly") && Problem(schedule.Cron) is { } problem)
            causes.Add(StatusCause.Invalid("spec.schedule.cron", $"\"{schedule.Cron}\"", problem));
        if (schedule.TimeZone is { } zone && !IsZoneName(zone))
            causes.Add(StatusCause.Invalid("spec.schedule.timeZone", $"\"{zone}\"", "must be an IANA time zone such as Europe/Berlin"));
    }

    private static string? Problem(string cron)
    {
        var parts = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length)
            return $"must have five fields (minute, hour, day of month, month, day of week), not {parts.Length}";
        for (var i = 0; i < parts.Length; i++)
        {
            var (name, least, most, names) = Fields[i];
            foreach (var range in parts[i].Split(','))
            {
                var step = range.Split('/');
                if (step.Length > 2 || (step.Length == 2 && !(int.TryParse(step[1], out var by) && by > 0)))
                    return $"{name}: {range} has no step that is a number greater than 0";
                if (step[0] == "*")
                    continue;
                var ends = step[0].Split('-');
                if (ends.Length > 2 || ends.Any(e => Number(e, least, names) is not { } n || n < least || n > most))
                    return $"{name}: {range} must be *, a number from {least} to {most}, or a range of them";
            }
        }

        return null;
    }

    private static int? Number(string text, int least, string[] names)
    {
        var named = Array.IndexOf(names, text.ToLowerInvariant());
        return named >= 0 ? named + least : int.TryParse(text, out var number) ? number : null;
    }

    /// <summary>By its form alone: which zones exist is a matter of the machine that will act on it.</summary>
    private static bool IsZoneName(string zone) =>
        zone.Length is > 0 and < 64 && char.IsAsciiLetter(zone[0]) && zone.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-' or '+');
}
