namespace Slipway.Api.Cel;

/// <summary>Equality and order of values: numbers compare by their mathematical value across their types.</summary>
public sealed class CelEquality : IEqualityComparer<CelValue>
{
    public static readonly CelEquality Instance = new();

    private CelEquality()
    {
    }

    /// <inheritdoc/>
    public bool Equals(CelValue? a, CelValue? b) => ReferenceEquals(a, b) || (a is not null && b is not null && AreEqual(a, b, null));

    /// <summary>Whether two values are equal. Values of different types are not, numbers excepted.</summary>
    /// <param name="a">A value.</param>
    /// <param name="b">Another.</param>
    /// <param name="frame">The evaluation that does it, which pays for the work; null outside of one.</param>
    internal static bool AreEqual(CelValue a, CelValue b, CelFrame? frame)
    {
        frame?.Work(1);
        return (a, b) switch
        {
            (CelString x, CelString y) => x.Value == y.Value,
            (CelBool x, CelBool y) => x.Value == y.Value,
            (CelNull, CelNull) => true,
            (CelBytes x, CelBytes y) => x.Value.Span.SequenceEqual(y.Value.Span),
            (CelList x, CelList y) => x.HasSameItems(y, frame),
            (CelMap x, CelMap y) => AreEqual(x, y, frame),
            (CelTimestamp x, CelTimestamp y) => x.CompareTo(y) == 0,
            (CelDuration x, CelDuration y) => x.Nanos == y.Nanos,
            (CelTypeValue x, CelTypeValue y) => x.Value.Name == y.Value.Name,
            (CelOptional x, CelOptional y) => x.Value is null ? y.Value is null : y.Value is not null && AreEqual(x.Value, y.Value, frame),
            (CelOpaque x, CelOpaque y) => x.IsSame(y),
            _ => CompareNumbers(a, b) == 0,
        };
    }

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
        (CelTimestamp x, CelTimestamp y) => x.CompareTo(y),
        (CelDuration x, CelDuration y) => x.Nanos.CompareTo(y.Nanos),
        _ => CompareNumbers(a, b),
    };

    private static bool AreEqual(CelMap x, CelMap y, CelFrame? frame)
    {
        if (x.Count != y.Count) return false;
        foreach (var key in x.Keys)
            if (y.Get(key) is not { } other || !AreEqual(x.Get(key)!, other, frame)) return false;
        return true;
    }

    private static int? CompareNumbers(CelValue a, CelValue b) => (a, b) switch
    {
        (CelInt x, CelInt y) => x.Value.CompareTo(y.Value),
        (CelUint x, CelUint y) => x.Value.CompareTo(y.Value),
        (CelInt x, CelUint y) => x.Value < 0 ? -1 : ((ulong)x.Value).CompareTo(y.Value),
        (CelUint x, CelInt y) => y.Value < 0 ? 1 : x.Value.CompareTo((ulong)y.Value),
        (CelDouble x, CelDouble y) => CompareDoubles(x.Value, y.Value),
        // As in Kubernetes an integer is rounded to a double first.
        (CelDouble x, CelInt y) => CompareDoubles(x.Value, y.Value),
        (CelInt x, CelDouble y) => CompareDoubles(x.Value, y.Value),
        (CelDouble x, CelUint y) => CompareDoubles(x.Value, y.Value),
        (CelUint x, CelDouble y) => CompareDoubles(x.Value, y.Value),
        _ => null,
    };

    private static int? CompareDoubles(double x, double y) => double.IsNaN(x) || double.IsNaN(y) ? null : x.CompareTo(y);

    /// <summary>By Unicode code points; ordinal order by UTF-16 units differs beyond the basic plane.</summary>
    private static int CompareCodePoints(string x, string y)
    {
        var at = x.AsSpan().CommonPrefixLength(y);
        if (at == x.Length || at == y.Length) return x.Length.CompareTo(y.Length);
        var (a, b) = (x[at], y[at]);
        // Surrogates are of characters beyond all those that need none.
        return char.IsSurrogate(a) == char.IsSurrogate(b) ? a.CompareTo(b) : char.IsSurrogate(a) ? 1 : -1;
    }
}
