namespace Slipway.Storage.Changes;

/// <summary>The most recent changes, one for each revision without a gap, bounded by number and by bytes. Not thread-safe.</summary>
internal sealed class ChangeRing(long revision, int maxCount, long maxBytes)
{
    private StoreChange[] _changes = new StoreChange[Math.Min(maxCount, 64)];
    private int _first;
    private int _count;
    private long _bytes;

    /// <summary>The newest revision.</summary>
    public long Revision { get; private set; } = revision;

    /// <summary>Changes after this revision are here.</summary>
    public long Floor => Revision - _count;

    public void Add(StoreChange change)
    {
        if (change.Revision != Revision + 1)
            throw new InvalidOperationException($"revision {change.Revision} cannot follow {Revision}");

        if (_count == _changes.Length && _count < maxCount)
            Grow();
        if (_count == _changes.Length)
            DropOldest();

        _changes[(_first + _count++) % _changes.Length] = change;
        _bytes += Size(change);
        Revision = change.Revision;

        while (_bytes > maxBytes && _count > 1)
            DropOldest();
    }

    /// <summary>Forgets the changes up to and including a revision.</summary>
    public void DropThrough(long revision)
    {
        while (_count > 0 && Floor < revision)
            DropOldest();
    }

    /// <summary>At most <paramref name="limit"/> changes after a revision, which must not lie below the floor.</summary>
    public StoreChange[] After(long revision, int limit)
    {
        var skip = (int)(revision - Floor);
        var changes = new StoreChange[Math.Clamp(_count - skip, 0, limit)];
        for (var i = 0; i < changes.Length; i++)
            changes[i] = _changes[(_first + skip + i) % _changes.Length];
        return changes;
    }

    private void DropOldest()
    {
        _bytes -= Size(_changes[_first]);
        _changes[_first] = null!;
        _first = (_first + 1) % _changes.Length;
        _count--;
    }

    private void Grow()
    {
        var larger = new StoreChange[(int)Math.Min(maxCount, 2L * _changes.Length)];
        for (var i = 0; i < _count; i++)
            larger[i] = _changes[(_first + i) % _changes.Length];
        (_changes, _first) = (larger, 0);
    }

    private static long Size(StoreChange change) =>
        128 + (change.Current?.Value.Length ?? 0) + (change.Previous?.Value.Length ?? 0);
}
