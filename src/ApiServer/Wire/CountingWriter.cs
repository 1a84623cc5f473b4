using System.Buffers;

namespace Slipway.ApiServer.Wire;

/// <summary>Passes on what is written, and counts it.</summary>
internal sealed class CountingWriter(IBufferWriter<byte> inner) : IBufferWriter<byte>
{
    /// <summary>Bytes so far.</summary>
    public long Count { get; private set; }

    public void Advance(int count)
    {
        inner.Advance(count);
        Count += count;
    }

    public Memory<byte> GetMemory(int sizeHint = 0) => inner.GetMemory(sizeHint);

    public Span<byte> GetSpan(int sizeHint = 0) => inner.GetSpan(sizeHint);
}
