using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>The operators (<see href="https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions"/>).</summary>
internal static class StandardOperators
{
    private static readonly CelType Key = CelType.Parameter("K"), Value = CelType.Parameter("V");
    private static readonly CelType ListOfT = CelType.List(T), MapOfKV = CelType.Map(Key, Value);
    private static readonly CelType[] Ordered = [CelType.Bool, CelType.Int, CelType.Uint, CelType.Double, CelType.String, CelType.Bytes, CelType.Timestamp, CelType.Duration];
    private static readonly CelType[] Numbers = [CelType.Int, CelType.Uint, CelType.Double];

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        // The planner has steps of its own for these: it does not evaluate all of their arguments first.
        Global(CelOperators.And, "logical_and", [CelType.Bool, CelType.Bool], CelType.Bool, Planned),
        Global(CelOperators.Or, "logical_or", [CelType.Bool, CelType.Bool], CelType.Bool, Planned),
        Global(CelOperators.Conditional, "conditional", [CelType.Bool, T, T], T, Planned),
        Global(CelOperators.Index, "index_list", [ListOfT, CelType.Int], T, Planned),
        Global(CelOperators.Index, "index_map", [MapOfKV, Key], Value, Planned),
        Global(CelOperators.Index, "optional_list_index_int", [CelType.Optional(ListOfT), CelType.Int], CelType.Optional(T), Planned),
        Global(CelOperators.Index, "optional_map_index_value", [CelType.Optional(MapOfKV), Key], CelType.Optional(Value), Planned),
        Global(CelOperators.OptionalIndex, "list_optindex_optional_int", [ListOfT, CelType.Int], CelType.Optional(T), Planned),
        Global(CelOperators.OptionalIndex, "map_optindex_optional_value", [MapOfKV, Key], CelType.Optional(Value), Planned),
        Global(CelOperators.OptionalIndex, "optional_list_optindex_optional_int", [CelType.Optional(ListOfT), CelType.Int], CelType.Optional(T), Planned),
        Global(CelOperators.OptionalIndex, "optional_map_optindex_optional_value", [CelType.Optional(MapOfKV), Key], CelType.Optional(Value), Planned),

        Global(CelOperators.Not, "logical_not", [CelType.Bool], CelType.Bool, (_, a) => CelBool.Of(!a[0].Bool())),
        Global(CelOperators.Negate, "negate_int64", [CelType.Int], CelType.Int, (_, a) => Integer(-(Int128)a[0].Int())),
        Global(CelOperators.Negate, "negate_double", [CelType.Double], CelType.Double, (_, a) => new CelDouble(-Double(a[0]))),
        Global(CelOperators.Equal, "equals", [T, T], CelType.Bool, (f, a) => CelBool.Of(CelEquality.AreEqual(a[0], a[1], f))),
        Global(CelOperators.NotEqual, "not_equals", [T, T], CelType.Bool, (f, a) => CelBool.Of(!CelEquality.AreEqual(a[0], a[1], f))),
        Global(CelOperators.In, "in_list", [T, ListOfT], CelType.Bool, InList),
        Global(CelOperators.In, "in_map", [Key, MapOfKV], CelType.Bool, (_, a) => CelBool.Of(((CelMap)a[1]).Get(a[0]) is not null)),

        .. Comparison(CelOperators.Less, "less", order => order < 0),
        .. Comparison(CelOperators.LessOrEqual, "less_equals", order => order <= 0),
        .. Comparison(CelOperators.Greater, "greater", order => order > 0),
        .. Comparison(CelOperators.GreaterOrEqual, "greater_equals", order => order >= 0),

        .. Arithmetic(CelOperators.Add, "add", (a, b) => a + b, (a, b) => a + b),
        Global(CelOperators.Add, "add_string", [CelType.String, CelType.String], CelType.String, (_, a) => new CelString(a[0].Text() + a[1].Text())),
        Global(CelOperators.Add, "add_bytes", [CelType.Bytes, CelType.Bytes], CelType.Bytes, (_, a) => new CelBytes((byte[])[.. Bytes(a[0]), .. Bytes(a[1])])),
        Global(CelOperators.Add, "add_list", [ListOfT, ListOfT], ListOfT, AddLists),
        Global(CelOperators.Add, "add_timestamp_duration", [CelType.Timestamp, CelType.Duration], CelType.Timestamp, (_, a) => ((CelTimestamp)a[0]).Plus(Nanos(a[1]))),
        Global(CelOperators.Add, "add_duration_timestamp", [CelType.Duration, CelType.Timestamp], CelType.Timestamp, (_, a) => ((CelTimestamp)a[1]).Plus(Nanos(a[0]))),
        Global(CelOperators.Add, "add_duration_duration", [CelType.Duration, CelType.Duration], CelType.Duration, (_, a) => CelDuration.Of(Nanos(a[0]) + Nanos(a[1]))),

        .. Arithmetic(CelOperators.Subtract, "subtract", (a, b) => a - b, (a, b) => a - b),
        Global(CelOperators.Subtract, "subtract_timestamp_timestamp", [CelType.Timestamp, CelType.Timestamp], CelType.Duration, (_, a) => ((CelTimestamp)a[0]).Minus((CelTimestamp)a[1])),
        Global(CelOperators.Subtract, "subtract_timestamp_duration", [CelType.Timestamp, CelType.Duration], CelType.Timestamp, (_, a) => ((CelTimestamp)a[0]).Plus(-Nanos(a[1]))),
        Global(CelOperators.Subtract, "subtract_duration_duration", [CelType.Duration, CelType.Duration], CelType.Duration, (_, a) => CelDuration.Of(Nanos(a[0]) - Nanos(a[1]))),

        .. Arithmetic(CelOperators.Multiply, "multiply", (a, b) => a * b, (a, b) => a * b),
        .. Arithmetic(CelOperators.Divide, "divide", (a, b) => b == 0 ? null : a / b, (a, b) => a / b, "division by zero"),
        .. Arithmetic(CelOperators.Modulo, "modulo", (a, b) => b == 0 ? null : a % b, null, "modulus by zero"),
    ];

    private static CelValue Planned(CelFrame frame, ReadOnlySpan<CelValue> arguments) => CelError.NoOverload;

    private static IEnumerable<CelOverload> Comparison(string function, string id, Func<int, bool> holds)
    {
        var pairs = Ordered.Select(t => (A: t, B: t)).Concat(Numbers.SelectMany(a => Numbers.Where(b => b != a).Select(b => (A: a, B: b))));
        foreach (var (a, b) in pairs)
        {
            yield return Global(function, $"{id}_{a.Name}_{b.Name}", [a, b], CelType.Bool, (_, values) =>
                CelBool.Of(CelEquality.Compare(values[0], values[1]) is { } order && holds(order)));
        }
    }

    private static IEnumerable<CelOverload> Arithmetic(
        string function, string id, Func<Int128, Int128, Int128?> whole, Func<double, double, double>? real, string problem = "")
    {
        yield return Global(function, $"{id}_int64", [CelType.Int, CelType.Int], CelType.Int, (_, a) =>
            whole(a[0].Int(), a[1].Int()) is not { } result ? new CelError(problem)
            // The remainder would fit, but the division that it belongs to does not.
            : function == CelOperators.Modulo && a[0].Int() == long.MinValue && a[1].Int() == -1 ? new CelError("integer overflow")
            : Integer(result));
        yield return Global(function, $"{id}_uint64", [CelType.Uint, CelType.Uint], CelType.Uint, (_, a) =>
            whole(Uint(a[0]), Uint(a[1])) is not { } result ? new CelError(problem)
            : result >= 0 && result <= ulong.MaxValue ? new CelUint((ulong)result) : new CelError("unsigned integer overflow"));
        if (real is not null)
            yield return Global(function, $"{id}_double", [CelType.Double, CelType.Double], CelType.Double, (_, a) => new CelDouble(real(Double(a[0]), Double(a[1]))));
    }

    private static CelValue Integer(Int128 value) => value >= long.MinValue && value <= long.MaxValue ? new CelInt((long)value) : new CelError("integer overflow");

    private static CelBool InList(CelFrame frame, ReadOnlySpan<CelValue> arguments)
    {
        foreach (var item in arguments[1].Items())
            if (CelEquality.AreEqual(arguments[0], item, frame)) return CelBool.True;
        return CelBool.False;
    }

    private static CelList AddLists(CelFrame frame, ReadOnlySpan<CelValue> arguments)
    {
        var (first, second) = ((CelList)arguments[0], (CelList)arguments[1]);
        frame.Work(first.Items.Count + second.Items.Count);
        return first.Concat(second, frame);
    }

    private static double Double(CelValue value) => ((CelDouble)value).Value;

    // Products of two 64-bit unsigned integers do not overflow 128 bits as unsigned, but could as signed.
    private static Int128 Uint(CelValue value) => ((CelUint)value).Value;

    private static ReadOnlySpan<byte> Bytes(CelValue value) => ((CelBytes)value).Value.Span;

    private static Int128 Nanos(CelValue value) => ((CelDuration)value).Nanos;
}
