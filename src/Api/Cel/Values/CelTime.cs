using System.Globalization;
using System.Text.RegularExpressions;

namespace Slipway.Api.Cel;

/// <summary>A point in time, from year 1 to 9999, to the nanosecond.</summary>
/// <param name="seconds">Whole seconds since 1970-01-01T00:00:00Z, rounded down.</param>
/// <param name="nanos">Nanoseconds beyond, from 0 to 999,999,999.</param>
public sealed partial class CelTimestamp(long seconds, int nanos) : CelValue
{
    private const long FirstSecond = -62_135_596_800;
    private const long LastSecond = 253_402_300_799;
    private const long NanosPerSecond = 1_000_000_000;

    public long Seconds { get; } = seconds;

    public int Nanos { get; } = nanos;

    public override CelType Type => CelType.Timestamp;

    /// <summary>The time in UTC, to a ten-millionth of a second.</summary>
    public DateTimeOffset Time => DateTimeOffset.FromUnixTimeSeconds(Seconds).AddTicks(Nanos / 100);

    public static CelTimestamp Of(DateTimeOffset time)
    {
        var ticks = time.UtcTicks % TimeSpan.TicksPerSecond;
        return new CelTimestamp(time.ToUnixTimeSeconds(), (int)ticks * 100);
    }

    /// <summary>The time that a text names as in RFC 3339; null if it names none.</summary>
    public static CelTimestamp? Parse(string text)
    {
        var match = Shape().Match(text);
        if (!match.Success || !DateTime.TryParseExact(match.Groups[1].Value, "yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture, DateTimeStyles.None, out var local))
            return null;
        var fraction = match.Groups[2].Value;
        var nanos = fraction.Length == 0 ? 0 : int.Parse(fraction.PadRight(9, '0').AsSpan(0, 9), CultureInfo.InvariantCulture);
        var offset = 0L;
        if (match.Groups[3].Value is not ("Z" or "z"))
        {
            var (hours, minutes) = (Number(match.Groups[4].ValueSpan), Number(match.Groups[5].ValueSpan));
            if (hours > 23 || minutes > 59) return null;
            offset = (hours * 60 + minutes) * (match.Groups[3].Value[0] == '-' ? -60 : 60);
        }

        var seconds = (local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerSecond - offset;
        return seconds is >= FirstSecond and <= LastSecond ? new CelTimestamp(seconds, nanos) : null;
    }

    /// <summary>The time a duration later; an error beyond the range.</summary>
    public CelValue Plus(Int128 duration)
    {
        var total = (Int128)Seconds * NanosPerSecond + Nanos + duration;
        var seconds = total / NanosPerSecond;
        var nanos = total % NanosPerSecond;
        if (nanos < 0) (seconds, nanos) = (seconds - 1, nanos + NanosPerSecond);
        return seconds >= FirstSecond && seconds <= LastSecond ? new CelTimestamp((long)seconds, (int)nanos) : new CelError("timestamp overflow");
    }

    /// <summary>The duration since another time; an error if it is too long.</summary>
    public CelValue Minus(CelTimestamp other) => CelDuration.Of(((Int128)Seconds - other.Seconds) * NanosPerSecond + Nanos - other.Nanos);

    /// <summary>A point in time from whole seconds; an error beyond the range.</summary>
    public static CelValue OfSeconds(long seconds) => seconds is >= FirstSecond and <= LastSecond ? new CelTimestamp(seconds, 0) : new CelError("timestamp overflow");

    public int CompareTo(CelTimestamp other) => Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanos.CompareTo(other.Nanos);

    /// <summary>As in RFC 3339, in UTC, with as many digits as are needed.</summary>
    public string ToText()
    {
        var text = DateTimeOffset.FromUnixTimeSeconds(Seconds).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);
        return Nanos == 0 ? text + "Z" : $"{text}.{Nanos.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0')}Z";
    }

    public override string ToString() => $"timestamp(\"{ToText()}\")";

    private static long Number(ReadOnlySpan<char> digits) => long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,18}))?(Z|[+-](\d{2}):(\d{2}))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Shape();
}

/// <summary>A span of time, to the nanosecond; at most some 292 years.</summary>
/// <param name="nanos">Nanoseconds.</param>
public sealed class CelDuration(long nanos) : CelValue
{
    public long Nanos { get; } = nanos;

    public override CelType Type => CelType.Duration;

    /// <summary>A duration; an error if it is too long.</summary>
    public static CelValue Of(Int128 nanos) => nanos >= long.MinValue && nanos <= long.MaxValue ? new CelDuration((long)nanos) : new CelError("duration overflow");

    /// <summary>The duration that a text names, such as <c>1h30m</c> or <c>-1.5s</c>; null if it names none.</summary>
    public static CelDuration? Parse(string text)
    {
        var rest = text.AsSpan();
        var isNegative = rest.Length > 0 && rest[0] == '-';
        if (rest.Length > 0 && rest[0] is '-' or '+') rest = rest[1..];
        if (rest is "0") return new CelDuration(0);
        if (rest.Length == 0) return null;
        Int128 total = 0;
        while (rest.Length > 0)
        {
            var length = 0;
            while (length < rest.Length && (char.IsAsciiDigit(rest[length]) || rest[length] == '.')) length++;
            if (!TryNumber(rest[..length], out var number, out var scale)) return null;
            rest = rest[length..];
            length = 0;
            while (length < rest.Length && !char.IsAsciiDigit(rest[length]) && rest[length] != '.') length++;
            long unit = rest[..length] switch
            {
                "ns" => 1,
                "us" or "µs" or "μs" => 1_000,
                "ms" => 1_000_000,
                "s" => 1_000_000_000,
                "m" => 60_000_000_000,
                "h" => 3_600_000_000_000,
                _ => 0,
            };
            if (unit == 0) return null;
            total += number * unit / scale;
            if (total > (Int128)long.MaxValue + 1) return null;
            rest = rest[length..];
        }

        if (isNegative) total = -total;
        return total <= long.MaxValue ? new CelDuration((long)total) : null;
    }

    /// <summary>In seconds, as the specification writes it: <c>90s</c>, <c>0.5s</c>.</summary>
    public string ToText()
    {
        var magnitude = Int128.Abs(Nanos);
        var (seconds, rest) = (magnitude / 1_000_000_000, (long)(magnitude % 1_000_000_000));
        var fraction = rest == 0 ? "" : "." + rest.ToString("D9", CultureInfo.InvariantCulture).TrimEnd('0');
        return $"{(Nanos < 0 ? "-" : "")}{seconds.ToString(CultureInfo.InvariantCulture)}{fraction}s";
    }

    public override string ToString() => $"duration(\"{ToText()}\")";

    private static bool TryNumber(ReadOnlySpan<char> text, out Int128 number, out Int128 scale)
    {
        (number, scale) = (0, 1);
        var (digits, hasPoint) = (0, false);
        foreach (var character in text)
        {
            if (character == '.')
            {
                if (hasPoint) return false;
                hasPoint = true;
                continue;
            }

            digits++;
            // Digits beyond the nanosecond of an hour say nothing.
            if (hasPoint && scale >= 10_000_000_000_000) continue;
            if (number > 10_000_000_000_000_000_000) return false;
            number = number * 10 + (character - '0');
            if (hasPoint) scale *= 10;
        }

        return digits > 0;
    }
}
