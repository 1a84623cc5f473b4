using System.Text.Json.Nodes;
using Slipway.Api.Documents;

namespace Slipway.Api.Quota;

/// <summary>Amounts of resources by name, such as <c>cpu</c>, <c>requests.memory</c> or <c>count/jobs.batch</c>. Immutable; a name that is absent is not the same as zero.</summary>
public sealed class ResourceAmounts
{
    private readonly SortedDictionary<string, Quantity> _amounts;

    private ResourceAmounts(SortedDictionary<string, Quantity> amounts) => _amounts = amounts;

    /// <summary>No amounts.</summary>
    public static ResourceAmounts None { get; } = new(new(StringComparer.Ordinal));

    /// <summary>The names, in order.</summary>
    public IEnumerable<string> Names => _amounts.Keys;

    /// <summary>Whether there are none.</summary>
    public bool IsEmpty => _amounts.Count == 0;

    /// <summary>The amount of a name; null when it is absent.</summary>
    public Quantity? this[string name] => _amounts.TryGetValue(name, out var amount) ? amount : null;

    /// <summary>Makes amounts of pairs.</summary>
    public static ResourceAmounts Of(IEnumerable<KeyValuePair<string, Quantity>> amounts)
    {
        var sorted = new SortedDictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var (name, amount) in amounts) sorted[name] = amount;
        return new(sorted);
    }

    /// <summary>Makes amounts of pairs.</summary>
    public static ResourceAmounts Of(params ReadOnlySpan<(string Name, Quantity Amount)> amounts)
    {
        var sorted = new SortedDictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var (name, amount) in amounts) sorted[name] = amount;
        return new(sorted);
    }

    /// <summary>Reads a map of quantities; what is no quantity is left out.</summary>
    public static ResourceAmounts Read(JsonObject? map)
    {
        if (map is null || map.Count == 0) return None;
        var sorted = new SortedDictionary<string, Quantity>(StringComparer.Ordinal);
        foreach (var (name, value) in map)
            if (Quantity.TryParse(value.AsText() ?? value?.ToJsonString(), out var amount)) sorted[name] = amount;
        return new(sorted);
    }

    /// <summary>The map as a document has it.</summary>
    public JsonObject ToJson() => new(_amounts.Select(a => KeyValuePair.Create(a.Key, (JsonNode?)a.Value.ToString())));

    /// <summary>The sum; what only one side has counts as it is.</summary>
    public ResourceAmounts Plus(ResourceAmounts other) => Merge(other, (a, b) => a + b);

    /// <summary>The larger of both.</summary>
    public ResourceAmounts Max(ResourceAmounts other) => Merge(other, (a, b) => a >= b ? a : b);

    /// <summary>These amounts, those of <paramref name="other"/> where it has them.</summary>
    public ResourceAmounts With(ResourceAmounts other) => Merge(other, (_, b) => b);

    /// <summary>How much more this is than <paramref name="before"/>; never negative.</summary>
    public ResourceAmounts Increase(ResourceAmounts before) => Of(_amounts.Select(a =>
    {
        var more = before[a.Key] is { } was ? a.Value - was : a.Value;
        return KeyValuePair.Create(a.Key, more.Sign > 0 ? more : Quantity.Zero);
    }));

    /// <summary>Only what meets a condition.</summary>
    public ResourceAmounts Where(Func<string, Quantity, bool> condition) => Of(_amounts.Where(a => condition(a.Key, a.Value)));

    /// <inheritdoc/>
    public override string ToString() => string.Join(',', _amounts.Select(a => $"{a.Key}={a.Value}"));

    private ResourceAmounts Merge(ResourceAmounts other, Func<Quantity, Quantity, Quantity> both)
    {
        if (other.IsEmpty) return this;
        if (IsEmpty) return other;
        var merged = new SortedDictionary<string, Quantity>(_amounts, StringComparer.Ordinal);
        foreach (var (name, amount) in other._amounts) merged[name] = merged.TryGetValue(name, out var own) ? both(own, amount) : amount;
        return new(merged);
    }
}
