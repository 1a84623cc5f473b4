using System.Globalization;

namespace Slipway.Api.Kinds;

/// <summary>
/// Durations as flows write them: whole or decimal numbers with the units <c>ms</c>, <c>s</c>, <c>m</c>, <c>h</c> and
/// <c>d</c>, such as <c>90s</c> or <c>1h30m</c>.
/// </summary>
public static class FlowDuration
{
    /// <summary>What a duration looks like, for error messages.</summary>
    public const string Form = "must be a duration such as 30s, 1h30m or 3d";

    /// <summary>Reads a duration; false if the text is none.</summary>
    public static bool TryParse(string? text, out TimeSpan duration)
    {
        duration = default;
        if (string.IsNullOrEmpty(text) || text.Length > 32)
            return false;
        double seconds = 0;
        for (var at = 0; at < text.Length;)
        {
            var start = at;
            while (at < text.Length && (char.IsAsciiDigit(text[at]) || text[at] == '.'))
                at++;
            if (!double.TryParse(text.AsSpan(start, at - start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number))
                return false;
            start = at;
            while (at < text.Length && char.IsAsciiLetter(text[at]))
                at++;
            double? unit = text[start..at] switch
            {
                "ms" => 0.001,
                "s" => 1,
                "m" => 60,
                "h" => 3600,
                "d" => 86400,
                _ => null,
            };
            if (unit is null)
                return false;
            seconds += number * unit.Value;
        }

        if (seconds > 3650d * 86400)
            return false;
        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
