using System.Collections.Frozen;

namespace Slipway.Api.Cel;

/// <summary>A list.</summary>
public class CelList(IReadOnlyList<CelValue> items) : CelValue
{
    public static readonly CelList Empty = new([]);

    public IReadOnlyList<CelValue> Items { get; } = items;

    public sealed override CelType Type => CelType.AnyList;

    /// <summary>This list with the items of another after its own; lists that hold each item once override it.</summary>
    internal virtual CelList Concat(CelList other, CelFrame frame)
    {
        if (other.Items.Count == 0) return this;
        var all = new List<CelValue>(Items.Count + other.Items.Count);
        all.AddRange(Items);
        all.AddRange(other.Items);
        return new CelList(all);
    }

    /// <summary>Whether another list has the same items; in any order where the order says nothing.</summary>
    internal virtual bool HasSameItems(CelList other, CelFrame? frame)
    {
        if (Items.Count != other.Items.Count) return false;
        for (var i = 0; i < Items.Count; i++)
            if (!CelEquality.AreEqual(Items[i], other.Items[i], frame)) return false;
        return true;
    }

    public override string ToString() => $"[{string.Join(", ", Items)}]";
}

/// <summary>A map, or an object. Keys are booleans, integers or texts; integers of either sign kind that are equal are the same key.</summary>
public class CelMap : CelValue
{
    private readonly IReadOnlyDictionary<CelValue, CelValue> entries;

    public CelMap(IEnumerable<KeyValuePair<CelValue, CelValue>> entries) => this.entries = entries.ToFrozenDictionary(CelEquality.Instance);

    /// <summary>A map from texts.</summary>
    public CelMap(IEnumerable<KeyValuePair<string, CelValue>> entries)
        : this(entries.Select(e => new KeyValuePair<CelValue, CelValue>(new CelString(e.Key), e.Value)))
    {
    }

    /// <summary>A map that overrides everything.</summary>
    private protected CelMap() => entries = FrozenDictionary<CelValue, CelValue>.Empty;

    /// <summary>A map of entries that nobody changes any more.</summary>
    internal CelMap(Dictionary<CelValue, CelValue> entries) => this.entries = entries;

    public override CelType Type => CelType.AnyMap;

    /// <summary>The keys, in no particular order.</summary>
    public virtual IEnumerable<CelValue> Keys => entries.Keys;

    public virtual int Count => entries.Count;

    /// <summary>The value of a key; null if the map does not have it.</summary>
    public virtual CelValue? Get(CelValue key) => entries.GetValueOrDefault(key);

    /// <summary>The value of a field; null if the map does not have it.</summary>
    internal virtual CelValue? GetField(string name) => Get(new CelString(name));

    public override string ToString() => $"{{{string.Join(", ", Keys.Select(k => $"{k}: {Get(k)}"))}}}";
}

/// <summary>A map from texts whose values are made when they are first read.</summary>
public sealed class CelLazyMap(IReadOnlyCollection<string> names, Func<string, CelValue> make) : CelMap
{
    private readonly Dictionary<string, CelValue> made = [];

    public override IEnumerable<CelValue> Keys => names.Select(n => new CelString(n));

    public override int Count => names.Count;

    public override CelValue? Get(CelValue key) => key is CelString { Value: var name } ? GetField(name) : null;

    internal override CelValue? GetField(string name)
    {
        if (!names.Contains(name))
            return null;
        if (!made.TryGetValue(name, out var value))
            made[name] = value = make(name);
        return value;
    }
}
