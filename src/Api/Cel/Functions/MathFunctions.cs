using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Mathematics (<see href="https://pkg.go.dev/github.com/google/cel-go/ext#Math"/>); Kubernetes does not have it.</summary>
internal static class MathFunctions
{
    private const int MaxArguments = 10;

    private static readonly CelType Int = CelType.Int, Uint = CelType.Uint, Double = CelType.Double;

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        .. Extreme("math.greatest", 1),
        .. Extreme("math.least", -1),
        Real("math.ceil", Math.Ceiling),
        Real("math.floor", Math.Floor),
        Real("math.round", d => Math.Round(d, MidpointRounding.AwayFromZero)),
        Real("math.trunc", Math.Truncate),
        Test("math.isNaN", double.IsNaN),
        Test("math.isInf", double.IsInfinity),
        Test("math.isFinite", double.IsFinite),
        Global("math.sqrt", "math_sqrt_double", [Double], Double, (_, a) => new CelDouble(Math.Sqrt(D(a[0])))),
        Global("math.sqrt", "math_sqrt_int", [Int], Double, (_, a) => new CelDouble(Math.Sqrt(I(a[0])))),
        Global("math.sqrt", "math_sqrt_uint", [Uint], Double, (_, a) => new CelDouble(Math.Sqrt(U(a[0])))),
        Global("math.abs", "math_abs_int", [Int], Int, (_, a) => I(a[0]) == long.MinValue ? new CelError("integer overflow") : new CelInt(Math.Abs(I(a[0])))),
        Global("math.abs", "math_abs_uint", [Uint], Uint, (_, a) => a[0]),
        Global("math.abs", "math_abs_double", [Double], Double, (_, a) => new CelDouble(Math.Abs(D(a[0])))),
        Global("math.sign", "math_sign_int", [Int], Int, (_, a) => new CelInt(Math.Sign(I(a[0])))),
        Global("math.sign", "math_sign_uint", [Uint], Uint, (_, a) => new CelUint(U(a[0]) > 0 ? 1UL : 0)),
        Global("math.sign", "math_sign_double", [Double], Double, (_, a) => double.IsNaN(D(a[0])) ? a[0] : new CelDouble(Math.Sign(D(a[0])))),
        .. Bits("math.bitAnd", (a, b) => a & b),
        .. Bits("math.bitOr", (a, b) => a | b),
        .. Bits("math.bitXor", (a, b) => a ^ b),
        Global("math.bitNot", "math_bitNot_int", [Int], Int, (_, a) => new CelInt(~I(a[0]))),
        Global("math.bitNot", "math_bitNot_uint", [Uint], Uint, (_, a) => new CelUint(~U(a[0]))),
        .. Shift("math.bitShiftLeft", (value, by) => value << by),
        .. Shift("math.bitShiftRight", (value, by) => value >> by),
    ];

    private static IEnumerable<CelOverload> Extreme(string function, int direction)
    {
        CelType[] numbers = [Int, Uint, Double];
        foreach (var type in numbers)
        {
            yield return Global(function, $"{function}_{type.Name}", [type], type, (_, a) => a[0]);
            yield return Global(function, $"{function}_list_{type.Name}", [CelType.List(type)], type, (_, a) => Pick([.. a[0].Items()], direction));
            foreach (var other in numbers)
                yield return Global(function, $"{function}_{type.Name}_{other.Name}", [type, other], type == other ? type : CelType.Dyn, (_, a) => Pick(a, direction));
        }

        for (var count = 3; count <= MaxArguments; count++)
            yield return Global(function, $"{function}_{count}", [.. Enumerable.Repeat(CelType.Dyn, count)], CelType.Dyn, (_, a) => Pick(a, direction));
    }

    private static CelValue Pick(ReadOnlySpan<CelValue> values, int direction)
    {
        if (values.Length == 0) return new CelError("math.@min(list) argument must not be empty");
        var found = values[0];
        foreach (var value in values)
        {
            if (value is not (CelInt or CelUint or CelDouble)) return CelError.NoOverload;
            if (CelEquality.Compare(value, found) is { } order && Math.Sign(order) == direction) found = value;
        }

        return found;
    }

    private static CelOverload Real(string function, Func<double, double> map) => Global(function, function, [Double], Double, (_, a) => new CelDouble(map(D(a[0]))));

    private static CelOverload Test(string function, Func<double, bool> test) => Global(function, function, [Double], CelType.Bool, (_, a) => CelBool.Of(test(D(a[0]))));

    private static IEnumerable<CelOverload> Bits(string function, Func<ulong, ulong, ulong> map) =>
    [
        Global(function, $"{function}_int", [Int, Int], Int, (_, a) => new CelInt((long)map((ulong)I(a[0]), (ulong)I(a[1])))),
        Global(function, $"{function}_uint", [Uint, Uint], Uint, (_, a) => new CelUint(map(U(a[0]), U(a[1])))),
    ];

    private static IEnumerable<CelOverload> Shift(string function, Func<ulong, int, ulong> map) =>
    [
        Global(function, $"{function}_int", [Int, Int], Int, (_, a) => Shifted(I(a[1]), by => new CelInt((long)by), (ulong)I(a[0]), map)),
        Global(function, $"{function}_uint", [Uint, Int], Uint, (_, a) => Shifted(I(a[1]), by => new CelUint(by), U(a[0]), map)),
    ];

    private static CelValue Shifted(long by, Func<ulong, CelValue> make, ulong value, Func<ulong, int, ulong> map) => by switch
    {
        < 0 => new CelError($"math.bitShift negative offset: {by}"),
        > 63 => make(0),
        _ => make(map(value, (int)by)),
    };

    private static long I(CelValue value) => ((CelInt)value).Value;

    private static ulong U(CelValue value) => ((CelUint)value).Value;

    private static double D(CelValue value) => ((CelDouble)value).Value;
}
