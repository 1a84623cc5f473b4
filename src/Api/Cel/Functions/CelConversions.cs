using System.Globalization;
using System.Text;
using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Conversions between types.</summary>
internal static class CelConversions
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        .. Conversion("int", CelType.Int, ToInt, CelType.Int, CelType.Uint, CelType.Double, CelType.String, CelType.Timestamp, CelType.Duration),
        .. Conversion("uint", CelType.Uint, ToUint, CelType.Uint, CelType.Int, CelType.Double, CelType.String),
        .. Conversion("double", CelType.Double, ToDouble, CelType.Double, CelType.Int, CelType.Uint, CelType.String),
        .. Conversion("bool", CelType.Bool, ToBool, CelType.Bool, CelType.String),
        .. Conversion("string", CelType.String, ToText, CelType.String, CelType.Bool, CelType.Int, CelType.Uint, CelType.Double, CelType.Bytes, CelType.Timestamp, CelType.Duration),
        .. Conversion("bytes", CelType.Bytes, v => v is CelString s ? new CelBytes(Encoding.UTF8.GetBytes(s.Value)) : v, CelType.Bytes, CelType.String),
        .. Conversion("timestamp", CelType.Timestamp, ToTimestamp, CelType.Timestamp, CelType.String, CelType.Int),
        .. Conversion("duration", CelType.Duration, ToDuration, CelType.Duration, CelType.String, CelType.Int),
        Global("type", "type", [T], CelType.TypeOf(T), (_, a) => new CelTypeValue(a[0].Type)),
        Global("dyn", "to_dyn", [T], CelType.Dyn, (_, a) => a[0]),
    ];

    public static CelValue ToInt(CelValue value) => value switch
    {
        CelInt => value,
        CelUint { Value: <= long.MaxValue } u => new CelInt((long)u.Value),
        CelDouble { Value: > -9.223372036854775808e18 and < 9.223372036854775808e18 } d => new CelInt((long)d.Value),
        CelUint or CelDouble => new CelError("integer overflow"),
        CelTimestamp t => new CelInt(t.Seconds),
        CelDuration d => new CelInt(d.Nanos),
        CelString s when long.TryParse(s.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) => new CelInt(number),
        _ => NoConversion(value, "int"),
    };

    /// <summary>A double as Go prints it: with an exponent where it would have too many digits before the point.</summary>
    /// <param name="value">The double.</param>
    /// <param name="most">Most digits before the point: 6 in Go's own texts, 21 where it writes JSON.</param>
    public static string DoubleText(double value, int most)
    {
        if (double.IsNaN(value)) return "NaN";
        if (double.IsInfinity(value)) return value > 0 ? "+Inf" : "-Inf";
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        var mark = text.IndexOf('E');
        var sign = text[0] == '-' ? "-" : "";
        var mantissa = (mark < 0 ? text : text[..mark]).TrimStart('-');
        var point = mantissa.IndexOf('.');
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var leading = digits.Length - digits.TrimStart('0').Length;
        digits = digits[leading..].TrimEnd('0');
        if (digits.Length == 0) return sign + "0";
        // The value is 0.digits times ten to the power of this.
        var power = (point < 0 ? mantissa.Length : point) - leading + (mark < 0 ? 0 : int.Parse(text.AsSpan(mark + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture));
        if (power < -3 || power > most)
        {
            var exponent = (power - 1).ToString("+00;-00", CultureInfo.InvariantCulture);
            return $"{sign}{digits[0]}{(digits.Length > 1 ? "." + digits[1..] : "")}e{exponent}";
        }

        if (power <= 0) return $"{sign}0.{new string('0', -power)}{digits}";
        return digits.Length <= power ? sign + digits.PadRight(power, '0') : $"{sign}{digits[..power]}.{digits[power..]}";
    }

    private static CelValue ToUint(CelValue value) => value switch
    {
        CelUint => value,
        CelInt { Value: >= 0 } i => new CelUint((ulong)i.Value),
        CelDouble { Value: >= 0 and < 1.8446744073709551616e19 } d => new CelUint((ulong)d.Value),
        CelInt or CelDouble => new CelError("unsigned integer overflow"),
        CelString s when ulong.TryParse(s.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => new CelUint(number),
        _ => NoConversion(value, "uint"),
    };

    private static CelValue ToDouble(CelValue value) => value switch
    {
        CelDouble => value,
        CelInt i => new CelDouble(i.Value),
        CelUint u => new CelDouble(u.Value),
        CelString s when ParseDouble(s.Value) is { } number => new CelDouble(number),
        _ => NoConversion(value, "double"),
    };

    private static double? ParseDouble(string text) => text.TrimStart('+', '-').ToLowerInvariant() switch
    {
        "nan" => double.NaN,
        "inf" or "infinity" => text.StartsWith('-') ? double.NegativeInfinity : double.PositiveInfinity,
        _ => double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            && double.IsFinite(number) ? number : null,
    };

    private static CelValue ToBool(CelValue value) => value switch
    {
        CelBool => value,
        CelString { Value: "true" or "True" or "TRUE" or "t" or "1" } => CelBool.True,
        CelString { Value: "false" or "False" or "FALSE" or "f" or "0" } => CelBool.False,
        _ => NoConversion(value, "bool"),
    };

    private static CelValue ToText(CelValue value)
    {
        switch (value)
        {
            case CelUint u:
                return new CelString(u.Value.ToString(CultureInfo.InvariantCulture));
            case CelDouble d:
                return new CelString(DoubleText(d.Value, 6));
            case CelTimestamp t:
                return new CelString(t.ToText());
            case CelDuration d:
                return new CelString(d.ToText());
            case CelBytes b:
                try
                {
                    return new CelString(Strict.GetString(b.Value.Span));
                }
                catch (DecoderFallbackException)
                {
                    return new CelError("invalid UTF-8 in bytes, cannot convert to string");
                }

            case CelString:
                return value;
            default:
                return new CelString(value.ToString());
        }
    }

    private static CelValue ToTimestamp(CelValue value) => value switch
    {
        CelInt i => CelTimestamp.OfSeconds(i.Value),
        CelString s => (CelValue?)CelTimestamp.Parse(s.Value) ?? NoConversion(value, "google.protobuf.Timestamp"),
        _ => value,
    };

    private static CelValue ToDuration(CelValue value) => value switch
    {
        CelInt i => CelDuration.Of((Int128)i.Value * 1_000_000_000),
        CelString s => (CelValue?)CelDuration.Parse(s.Value) ?? NoConversion(value, "google.protobuf.Duration"),
        _ => value,
    };

    private static IEnumerable<CelOverload> Conversion(string function, CelType result, Func<CelValue, CelValue> convert, params CelType[] from) =>
        from.Select(type => Global(function, $"{type.Name}_to_{result.Name}", [type], result, (_, a) => convert(a[0])));

    private static CelError NoConversion(CelValue value, string type) => new CelError($"type conversion error from '{value.TypeName}' to '{type}'");
}
