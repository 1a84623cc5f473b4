using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Values that may be absent.</summary>
internal static class OptionalFunctions
{
    private static readonly CelType OptionalOfT = CelType.Optional(T);

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Global("optional.of", "optional_of", [T], OptionalOfT, (_, a) => CelOptional.Of(a[0])),
        Global("optional.ofNonZeroValue", "optional_ofNonZeroValue", [T], OptionalOfT, (_, a) => IsZero(a[0]) ? CelOptional.None : CelOptional.Of(a[0])),
        Global("optional.none", "optional_none", [], OptionalOfT, (_, _) => CelOptional.None),
        Global("optional.unwrap", "optional_unwrap", [CelType.List(OptionalOfT)], CelType.List(T), Unwrap),
        Member("unwrapOpt", "optional_unwrapOpt", [CelType.List(OptionalOfT)], CelType.List(T), Unwrap),
        Member("first", "list_first", [CelType.List(T)], OptionalOfT, (_, a) => a[0].Items() is [var first, ..] ? CelOptional.Of(first) : CelOptional.None),
        Member("last", "list_last", [CelType.List(T)], OptionalOfT, (_, a) => a[0].Items() is [.., var last] ? CelOptional.Of(last) : CelOptional.None),
        Member("hasValue", "optional_hasValue", [OptionalOfT], CelType.Bool, (_, a) => CelBool.Of(Value(a[0]) is not null)),
        Member("value", "optional_value", [OptionalOfT], T, (_, a) => Value(a[0]) ?? new CelError("optional.none() dereference")),
        Member("or", "optional_or_optional", [OptionalOfT, OptionalOfT], OptionalOfT, (_, a) => Value(a[0]) is null ? a[1] : a[0]),
        Member("orValue", "optional_orValue_value", [OptionalOfT, T], T, (_, a) => Value(a[0]) ?? a[1]),
    ];

    private static CelValue? Value(CelValue optional) => ((CelOptional)optional).Value;

    private static CelValue Unwrap(CelFrame frame, ReadOnlySpan<CelValue> arguments)
    {
        var values = new List<CelValue>();
        foreach (var item in arguments[0].Items())
        {
            if (item is not CelOptional optional) return CelError.NoOverload;
            if (optional.Value is not null) values.Add(optional.Value);
        }

        return new CelList(values);
    }

    private static bool IsZero(CelValue value) => value switch
    {
        CelNull => true,
        CelBool b => !b.Value,
        CelInt i => i.Value == 0,
        CelUint u => u.Value == 0,
        CelDouble d => d.Value == 0,
        CelString s => s.Value.Length == 0,
        CelBytes b => b.Value.Length == 0,
        CelList l => l.Items.Count == 0,
        CelMap m => m.Count == 0,
        CelDuration d => d.Nanos == 0,
        CelTimestamp t => t is { Seconds: 0, Nanos: 0 },
        CelOptional o => o.Value is null,
        _ => false,
    };
}
