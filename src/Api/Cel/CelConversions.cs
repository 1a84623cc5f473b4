using System.Globalization;
using System.Text;

namespace Slipway.Api.Cel;

/// <summary>Conversions between types: the functions <c>int</c>, <c>uint</c>, <c>double</c>, <c>string</c> and <c>bool</c>.</summary>
internal static class CelConversions
{
    public static CelValue ToInt(CelValue value) => value switch
    {
        CelInt => value,
        CelUint { Value: <= long.MaxValue } u => new CelInt((long)u.Value),
        CelDouble { Value: > -9.223372036854775808e18 and < 9.223372036854775808e18 } d => new CelInt((long)d.Value),
        CelUint or CelDouble => new CelError($"{value} is out of range of int"),
        CelString s => long.TryParse(s.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? new CelInt(number)
            : new CelError($"{value} is no int"),
        _ => NoOverload("int", value),
    };

    public static CelValue ToUint(CelValue value) => value switch
    {
        CelUint => value,
        CelInt { Value: >= 0 } i => new CelUint((ulong)i.Value),
        CelDouble { Value: >= 0 and < 1.8446744073709551616e19 } d => new CelUint((ulong)d.Value),
        CelInt or CelDouble => new CelError($"{value} is out of range of uint"),
        CelString s => ulong.TryParse(s.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new CelUint(number)
            : new CelError($"{value} is no uint"),
        _ => NoOverload("uint", value),
    };

    public static CelValue ToDouble(CelValue value) => value switch
    {
        CelDouble => value,
        CelInt i => new CelDouble(i.Value),
        CelUint u => new CelDouble(u.Value),
        CelString s => double.TryParse(s.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? new CelDouble(number)
            : new CelError($"{value} is no double"),
        _ => NoOverload("double", value),
    };

    public static CelValue ToBool(CelValue value) => value switch
    {
        CelBool => value,
        CelString { Value: "true" or "True" or "TRUE" or "t" or "1" } => CelBool.True,
        CelString { Value: "false" or "False" or "FALSE" or "f" or "0" } => CelBool.False,
        CelString => new CelError($"{value} is no bool"),
        _ => NoOverload("bool", value),
    };

    public static CelValue ToText(CelValue value) => value switch
    {
        CelString => value,
        CelInt or CelBool or CelDouble => new CelString(value.ToString()),
        CelUint u => new CelString(u.Value.ToString(CultureInfo.InvariantCulture)),
        CelBytes b => new CelString(Encoding.UTF8.GetString(b.Value.Span)),
        _ => NoOverload("string", value),
    };

    private static CelError NoOverload(string function, CelValue value) => new($"no such overload: {function}({value.TypeName})");
}
