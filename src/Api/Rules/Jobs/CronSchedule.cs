using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Api.Rules.Jobs;

/// <summary>
/// The grammar of cron schedules: five fields, or a macro such as <c>@daily</c>
/// (<see href="https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax"/>).
/// </summary>
public static partial class CronSchedule
{
    private sealed record Field(int Least, int Most, string[] Names);

    private static readonly Field[] Fields =
    [
        new(0, 59, []),
        new(0, 23, []),
        new(1, 31, []),
        new(1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]),
        new(0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]),
    ];

    /// <summary>What is wrong with a schedule, in the words of the parser that Kubernetes uses; null if nothing is.</summary>
    public static string? Error(string schedule)
    {
        if (schedule.Length == 0) return "empty spec string";
        if (schedule.StartsWith("TZ=", StringComparison.Ordinal) || schedule.StartsWith("CRON_TZ=", StringComparison.Ordinal))
        {
            var space = schedule.IndexOf(' ');
            if (space < 0) return $"provided bad location {schedule[(schedule.IndexOf('=') + 1)..]}: unknown time zone";
            schedule = schedule[(space + 1)..].Trim();
        }
        if (schedule.StartsWith('@')) return MacroError(schedule);
        var parts = schedule.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != Fields.Length) return $"expected exactly {Fields.Length} fields, found {parts.Length}: [{string.Join(' ', parts)}]";
        for (var i = 0; i < parts.Length; i++)
            foreach (var range in parts[i].Split(',', StringSplitOptions.RemoveEmptyEntries))
                if (RangeError(range, Fields[i]) is { } error) return error;
        return null;
    }

    private static string? MacroError(string macro)
    {
        if (macro is "@yearly" or "@annually" or "@monthly" or "@weekly" or "@daily" or "@midnight" or "@hourly") return null;
        const string every = "@every ";
        if (!macro.StartsWith(every, StringComparison.Ordinal)) return $"unrecognized descriptor: {macro}";
        return Duration().IsMatch(macro.AsSpan(every.Length)) ? null : $"failed to parse duration {macro}: time: invalid duration \"{macro[every.Length..]}\"";
    }

    private static string? RangeError(string text, Field field)
    {
        var steps = text.Split('/');
        if (steps.Length > 2) return $"too many slashes: {text}";
        var ends = steps[0].Split('-');
        int start, end;
        if (ends[0] is "*" or "?")
        {
            (start, end) = (field.Least, field.Most);
        }
        else
        {
            if (ends.Length > 2) return $"too many hyphens: {text}";
            if (NumberError(ends[0], field, out start) is { } first) return first;
            end = start;
            if (ends.Length == 2 && NumberError(ends[1], field, out end) is { } last) return last;
            // With a step, a single number is where the range begins.
            if (ends.Length == 1 && steps.Length == 2) end = field.Most;
        }
        if (steps.Length == 2)
        {
            if (NumberError(steps[1], new(0, 0, []), out var step) is { } wrong) return wrong;
            if (step == 0) return $"step of range should be a positive number: {text}";
        }
        if (start < field.Least) return $"beginning of range ({start}) below minimum ({field.Least}): {text}";
        if (end > field.Most) return $"end of range ({end}) above maximum ({field.Most}): {text}";
        return start > end ? $"beginning of range ({start}) beyond end of range ({end}): {text}" : null;
    }

    private static string? NumberError(string text, Field field, out int number)
    {
        var named = Array.IndexOf(field.Names, text.ToLowerInvariant());
        if (named >= 0)
        {
            number = named + field.Least;
            return null;
        }
        if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)) return $"failed to parse int from {text}: strconv.Atoi: parsing \"{text}\": invalid syntax";
        return number < 0 ? $"negative number ({number}) not allowed: {text}" : null;
    }

    [GeneratedRegex(@"^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*\z")]
    private static partial Regex Duration();
}
