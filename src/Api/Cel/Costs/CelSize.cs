namespace Slipway.Api.Cel;

/// <summary>Bounds of the size of a value: characters, bytes, items or entries.</summary>
internal readonly record struct CelSize(ulong Min, ulong Max)
{
    public static readonly CelSize Unknown = new(0, ulong.MaxValue);

    public static CelSize Of(int size) => new((ulong)size, (ulong)size);

    public CelSize Plus(CelSize other) => new(CelCosts.Plus(Min, other.Min), CelCosts.Plus(Max, other.Max));

    public CelSize Times(CelSize other) => new(CelCosts.Times(Min, other.Min), CelCosts.Times(Max, other.Max));

    public CelSize Or(CelSize other) => new(Math.Min(Min, other.Min), Math.Max(Max, other.Max));

    /// <summary>What going through it costs.</summary>
    public CelCost Cost(double factor) => new(CelCosts.Times(Min, factor), CelCosts.Times(Max, factor));
}

/// <summary>What the estimate knows about a node.</summary>
/// <param name="Cost">Its cost.</param>
/// <param name="Size">Its size, where the expression says it; null where only its declaration could.</param>
/// <param name="Declared">The declared type that it has, with its greatest size, where it is read from a variable; else null.</param>
/// <param name="Item">Size of its items or values, where the expression says it.</param>
/// <param name="Type">Its type.</param>
internal sealed record CelEstimate(CelCost Cost, CelSize? Size, CelType? Declared, CelSize? Item, CelType Type)
{
    /// <summary>The number that stands in the text, at least zero; null for everything else.</summary>
    public ulong? Number { get; init; }

    /// <summary>Its size, or the widest bounds.</summary>
    public CelSize SizeOrUnknown => Size ?? OfType(Declared, Type);

    /// <summary>Size of the items that it has, or the widest bounds.</summary>
    public CelSize ItemSize => Item ?? (Declared is { Parameters: [.., var item] } ? OfType(item, item) : OfType(null, Type.Parameters is [.., var any] ? any : CelType.Dyn));

    private static CelSize OfType(CelType? declared, CelType type)
    {
        if (declared?.MaxSize is { } max) return new CelSize(0, (ulong)max);
        var isScalar = type.Kind is CelKind.Bool or CelKind.Int or CelKind.Uint or CelKind.Double or CelKind.Timestamp or CelKind.Duration or CelKind.Type or CelKind.Null;
        if (isScalar) return declared is null ? CelSize.Of(1) : CelSize.Of(0);
        return declared?.Kind == CelKind.Object ? CelSize.Of(0) : CelSize.Unknown;
    }
}
