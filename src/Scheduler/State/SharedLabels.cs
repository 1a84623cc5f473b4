namespace Slipway.Scheduler;

/// <summary>Labels of pods, of which those of one workload have the same: one copy of each is held, as long as they are not too many. Used by one loop alone.</summary>
internal sealed class SharedLabels : IEqualityComparer<IReadOnlyDictionary<string, string>>
{
    // More kinds of pods than most clusters have; where there are more, the rest of them share less.
    private const int Most = 4096;

    private readonly HashSet<IReadOnlyDictionary<string, string>> _known;

    public SharedLabels() => _known = new(this);

    /// <summary>The copy that is held of the labels: these, if none is.</summary>
    public IReadOnlyDictionary<string, string> Share(IReadOnlyDictionary<string, string> labels)
    {
        if (_known.TryGetValue(labels, out var known))
            return known;
        if (_known.Count == Most)
            _known.Clear();
        _known.Add(labels);
        return labels;
    }

    /// <inheritdoc/>
    public bool Equals(IReadOnlyDictionary<string, string>? x, IReadOnlyDictionary<string, string>? y) =>
        ReferenceEquals(x, y) || (x is not null && y is not null && PodDemand.AreSame(x, y));

    /// <inheritdoc/>
    public int GetHashCode(IReadOnlyDictionary<string, string> labels)
    {
        var code = labels.Count;
        foreach (var (key, value) in labels)
            code ^= HashCode.Combine(key, value); // in whatever order
        return code;
    }
}
