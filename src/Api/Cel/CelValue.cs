using System.Collections.Frozen;
using System.Globalization;

namespace Slipway.Api.Cel;

/// <summary>
/// A value of the Common Expression Language (<see href="https://github.com/google/cel-spec/blob/master/doc/langdef.md"/>).
/// Immutable. An error is a value too, because <c>||</c>, <c>&amp;&amp;</c> and the macros can absorb it.
/// </summary>
public abstract class CelValue
{
    /// <summary>Name of the value's type as <c>type()</c> gives it.</summary>
    public abstract string TypeName { get; }

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

    public override string TypeName => "null_type";

    public override string ToString() => "null";
}

/// <summary>A truth value.</summary>
public sealed class CelBool : CelValue
{
    public static readonly CelBool True = new(true), False = new(false);

    private CelBool(bool value) => Value = value;

    public bool Value { get; }

    public override string TypeName => "bool";

    public static CelBool Of(bool value) => value ? True : False;

    public override string ToString() => Value ? "true" : "false";
}

/// <summary>A signed integer of 64 bits.</summary>
public sealed class CelInt(long value) : CelValue
{
    public long Value { get; } = value;

    public override string TypeName => "int";

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);
}

/// <summary>An unsigned integer of 64 bits.</summary>
public sealed class CelUint(ulong value) : CelValue
{
    public ulong Value { get; } = value;

    public override string TypeName => "uint";

    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture) + "u";
}

/// <summary>A floating-point number of 64 bits.</summary>
public sealed class CelDouble(double value) : CelValue
{
    public double Value { get; } = value;

    public override string TypeName => "double";

    public override string ToString() => Value.ToString("R", CultureInfo.InvariantCulture);
}

/// <summary>A text.</summary>
public sealed class CelString(string value) : CelValue
{
    public string Value { get; } = value;

    public override string TypeName => "string";

    public override string ToString() => $"\"{Value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";
}

/// <summary>A sequence of bytes.</summary>
public sealed class CelBytes(ReadOnlyMemory<byte> value) : CelValue
{
    public ReadOnlyMemory<byte> Value { get; } = value;

    public override string TypeName => "bytes";

    public override string ToString() => $"b\"{string.Concat(Value.ToArray().Select(b => $"\\x{b:x2}"))}\"";
}

/// <summary>A list.</summary>
public sealed class CelList(IReadOnlyList<CelValue> items) : CelValue
{
    public IReadOnlyList<CelValue> Items { get; } = items;

    public override string TypeName => "list";

    public override string ToString() => $"[{string.Join(", ", Items)}]";
}

/// <summary>A map. Keys are booleans, integers or texts; integers of either sign kind that are equal are the same key.</summary>
public class CelMap : CelValue
{
    private readonly FrozenDictionary<CelValue, CelValue> entries;

    public CelMap(IEnumerable<KeyValuePair<CelValue, CelValue>> entries) => this.entries = entries.ToFrozenDictionary(CelEquality.Instance);

    /// <summary>A map from texts.</summary>
    public CelMap(IEnumerable<KeyValuePair<string, CelValue>> entries)
        : this(entries.Select(e => new KeyValuePair<CelValue, CelValue>(new CelString(e.Key), e.Value)))
    {
    }

    public sealed override string TypeName => "map";

    /// <summary>The keys, in no particular order.</summary>
    public virtual IEnumerable<CelValue> Keys => entries.Keys;

    public virtual int Count => entries.Count;

    /// <summary>The value of a key; null if the map does not have it.</summary>
    public virtual CelValue? Get(CelValue key) => entries.GetValueOrDefault(key);

    public override string ToString() => $"{{{string.Join(", ", Keys.Select(k => $"{k}: {Get(k)}"))}}}";
}

/// <summary>A map from texts whose values are made when they are first read.</summary>
public sealed class CelLazyMap(IReadOnlyCollection<string> names, Func<string, CelValue> make) : CelMap(Enumerable.Empty<KeyValuePair<CelValue, CelValue>>())
{
    private readonly Dictionary<string, CelValue> made = [];

    public override IEnumerable<CelValue> Keys => names.Select(n => new CelString(n));

    public override int Count => names.Count;

    public override CelValue? Get(CelValue key)
    {
        if (key is not CelString { Value: var name } || !names.Contains(name))
            return null;
        if (!made.TryGetValue(name, out var value))
            made[name] = value = make(name);
        return value;
    }
}

/// <summary>What went wrong in an evaluation.</summary>
public sealed class CelError(string message) : CelValue
{
    public string Message { get; } = message;

    public override string TypeName => "error";

    public override string ToString() => $"error({Message})";
}
