using System.Runtime.InteropServices;

namespace Flights;

/// <summary>
/// A growing list outside the collected heap. The runtime refuses memory at a bound of its own, below the container's limit,
/// and then the program fails by itself; here the container's limit alone decides, and the kernel reports it in the same way
/// for every program.
/// </summary>
internal sealed unsafe class NativeList<T> : IDisposable where T : unmanaged
{
    private T* items;
    private int capacity;

    public int Count { get; private set; }

    public Span<T> Items => new(items, Count);

    public void Add(T item)
    {
        if (Count == capacity)
        {
            capacity = Math.Max(capacity * 2, 1024);
            items = (T*)NativeMemory.Realloc(items, (nuint)capacity * (nuint)sizeof(T));
        }
        items[Count++] = item;
    }

    public void Dispose()
    {
        NativeMemory.Free(items);
        items = null;
    }
}
