using System.Collections.Immutable;
using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>Amounts of resources: of a pod's requests, or of what a node has.</summary>
internal sealed record Amounts
{
    // Before None, which is made with it.
    private static readonly ImmutableSortedDictionary<string, long> NoExtended =
        ImmutableSortedDictionary<string, long>.Empty.WithComparers(StringComparer.Ordinal);

    public static readonly Amounts None = new();

    /// <summary>Thousandths of a core.</summary>
    public long MilliCpu { get; init; }

    /// <summary>Bytes.</summary>
    public long Memory { get; init; }

    /// <summary>Bytes of ephemeral storage.</summary>
    public long Storage { get; init; }

    /// <summary>Number of pods.</summary>
    public long Pods { get; init; }

    /// <summary>Whole units of any other resource, such as <c>example.com/gpu</c> or <c>hugepages-2Mi</c>, by name.</summary>
    public ImmutableSortedDictionary<string, long> Extended { get; init; } = NoExtended;

    /// <summary>Reads a map of quantities. A malformed one counts as zero: the API server refuses it.</summary>
    public static Amounts Read(IEnumerable<KeyValuePair<string, string>>? quantities)
    {
        var sum = None;
        foreach (var (name, text) in quantities ?? [])
            if (Quantity.TryParse(text, out var amount))
                sum = sum.With(name, name == "cpu" ? amount.ToMilli() : amount.ToUnits());
        return sum;
    }

    public static Amounts operator +(Amounts a, Amounts b) => Combine(a, b, static (x, y) => x + y);

    public static Amounts operator -(Amounts a, Amounts b) => Combine(a, b, static (x, y) => x - y);

    /// <summary>The larger of each amount.</summary>
    public static Amounts Max(Amounts a, Amounts b) => Combine(a, b, Math.Max);

    /// <summary>Whether all amounts are equal; a record's own equality compares the dictionaries by reference.</summary>
    public bool Equals(Amounts? other) =>
        other is not null && MilliCpu == other.MilliCpu && Memory == other.Memory && Storage == other.Storage && Pods == other.Pods
        && Extended.Count == other.Extended.Count && Extended.SequenceEqual(other.Extended);

    public override int GetHashCode() => HashCode.Combine(MilliCpu, Memory, Storage, Pods, Extended.Count);

    /// <summary>The amount of a resource by name, in thousandths for cpu.</summary>
    public long Of(string resource) => resource switch
    {
        "cpu" => MilliCpu,
        "memory" => Memory,
        "ephemeral-storage" => Storage,
        "pods" => Pods,
        _ => Extended.GetValueOrDefault(resource),
    };

    private Amounts With(string resource, long amount) => resource switch
    {
        "cpu" => this with { MilliCpu = amount },
        "memory" => this with { Memory = amount },
        "ephemeral-storage" => this with { Storage = amount },
        "pods" => this with { Pods = amount },
        _ => this with { Extended = Extended.SetItem(resource, amount) },
    };

    private static Amounts Combine(Amounts a, Amounts b, Func<long, long, long> combine)
    {
        var extended = a.Extended;
        // Most pods have none.
        if (!b.Extended.IsEmpty || !a.Extended.IsEmpty)
            foreach (var name in a.Extended.Keys.Union(b.Extended.Keys).ToArray())
                extended = extended.SetItem(name, combine(a.Extended.GetValueOrDefault(name), b.Extended.GetValueOrDefault(name)));
        return new()
        {
            MilliCpu = combine(a.MilliCpu, b.MilliCpu),
            Memory = combine(a.Memory, b.Memory),
            Storage = combine(a.Storage, b.Storage),
            Pods = combine(a.Pods, b.Pods),
            Extended = extended,
        };
    }
}
