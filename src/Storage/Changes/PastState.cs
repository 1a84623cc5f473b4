namespace Slipway.Storage.Changes;

/// <summary>Reconstructs a page of a past revision: today's records that have not changed since, and the changed ones as they were.</summary>
internal static class PastState
{
    /// <summary>
    /// Merges, in key order and up to <paramref name="limit"/> entries. <paramref name="unchanged"/> must be in key order;
    /// <paramref name="changed"/> maps each key that has changed since to what it was then (null: it did not exist).
    /// </summary>
    public static List<T> Merge<T>(IEnumerable<T> unchanged, IReadOnlyDictionary<string, T?> changed, Func<T, string> key, int limit)
        where T : class
    {
        var then = changed.Values.Where(entry => entry is not null).Select(entry => entry!).ToList();
        then.Sort((x, y) => KeyOrder.Instance.Compare(key(x), key(y)));

        var page = new List<T>();
        var next = 0;
        foreach (var entry in unchanged)
        {
            while (page.Count < limit && next < then.Count && KeyOrder.Instance.Compare(key(then[next]), key(entry)) < 0)
                page.Add(then[next++]);
            if (page.Count == limit)
                return page;
            page.Add(entry);
        }
        while (page.Count < limit && next < then.Count)
            page.Add(then[next++]);
        return page;
    }
}
