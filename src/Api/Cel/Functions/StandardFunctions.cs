using Slipway.Api.Schemas;
using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>The functions of the standard library beside conversions and time.</summary>
internal static class StandardFunctions
{
    public static IReadOnlyList<CelOverload> All { get; } =
    [
        .. Size(CelType.String, v => ((CelString)v).Length),
        .. Size(CelType.Bytes, v => ((CelBytes)v).Value.Length),
        .. Size(CelType.List(T), v => v.Items().Count),
        .. Size(CelType.Map(CelType.Parameter("K"), CelType.Parameter("V")), v => ((CelMap)v).Count),
        Member("contains", "contains_string", [CelType.String, CelType.String], CelType.Bool, (_, a) => CelBool.Of(a[0].Text().Contains(a[1].Text(), StringComparison.Ordinal))),
        Member("startsWith", "starts_with_string", [CelType.String, CelType.String], CelType.Bool, (_, a) => CelBool.Of(a[0].Text().StartsWith(a[1].Text(), StringComparison.Ordinal))),
        Member("endsWith", "ends_with_string", [CelType.String, CelType.String], CelType.Bool, (_, a) => CelBool.Of(a[0].Text().EndsWith(a[1].Text(), StringComparison.Ordinal))),
        Global("matches", "matches", [CelType.String, CelType.String], CelType.Bool, Matches),
        Member("matches", "matches_string", [CelType.String, CelType.String], CelType.Bool, Matches),
    ];

    private static IEnumerable<CelOverload> Size(CelType type, Func<CelValue, int> count)
    {
        yield return Global("size", $"size_{type.Name}", [type], CelType.Int, (_, a) => new CelInt(count(a[0])));
        yield return Member("size", $"{type.Name}_size", [type], CelType.Int, (_, a) => new CelInt(count(a[0])));
    }

    private static CelValue Matches(CelFrame frame, ReadOnlySpan<CelValue> arguments) =>
        RegexFunctions.Error(frame, arguments[1].Text()) is { } problem
            ? new CelError($"error parsing regexp: {problem}")
            : CelBool.Of(Patterns.IsMatch(arguments[1].Text(), arguments[0].Text()));
}
