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
    public static DateTime Parse(string option, string text) =>
        DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK"],
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time.UtcDateTime
            : throw new CommandException($"{option} {text} is no time; write it as 2026-01-31, 2026-01-31T06:00:00Z or 2026-01-31T06:00:00+01:00", ExitCodes.Usage);
}
