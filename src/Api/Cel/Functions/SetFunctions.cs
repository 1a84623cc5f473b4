using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Lists as sets (<see href="https://pkg.go.dev/github.com/google/cel-go/ext#Sets"/>).</summary>
internal static class SetFunctions
{
    private static readonly CelType ListOfT = CelType.List(T);

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Global("sets.contains", "list_sets_contains_list", [ListOfT, ListOfT], CelType.Bool, (f, a) => CelBool.Of(Contains(f, a[0].Items(), a[1].Items()))),
        Global("sets.equivalent", "list_sets_equivalent_list", [ListOfT, ListOfT], CelType.Bool, (f, a) =>
            CelBool.Of(Contains(f, a[0].Items(), a[1].Items()) && Contains(f, a[1].Items(), a[0].Items()))),
        Global("sets.intersects", "list_sets_intersects_list", [ListOfT, ListOfT], CelType.Bool, Intersects),
    ];

    private static bool Contains(CelFrame frame, IReadOnlyList<CelValue> items, IReadOnlyList<CelValue> wanted) => wanted.All(w => Has(frame, items, w));

    private static CelBool Intersects(CelFrame frame, ReadOnlySpan<CelValue> arguments)
    {
        var (a, b) = (arguments[0].Items(), arguments[1].Items());
        return CelBool.Of(a.Any(item => Has(frame, b, item)));
    }

    private static bool Has(CelFrame frame, IReadOnlyList<CelValue> items, CelValue value) => items.Any(i => CelEquality.AreEqual(i, value, frame));
}
