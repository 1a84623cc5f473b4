namespace Slipway.Api.Cel;

/// <summary>A value of a type that only functions know, such as an address or a quantity.</summary>
internal abstract class CelOpaque : CelValue
{
    /// <summary>Whether a value of any such type is equal to this one.</summary>
    public abstract bool IsSame(CelOpaque other);
}

/// <summary>A value of an opaque type that is what another value of .NET is.</summary>
/// <param name="type">The type.</param>
/// <param name="value">The value, whose equality and text are those of this one.</param>
internal sealed class CelOpaque<T>(CelType type, T value) : CelOpaque
    where T : notnull
{
    public T Value { get; } = value;

    public override CelType Type => type;

    public override bool IsSame(CelOpaque other) => other is CelOpaque<T> same && EqualityComparer<T>.Default.Equals(Value, same.Value);

    public override string ToString() => Value.ToString()!;
}
