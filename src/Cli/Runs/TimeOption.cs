using System.Globalization;
using Slipway.Api.Kinds;

namespace Slipway.Cli.Runs;

/// <summary>Reads times on the command line.</summary>
internal static class TimeOption
{
    /// <summary>A time, or how long ago one was, such as <c>7d</c>; null for none.</summary>
    /// <exception cref="CommandException">The text is neither.</exception>
    public static DateTimeOffset? ParseSince(string option, string? text, DateTimeOffset now) =>
        text is null ? null : FlowDuration.TryParse(text, out var ago) ? now - ago : new DateTimeOffset(Parse(option, text), TimeSpan.Zero);

    /// <summary>A date or a time in UTC, or a time with its offset from it; in UTC.</summary>
    /// <param name="option">Name of the option, for the error.</param>
    /// <param name="text">What was given.</param>
    /// <exception cref="CommandException">The text is no time.</exception>
    public static DateTime Parse(string option, string text) => Parse(option, text, TimeZoneInfo.Utc);

    /// <summary>A date or a time in a zone, or a time with its offset from UTC; in UTC.</summary>
    /// <param name="option">Name of the option, for the error.</param>
    /// <param name="text">What was given.</param>
    /// <param name="zone">The zone of what has no offset.</param>
    /// <exception cref="CommandException">The text is no time.</exception>
    public static DateTime Parse(string option, string text, TimeZoneInfo zone)
    {
        if (DateTime.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
        {
            // Of a time that clocks repeat, the first; one that they skip is as long after midnight as it says.
            var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
            var ticks = local.Ticks - offset.Ticks;
            return ticks >= DateTime.MinValue.Ticks && ticks <= DateTime.MaxValue.Ticks
                ? new DateTime(ticks, DateTimeKind.Utc)
                : throw new CommandException($"{option} {text} in {zone.Id} is outside of the years 1 to 9999 in UTC; write another time", ExitCodes.Usage);
        }
        return DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime
            : throw new CommandException($"{option} {text} is no time; write it as 2026-01-31, 2026-01-31T06:00:00Z or 2026-01-31T06:00:00+01:00", ExitCodes.Usage);
    }

    /// <summary>The zone of a schedule.</summary>
    /// <param name="name">IANA name; UTC if null.</param>
    /// <exception cref="CommandException">This machine does not know it.</exception>
    public static TimeZoneInfo Zone(string? name)
    {
        try
        {
            return string.IsNullOrEmpty(name) ? TimeZoneInfo.Utc : TimeZoneInfo.FindSystemTimeZoneById(name);
        }
        catch (Exception e) when (e is TimeZoneNotFoundException or InvalidTimeZoneException)
        {
            throw new CommandException($"this machine does not know the schedule's time zone {name}; install its time zones (tzdata)");
        }
    }
}
