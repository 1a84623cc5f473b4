using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Functions that make lists of lists (<see href="https://pkg.go.dev/github.com/google/cel-go/ext#Lists"/>).</summary>
internal static class ListTransforms
{
    /// <summary>What the macro <c>sortBy</c> calls with a list and with the key of each of its items; no expression can name it.</summary>
    public const string SortByKeys = "@sortByAssociatedKeys";

    private static readonly CelType ListOfT = CelType.List(T), Any = CelType.List(CelType.Dyn);

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Member("slice", "list_slice", [ListOfT, CelType.Int, CelType.Int], ListOfT, (_, a) => Slice(a[0].Items(), a[1].Int(), a[2].Int())),
        Member("flatten", "list_flatten", [CelType.List(ListOfT)], ListOfT, (f, a) => Flatten(f, a[0].Items(), 1)),
        Member("flatten", "list_flatten_int", [Any, CelType.Int], Any, (f, a) => Flatten(f, a[0].Items(), a[1].Int())),
        Global("lists.range", "lists_range", [CelType.Int], CelType.List(CelType.Int), (f, a) => Range(f, a[0].Int())),
        Member("reverse", "list_reverse", [ListOfT], ListOfT, (_, a) => new CelList([.. a[0].Items().Reverse()])),
        Member("distinct", "list_distinct", [ListOfT], ListOfT, (f, a) => Distinct(f, a[0].Items())),
        .. ListFunctions.Comparable.Select(t => Member("sort", $"list_{t.Name}_sort", [CelType.List(t)], CelType.List(t), (_, a) => Sorted(a[0].Items(), a[0].Items()))),
        .. ListFunctions.Comparable.Select(t => Member(SortByKeys, $"list_{t.Name}_sortByAssociatedKeys", [ListOfT, CelType.List(t)], ListOfT, (_, a) => Sorted(a[0].Items(), a[1].Items()))),
    ];

    private static CelValue Slice(IReadOnlyList<CelValue> items, long start, long end)
    {
        if (start < 0 || end < 0) return new CelError($"cannot slice({start}, {end}), negative indexes not supported");
        if (start > end) return new CelError($"cannot slice({start}, {end}), start index must be less than or equal to end index");
        if (end > items.Count) return new CelError($"cannot slice({start}, {end}), list is length {items.Count}");
        return new CelList([.. items.Skip((int)start).Take((int)(end - start))]);
    }

    private static CelValue Flatten(CelFrame frame, IReadOnlyList<CelValue> items, long depth)
    {
        if (depth < 0) return new CelError("level must be non-negative");
        var flat = new List<CelValue>();
        Add(items, depth);
        return new CelList(flat);

        void Add(IReadOnlyList<CelValue> from, long levels)
        {
            frame.Work(from.Count + 1);
            foreach (var item in from)
            {
                if (levels > 0 && item is CelList inner) Add(inner.Items, levels - 1);
                else flat.Add(item);
            }
        }
    }

    private static CelList Range(CelFrame frame, long count)
    {
        if (count <= 0) return CelList.Empty;
        frame.Work(count);
        return new CelList([.. Enumerable.Range(0, (int)count).Select(i => new CelInt(i))]);
    }

    private static CelList Distinct(CelFrame frame, IReadOnlyList<CelValue> items)
    {
        var kept = new List<CelValue>();
        foreach (var item in items)
            if (!kept.Exists(k => CelEquality.AreEqual(k, item, frame))) kept.Add(item);
        return new CelList(kept);
    }

    private static CelValue Sorted(IReadOnlyList<CelValue> items, IReadOnlyList<CelValue> keys)
    {
        if (keys.Count == 0) return CelList.Empty;
        // Of a list whose type is not known the first signature is called, whatever it holds.
        if (!ListFunctions.Comparable.Any(t => t.Kind == keys[0].Type.Kind)) return new CelError("list elements must be comparable");
        if (keys.Any(k => k.Type.Kind != keys[0].Type.Kind)) return new CelError("list elements must have the same type");
        // What is no number has no order; it comes first, so that there is one.
        var order = Comparer<CelValue>.Create((a, b) => CelEquality.Compare(a, b) ?? IsNaN(b).CompareTo(IsNaN(a)));
        return new CelList([.. Enumerable.Range(0, items.Count).OrderBy(i => keys[i], order).Select(i => items[i])]);
    }
    private static bool IsNaN(CelValue value) => value is CelDouble { Value: double.NaN };
}
