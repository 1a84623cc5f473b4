using static Slipway.Api.Cel.CelArguments;
using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Kubernetes' list library (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-list-library"/>).</summary>
internal static class ListFunctions
{
    /// <summary>The types whose values have an order.</summary>
    public static readonly CelType[] Comparable = [CelType.Int, CelType.Uint, CelType.Double, CelType.Bool, CelType.Duration, CelType.Timestamp, CelType.String, CelType.Bytes];

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        .. Comparable.Select(t => Member("isSorted", $"list_{t.Name}_is_sorted_bool", [CelType.List(t)], CelType.Bool, IsSorted)),
        .. Comparable.Select(t => Member("min", $"list_{t.Name}_min_{t.Name}", [CelType.List(t)], t, (_, a) => Extreme("min", a[0].Items(), -1))),
        .. Comparable.Select(t => Member("max", $"list_{t.Name}_max_{t.Name}", [CelType.List(t)], t, (_, a) => Extreme("max", a[0].Items(), 1))),
        Sum(CelType.Int, new CelInt(0)),
        Sum(CelType.Uint, new CelUint(0)),
        Sum(CelType.Double, new CelDouble(0)),
        Sum(CelType.Duration, new CelDuration(0)),
        Member("indexOf", "list_a_index_of_int", [CelType.List(T), T], CelType.Int, (f, a) => IndexOf(f, a[0].Items(), a[1], isLast: false)),
        Member("lastIndexOf", "list_a_last_index_of_int", [CelType.List(T), T], CelType.Int, (f, a) => IndexOf(f, a[0].Items(), a[1], isLast: true)),
    ];

    private static CelValue IsSorted(CelFrame frame, ReadOnlySpan<CelValue> arguments)
    {
        var items = arguments[0].Items();
        for (var i = 1; i < items.Count; i++)
        {
            if (CelEquality.Compare(items[i - 1], items[i]) is not { } order) return CelError.NoOverload;
            if (order > 0) return CelBool.False;
        }

        return CelBool.True;
    }

    private static CelValue Extreme(string function, IReadOnlyList<CelValue> items, int direction)
    {
        if (items.Count == 0) return new CelError($"{function} called on empty list");
        var found = items[0];
        foreach (var item in items.Skip(1))
        {
            if (CelEquality.Compare(item, found) is not { } order) return CelError.NoOverload;
            if (Math.Sign(order) == direction) found = item;
        }

        return found;
    }

    private static CelOverload Sum(CelType type, CelValue zero) => Member("sum", $"list_{type.Name}_sum_{type.Name}", [CelType.List(type)], type, (_, a) =>
    {
        // Of a list whose type is not known the first signature is called, whatever it holds.
        CelValue? total = null;
        foreach (var item in a[0].Items())
        {
            total = (total, item) switch
            {
                (null, CelInt or CelUint or CelDouble or CelDuration) => item,
                (CelInt x, CelInt y) => (Int128)x.Value + y.Value is var sum && sum >= long.MinValue && sum <= long.MaxValue ? new CelInt((long)sum) : new CelError("integer overflow"),
                (CelUint x, CelUint y) => x.Value <= ulong.MaxValue - y.Value ? new CelUint(x.Value + y.Value) : new CelError("unsigned integer overflow"),
                (CelDouble x, CelDouble y) => new CelDouble(x.Value + y.Value),
                (CelDuration x, CelDuration y) => CelDuration.Of((Int128)x.Nanos + y.Nanos),
                _ => CelError.NoOverload,
            };
            if (total is CelError) return total;
        }

        return total ?? zero;
    });

    private static CelInt IndexOf(CelFrame frame, IReadOnlyList<CelValue> items, CelValue value, bool isLast)
    {
        for (var n = 0; n < items.Count; n++)
        {
            var i = isLast ? items.Count - 1 - n : n;
            if (CelEquality.AreEqual(items[i], value, frame)) return new CelInt(i);
        }

        return new CelInt(-1);
    }
}
