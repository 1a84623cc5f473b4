namespace Slipway.Storage;

/// <summary>What every store does alike with a write.</summary>
internal static class StoreWrites
{
    /// <summary>Far above what any API lets through, far below what a database row can hold.</summary>
    private const int LargestValue = 64 << 20;

    public static void ThrowIfInvalid(this StoreWrite write)
    {
        if (write.Key is not ['/', ..] || write.Key.Contains('\0'))
            throw new ArgumentException("a key begins with a slash and cannot contain U+0000", nameof(write));
        _ = KeyOrder.Utf8.GetByteCount(write.Key); // throws where there is no UTF-8 for it
        ArgumentOutOfRangeException.ThrowIfNegative(write.ExpectedRevision, nameof(write));
        if (write.Value is { Length: > LargestValue and var length })
            throw new ArgumentException($"the value of {write.Key} has {length} bytes, at most {LargestValue} can be stored", nameof(write));
        if (write is { Value: null, ExpectedRevision: 0 })
            throw new ArgumentException($"deleting {write.Key} needs the revision that it is expected to have", nameof(write));
    }

    /// <summary>The change that the write makes of what was stored, given that its expectation holds.</summary>
    public static StoreChange Apply(this StoreWrite write, StoreRecord? previous, long revision) => new(
        write.Key,
        revision,
        write.Value is { } value ? new StoreRecord(write.Key, value, previous?.CreateRevision ?? revision, revision) : null,
        previous);
}

/// <summary>What every store does alike with a list.</summary>
internal static class StoreReads
{
    public static void ThrowIfInvalid(int limit, long revision)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfNegative(revision);
    }

    /// <summary>Refuses a past revision (0: the newest) that is gone or yet to come.</summary>
    public static void ThrowIfUnreadable(long revision, long newest, long compacted)
    {
        if (revision == 0)
            return;
        if (revision < compacted)
            throw new CompactedException(compacted);
        if (revision > newest)
            throw new ArgumentOutOfRangeException(nameof(revision), revision, $"the newest revision is {newest}");
    }

    /// <summary>Makes a page of records that were read up to one beyond the limit.</summary>
    public static StorePage Page(List<StoreRecord> records, long revision, int limit)
    {
        var more = records.Count > limit;
        if (more)
            records.RemoveRange(limit, records.Count - limit);
        return new StorePage(records, revision, more);
    }
}
