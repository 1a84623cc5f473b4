using Slipway.Api.Selectors;

namespace Slipway.ApiServer.Caching;

/// <summary>Which objects of a resource a list or watch is about.</summary>
/// <param name="Prefix">Start of their keys: the resource's, or one namespace's within it.</param>
/// <param name="Labels">Requirements on labels.</param>
/// <param name="Fields">Requirements on fields.</param>
/// <param name="ReadField">Reads a selectable field of an object.</param>
internal sealed record Selection(string Prefix, LabelSelector Labels, FieldSelector Fields, Func<CachedObject, string, string> ReadField)
{
    /// <summary>Whether every object under the prefix is selected.</summary>
    public bool SelectsEverything => Labels.SelectsEverything && Fields.SelectsEverything;

    /// <summary>The only key that an object that is selected can have; null where there may be several.</summary>
    public string? OnlyKey { get; init; }

    /// <summary>A field of the stored document and the only text in it that an object that is selected can have; null where there is none.</summary>
    public (string Path, string Value)? OnlyField { get; init; }

    /// <summary>Whether keys alone say what is selected.</summary>
    public bool IsOfKeys => Labels.SelectsEverything && Fields.Requirements.All(IsOfKey);

    /// <summary>Whether a change that keeps an object selected is told with the object before.</summary>
    public bool TellsPrevious { get; init; }

    /// <summary>A selection by keys alone of everything that may be selected.</summary>
    public Selection OfKeys() => this with { Labels = LabelSelector.Everything, Fields = new([.. Fields.Requirements.Where(IsOfKey)]), OnlyField = null };

    /// <summary>Whether an object under the prefix meets the selectors.</summary>
    public bool MatchesSelectors(CachedObject item)
    {
        if (!item.IsSelectedBy(Labels)) return false;
        foreach (var requirement in Fields.Requirements)
            if (ReadField(item, requirement.Path) == requirement.Value != requirement.IsEqual) return false;
        return true;
    }

    /// <summary>The objects of a map that are selected, in key order, from the one after a key on.</summary>
    public IEnumerable<CachedObject> Among(ObjectMap objects, string? after = null)
    {
        if (OnlyKey is null) return objects.Range(Prefix, after).Where(MatchesSelectors);
        return objects.Find(OnlyKey) is { } only && (after is null || string.CompareOrdinal(OnlyKey, after) > 0) && MatchesSelectors(only) ? [only] : [];
    }

    /// <summary>Whether an object is selected.</summary>
    public bool Matches(CachedObject item) => item.Key.StartsWith(Prefix, StringComparison.Ordinal) && MatchesSelectors(item);

    /// <summary>What a change means to a watcher of this selection; null when it does not concern it.</summary>
    public WatchItem? Translate(in CacheEvent change)
    {
        if (!(change.Current ?? change.Previous!).Key.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var isIn = change.Current is { } current && MatchesSelectors(current);
        var wasIn = change.Previous is { } previous && MatchesSelectors(previous);
        return (wasIn, isIn) switch
        {
            (false, true) => new(WatchType.Added, change.Current, change.Revision),
            (true, true) => new(WatchType.Modified, change.Current, change.Revision, TellsPrevious ? change.Previous : null),
            // An object that leaves the selector is shown as it last was within it, at the revision of the change.
            (true, false) => new(WatchType.Deleted, change.Previous, change.Revision),
            _ => null,
        };
    }

    private static bool IsOfKey(FieldRequirement requirement) => requirement.Path is "metadata.name" or "metadata.namespace";
}

/// <summary>One commit as the cache saw it: <paramref name="Current"/> is null for a deletion, <paramref name="Previous"/> for a creation.</summary>
internal readonly record struct CacheEvent(CachedObject? Current, CachedObject? Previous, long Revision);

/// <summary>Type of a watch event.</summary>
internal enum WatchType { Added, Modified, Deleted, Bookmark }

/// <summary>One event of a watch, at a revision; a bookmark has no object. The object before is told to those alone who ask for it.</summary>
internal readonly record struct WatchItem(WatchType Type, CachedObject? Object, long Revision, CachedObject? Previous = null);
