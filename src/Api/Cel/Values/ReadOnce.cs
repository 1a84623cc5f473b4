using System.Collections;

namespace Slipway.Api.Cel;

/// <summary>
/// Values by name that are made when they are first read, and then kept: an expression may read a long text again and
/// again. For several threads.
/// </summary>
internal sealed class FieldsReadOnce
{
    private readonly Dictionary<string, CelValue> made = new(StringComparer.Ordinal);

    public CelValue Get<TSource>(string name, TSource source, Func<TSource, CelValue> make)
    {
        lock (made)
        {
            if (!made.TryGetValue(name, out var value)) made[name] = value = make(source);
            return value;
        }
    }
}

/// <summary>The items of a list, each made when it is first read, and then kept.</summary>
internal sealed class ItemsReadOnce(int count, Func<int, CelValue> make) : IReadOnlyList<CelValue>
{
    private readonly CelValue?[] made = new CelValue?[count];

    // Two threads may make the same item; either serves.
    public CelValue this[int index] => made[index] ??= make(index);

    public int Count => count;

    public IEnumerator<CelValue> GetEnumerator()
    {
        for (var i = 0; i < count; i++) yield return this[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
