namespace Slipway.ApiServer.Caching;

/// <summary>
/// An immutable sorted map of the objects of one resource: an array of small sorted arrays. A change copies one small array and
/// the outer one, so that readers keep a consistent state without locks.
/// </summary>
internal sealed class ObjectMap
{
    private const int ChunkSize = 256;

    private readonly CachedObject[][] _chunks;

    private ObjectMap(CachedObject[][] chunks, int count) => (_chunks, Count) = (chunks, count);

    public static ObjectMap Empty { get; } = new([], 0);

    public int Count { get; }

    /// <summary>Makes a map of objects in key order.</summary>
    public static ObjectMap FromSorted(IReadOnlyList<CachedObject> objects)
    {
        const int fill = ChunkSize / 2;
        var chunks = new CachedObject[(objects.Count + fill - 1) / fill][];
        for (var c = 0; c < chunks.Length; c++)
        {
            chunks[c] = new CachedObject[Math.Min(fill, objects.Count - c * fill)];
            for (var i = 0; i < chunks[c].Length; i++) chunks[c][i] = objects[c * fill + i];
        }
        return new(chunks, objects.Count);
    }

    public CachedObject? Find(ReadOnlySpan<char> key)
    {
        var c = ChunkOf(key);
        if (c < 0) return null;
        var i = IndexIn(_chunks[c], key);
        return i >= 0 ? _chunks[c][i] : null;
    }

    /// <summary>The objects whose key starts with <paramref name="prefix"/> and sorts after <paramref name="after"/>, in key order.</summary>
    public IEnumerable<CachedObject> Range(string prefix, string? after = null)
    {
        var from = after is not null && string.CompareOrdinal(after, prefix) > 0 ? after : prefix;
        var c = Math.Max(ChunkOf(from), 0);
        if (c >= _chunks.Length) yield break;
        var start = IndexIn(_chunks[c], from);
        if (start < 0) start = ~start;
        else if (after is not null) start++;
        for (; c < _chunks.Length; c++, start = 0)
        {
            var chunk = _chunks[c];
            for (var i = start; i < chunk.Length; i++)
            {
                if (!chunk[i].Key.StartsWith(prefix, StringComparison.Ordinal)) yield break;
                yield return chunk[i];
            }
        }
    }

    /// <summary>How many objects there are whose key starts with <paramref name="prefix"/> and sorts after <paramref name="after"/>.</summary>
    public int CountAfter(string prefix, string after)
    {
        var from = Position(after, orEqual: true);
        // What starts with the prefix ends where a key would be that has the greatest character after it.
        return Math.Max(Position(prefix + char.MaxValue, orEqual: false) - from, 0);
    }

    // How many keys sort before a key, or are that key.
    private int Position(string key, bool orEqual)
    {
        var c = ChunkOf(key);
        if (c < 0) return 0;
        var i = IndexIn(_chunks[c], key);
        var position = i >= 0 ? (orEqual ? i + 1 : i) : ~i;
        for (c--; c >= 0; c--) position += _chunks[c].Length;
        return position;
    }

    /// <summary>The map with an object added or replaced.</summary>
    public ObjectMap With(CachedObject item)
    {
        var c = ChunkOf(item.Key);
        if (c < 0)
        {
            if (_chunks.Length == 0) return new([[item]], 1);
            c = 0;
        }
        var chunk = _chunks[c];
        var i = IndexIn(chunk, item.Key);
        if (i >= 0)
        {
            var replaced = (CachedObject[])chunk.Clone();
            replaced[i] = item;
            return WithChunk(c, replaced, Count);
        }

        i = ~i;
        var grown = new CachedObject[chunk.Length + 1];
        Array.Copy(chunk, grown, i);
        grown[i] = item;
        Array.Copy(chunk, i, grown, i + 1, chunk.Length - i);
        if (grown.Length <= ChunkSize) return WithChunk(c, grown, Count + 1);

        // Keys often arrive in order: a split at the end leaves full chunks behind instead of half-empty ones.
        var cut = i == grown.Length - 1 ? ChunkSize : grown.Length / 2;
        return new([.. _chunks.AsSpan(0, c), grown[..cut], grown[cut..], .. _chunks.AsSpan(c + 1)], Count + 1);
    }

    /// <summary>The map without a key.</summary>
    public ObjectMap Without(ReadOnlySpan<char> key)
    {
        var c = ChunkOf(key);
        var i = c < 0 ? -1 : IndexIn(_chunks[c], key);
        if (i < 0) return this;
        var chunk = _chunks[c];
        if (chunk.Length == 1) return new([.. _chunks.AsSpan(0, c), .. _chunks.AsSpan(c + 1)], Count - 1);
        var shrunk = new CachedObject[chunk.Length - 1];
        Array.Copy(chunk, shrunk, i);
        Array.Copy(chunk, i + 1, shrunk, i, shrunk.Length - i);
        return WithChunk(c, shrunk, Count - 1);
    }

    private ObjectMap WithChunk(int index, CachedObject[] chunk, int count)
    {
        var chunks = (CachedObject[][])_chunks.Clone();
        chunks[index] = chunk;
        return new(chunks, count);
    }

    // The last chunk whose first key is not greater; -1 when the key sorts before everything.
    private int ChunkOf(ReadOnlySpan<char> key)
    {
        int low = 0, high = _chunks.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            if (_chunks[middle][0].Key.AsSpan().SequenceCompareTo(key) <= 0) low = middle + 1;
            else high = middle - 1;
        }
        return high;
    }

    private static int IndexIn(CachedObject[] chunk, ReadOnlySpan<char> key)
    {
        int low = 0, high = chunk.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = chunk[middle].Key.AsSpan().SequenceCompareTo(key);
            if (order == 0) return middle;
            if (order < 0) low = middle + 1;
            else high = middle - 1;
        }
        return ~low;
    }
}
