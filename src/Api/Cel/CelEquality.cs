namespace Slipway.Api.Cel;

/// <summary>Equality and order of values: numbers compare by their mathematical value across their types.</summary>
public sealed class CelEquality : IEqualityComparer<CelValue>
{
    public static readonly CelEquality Instance = new();

    private CelEquality()
    {
    }

    /// <inheritdoc/>
    public bool Equals(CelValue? a, CelValue? b) => (a, b) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (CelString x, CelString y) => x.Value == y.Value,
        (CelBool x, CelBool y) => x.Value == y.Value,
        (CelNull, CelNull) => true,
        (CelBytes x, CelBytes y) => x.Value.Span.SequenceEqual(y.Value.Span),
        (CelList x, CelList y) => x.Items.SequenceEqual(y.Items, this),
        (CelMap x, CelMap y) => x.Count == y.Count && x.Keys.All(k => y.Get(k) is { } other && Equals(x.Get(k), other)),
        _ => CompareNumbers(a, b) == 0,
    };

    /// <inheritdoc/>
    public int GetHashCode(CelValue value) => value switch
    {
        CelString s => s.Value.GetHashCode(StringComparison.Ordinal),
        CelBool b => b.Value ? 1 : 2,
        CelInt i => ((double)i.Value).GetHashCode(),
        CelUint u => ((double)u.Value).GetHashCode(),
        CelDouble d => d.Value.GetHashCode(),
        CelBytes b => b.Value.Length,
        CelList l => l.Items.Count,
        CelMap m => m.Count,
        _ => 0,
    };

    /// <summary>Order of two values; null where there is none: of different types, of lists and maps, of NaN.</summary>
    public static int? Compare(CelValue a, CelValue b) => (a, b) switch
    {
        (CelString x, CelString y) => CompareCodePoints(x.Value, y.Value),
        (CelBool x, CelBool y) => x.Value.CompareTo(y.Value),
        (CelBytes x, CelBytes y) => Math.Sign(x.Value.Span.SequenceCompareTo(y.Value.Span)),
        _ => CompareNumbers(a, b),
    };

    private static int? CompareNumbers(CelValue a, CelValue b) => (a, b) switch
    {
        (CelInt x, CelInt y) => x.Value.CompareTo(y.Value),
        (CelUint x, CelUint y) => x.Value.CompareTo(y.Value),
        (CelInt x, CelUint y) => x.Value < 0 ? -1 : ((ulong)x.Value).CompareTo(y.Value),
        (CelUint x, CelInt y) => y.Value < 0 ? 1 : x.Value.CompareTo((ulong)y.Value),
        (CelDouble x, CelDouble y) => double.IsNaN(x.Value) || double.IsNaN(y.Value) ? null : x.Value.CompareTo(y.Value),
        (CelDouble x, CelInt y) => -CompareIntegral(y.Value, x.Value),
        (CelInt x, CelDouble y) => CompareIntegral(x.Value, y.Value),
        (CelDouble x, CelUint y) => -CompareIntegral(y.Value, x.Value),
        (CelUint x, CelDouble y) => CompareIntegral(x.Value, y.Value),
        _ => null,
    };

    /// <summary>Exact also where the integer has more digits than a double.</summary>
    private static int? CompareIntegral(Int128 integer, double other)
    {
        if (double.IsNaN(other))
            return null;
        if (other >= 1e20)
            return -1;
        if (other <= -1e20)
            return 1;
        var floor = Math.Floor(other);
        var order = integer.CompareTo((Int128)floor);
        return order != 0 ? order : other > floor ? -1 : 0;
    }

    /// <summary>By Unicode code points; ordinal order by UTF-16 units differs beyond the basic plane.</summary>
    private static int CompareCodePoints(string x, string y)
    {
        using var a = x.EnumerateRunes().GetEnumerator();
        using var b = y.EnumerateRunes().GetEnumerator();
        while (true)
        {
            var (more, other) = (a.MoveNext(), b.MoveNext());
            if (!more || !other)
                return more.CompareTo(other);
            if (a.Current != b.Current)
                return a.Current.CompareTo(b.Current);
        }
    }
}
