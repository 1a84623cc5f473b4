using System.Globalization;
using System.Numerics;
using System.Text;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary><c>"...".format([...])</c> (<see href="https://pkg.go.dev/github.com/google/cel-go/ext#Strings"/>).</summary>
internal static class FormatFunction
{
    private const int DefaultPrecision = 6;
    private const int MaxPrecision = 1000;

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Member("format", "string_format", [CelType.String, CelType.AnyList], CelType.String, (f, a) => Format(f, a[0].Text(), a[1].Items())),
    ];

    private static CelValue Format(CelFrame frame, string format, IReadOnlyList<CelValue> arguments)
    {
        var made = new StringBuilder();
        var next = 0;
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                made.Append(format[at]);
                continue;
            }

            if (++at >= format.Length) return new CelError("unexpected end of string");
            if (format[at] == '%')
            {
                made.Append('%');
                continue;
            }

            int? precision = null;
            if (format[at] == '.')
            {
                var start = ++at;
                while (at < format.Length && char.IsAsciiDigit(format[at])) at++;
                if (!int.TryParse(format.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out var digits) || digits > MaxPrecision)
                    return new CelError("error while parsing precision: could not convert precision to integer");
                precision = digits;
            }

            if (at >= format.Length) return new CelError("unexpected end of string");
            if (format[at] is not ('s' or 'd' or 'f' or 'e' or 'b' or 'x' or 'X' or 'o'))
                return new CelError($"could not parse formatting clause: unrecognized formatting clause \"{format[at]}\"");
            if (next >= arguments.Count) return new CelError($"index {next} out of range");
            if (Clause(frame, format[at], precision ?? DefaultPrecision, arguments[next++]) is not { } text)
                return new CelError($"error during formatting: clause %{format[at]} cannot be used on {arguments[next - 1].TypeName}");
            made.Append(text);
            if (made.Length > StringFunctions.MaxLength) return new CelError("the text is too long");
        }

        return new CelString(made.ToString());
    }

    private static string? Clause(CelFrame frame, char clause, int precision, CelValue value) => (clause, value) switch
    {
        ('s', _) => Text(frame, value),
        ('d', CelInt i) => i.ToString(),
        ('d', CelUint u) => u.Value.ToString(CultureInfo.InvariantCulture),
        ('d' or 'f' or 'e', CelDouble { Value: var d }) when !double.IsFinite(d) => NotFinite(d),
        ('d', CelDouble { Value: var d }) => DoubleText(d),
        ('f', _) when Number(value) is { } number => double.IsFinite(number) ? RoundHalfEven(number, precision) : NotFinite(number),
        ('e', _) when Number(value) is { } number => number.ToString((precision == 0 ? "0" : "0." + new string('0', precision)) + "e+00", CultureInfo.InvariantCulture),
        ('b', CelBool b) => b.Value ? "1" : "0",
        ('b', CelInt i) => i.Value < 0 ? "-" + Binary((UInt128)(-(Int128)i.Value)) : Binary((UInt128)i.Value),
        ('b', CelUint u) => Binary(u.Value),
        ('o', CelInt i) => i.Value < 0 ? "-" + Octal((UInt128)(-(Int128)i.Value)) : Octal((UInt128)i.Value),
        ('o', CelUint u) => Octal(u.Value),
        ('x', CelString s) => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(s.Value)),
        ('X', CelString s) => Convert.ToHexString(Encoding.UTF8.GetBytes(s.Value)),
        ('x', CelBytes b) => Convert.ToHexStringLower(b.Value.Span),
        ('X', CelBytes b) => Convert.ToHexString(b.Value.Span),
        ('x' or 'X', CelInt i) => (i.Value < 0 ? "-" : "") + ((ulong)Math.Abs((decimal)i.Value)).ToString(clause.ToString(), CultureInfo.InvariantCulture),
        ('x' or 'X', CelUint u) => u.Value.ToString(clause.ToString(), CultureInfo.InvariantCulture),
        _ => null,
    };

    private static double? Number(CelValue value) => value switch
    {
        CelDouble d => d.Value,
        CelInt i => i.Value,
        CelUint u => u.Value,
        _ => null,
    };

    private static string? Text(CelFrame frame, CelValue value)
    {
        frame.Work(1);
        switch (value)
        {
            case CelString s:
                return s.Value;
            case CelBytes b:
                return Encoding.UTF8.GetString(b.Value.Span);
            case CelUint u:
                return u.Value.ToString(CultureInfo.InvariantCulture);
            case CelDouble d:
                return double.IsFinite(d.Value) ? DoubleText(d.Value) : NotFinite(d.Value);
            case CelTimestamp t:
                return t.ToText();
            case CelDuration d:
                return d.ToText();
            case CelList list:
                var items = list.Items.Select(i => Text(frame, i)).ToList();
                return items.Contains(null) ? null : $"[{string.Join(", ", items)}]";
            case CelMap map:
                var entries = map.Keys.Select(k => (Key: Text(frame, k), Value: Text(frame, map.Get(k)!))).OrderBy(e => e.Key, StringComparer.Ordinal).ToList();
                return entries.Exists(e => e.Key is null || e.Value is null) ? null : $"{{{string.Join(", ", entries.Select(e => $"{e.Key}: {e.Value}"))}}}";
            case CelNull or CelBool or CelInt or CelTypeValue:
                return value.ToString();
            default:
                return null;
        }
    }

    private static string DoubleText(double value) => CelConversions.DoubleText(value, 21);

    private static string NotFinite(double value) => double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";

    private static string Binary(UInt128 value) => value.ToString("b", CultureInfo.InvariantCulture);

    private static string Octal(UInt128 value)
    {
        var digits = new StringBuilder();
        do
        {
            digits.Insert(0, (char)('0' + (int)(value & 7)));
            value >>= 3;
        }
        while (value > 0);
        return digits.ToString();
    }

    /// <summary>Exact, as the binary value demands: 1.2345 is a little less than it seems.</summary>
    private static string RoundHalfEven(double value, int precision)
    {
        var bits = BitConverter.DoubleToInt64Bits(Math.Abs(value));
        var exponent = (int)(bits >> 52);
        var mantissa = new BigInteger(exponent == 0 ? bits & ((1L << 52) - 1) : (bits & ((1L << 52) - 1)) | (1L << 52));
        exponent = Math.Max(exponent, 1) - 1075;
        var scaled = mantissa * BigInteger.Pow(10, precision);
        if (exponent >= 0)
        {
            scaled <<= exponent;
        }
        else
        {
            var unit = BigInteger.One << -exponent;
            scaled = BigInteger.DivRem(scaled, unit, out var rest);
            var order = (rest * 2).CompareTo(unit);
            if (order > 0 || (order == 0 && !scaled.IsEven)) scaled++;
        }

        var digits = scaled.ToString(CultureInfo.InvariantCulture).PadLeft(precision + 1, '0');
        var sign = double.IsNegative(value) ? "-" : "";
        return precision == 0 ? sign + digits : $"{sign}{digits[..^precision]}.{digits[^precision..]}";
    }
}
