using System.Globalization;

namespace Slipway.Api.Cel;

/// <summary>
/// A value of the Common Expression Language (<see href="https://github.com/google/cel-spec/blob/master/doc/langdef.md"/>).
/// Immutable. An error is a value too, because <c>||</c>, <c>&amp;&amp;</c> and the macros can absorb it.
/// </summary>
public abstract class CelValue
{
    /// <summary>Its type, as far as the value shows it: lists and maps do not know what they hold.</summary>
    public abstract CelType Type { get; }

    /// <summary>Name of the value's type as <c>type()</c> gives it.</summary>
    public string TypeName => Type.Name;

    /// <summary>The value as an expression would write it; in errors.</summary>
    public abstract override string ToString();
}

/// <summary>The value <c>null</c>.</summary>
public sealed class CelNull : CelValue
{
    public static readonly CelNull Instance = new();

    private CelNull()
    {
    }

    public override CelType Type => CelType.Null;

    public override string ToString() => "null";
}

/// <summary>A truth value.</summary>
public sealed class CelBool : CelValue
{
    public static readonly CelBool True = new(true), False = new(false);

    private CelBool(bool value) => Value = value;

    public bool Value { get; }

    public override CelType Type => CelType.Bool;

    public static CelBool Of(bool value) => value ? True : False;

    public override string ToString() => Value ? "true" : "false";
}

/// <summary>A signed integer of 64 bits.</summary>
public sealed class CelInt(long value) : CelValue
{
    public long Value { get; } = value;

    public override CelType Type => CelType.Int;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>An unsigned integer of 64 bits.</summary>
public sealed class CelUint(ulong value) : CelValue
{
    public ulong Value { get; } = value;

    public override CelType Type => CelType.Uint;

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture) + "u";
}

/// <summary>A floating-point number of 64 bits.</summary>
/// <param name="value">The number.</param>
/// <param name="written">How the JSON document that it comes from writes it; null if it was computed.</param>
public sealed class CelDouble(double value, string? written = null) : CelValue
{
    public double Value { get; } = value;

    /// <summary>
    /// The number as its document writes it, which may have more digits than 64 bits hold: whoever only hands it on hands on these. Null if it was computed.
    /// </summary>
    public string? Written { get; } = written;

    public override CelType Type => CelType.Double;

    public override string ToString() => Value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => Value.ToString("R", CultureInfo.InvariantCulture),
    };
}

/// <summary>A text.</summary>
public sealed class CelString(string value) : CelValue
{
    private int length = -1;

    public string Value { get; } = value;

    /// <summary>Count of its Unicode characters.</summary>
    public int Length => length >= 0 ? length : length = CountRunes(Value);

    public override CelType Type => CelType.String;

    public override string ToString() => $"\"{Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static int CountRunes(string text)
    {
        var count = text.Length;
        for (var i = 0; i + 1 < text.Length; i++)
            if (char.IsHighSurrogate(text[i]) && char.IsLowSurrogate(text[i + 1])) count--;
        return count;
    }
}

/// <summary>A sequence of bytes.</summary>
public sealed class CelBytes(ReadOnlyMemory<byte> value) : CelValue
{
    public ReadOnlyMemory<byte> Value { get; } = value;

    public override CelType Type => CelType.Bytes;

    public override string ToString() => $"b\"{string.Concat(Value.ToArray().Select(b => $"\\x{b:x2}"))}\"";
}

/// <summary>A type as a value.</summary>
public sealed class CelTypeValue(CelType value) : CelValue
{
    public CelType Value { get; } = value;

    public override CelType Type => CelType.AnyType;

    public override string ToString() => Value.Name;
}

/// <summary>A value that may be absent.</summary>
public sealed class CelOptional : CelValue
{
    private static readonly CelType OptionalType = CelType.Optional(CelType.Dyn);

    public static readonly CelOptional None = new(null);

    private CelOptional(CelValue? value) => Value = value;

    /// <summary>The value; null if there is none.</summary>
    public CelValue? Value { get; }

    public override CelType Type => OptionalType;

    public static CelOptional Of(CelValue value) => new(value);

    public override string ToString() => Value is null ? "optional.none()" : $"optional.of({Value})";
}

/// <summary>What went wrong in an evaluation.</summary>
public class CelError(string message) : CelValue
{
    /// <summary>Said by an operator or function that has no signature for the types of its arguments.</summary>
    internal static readonly CelError NoOverload = new("no such overload");

    /// <summary>The same, with what was tried.</summary>
    internal static CelError NoOverloadFor(string what) => new($"no such overload: {what}");

    public string Message { get; } = message;

    public override CelType Type => CelType.Error;

    public override string ToString() => $"error({Message})";
}
