using System.Buffers;
using System.Buffers.Binary;

namespace Slipway.ApiServer.Wire.Protobuf;

/// <summary>Bytes of protobuf under construction, in a pooled array.</summary>
internal sealed class WireBuffer(int capacity) : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(capacity);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public ReadOnlySpan<byte> this[int start, int end] => _bytes.AsSpan(start, end - start);

    public void Clear() => Length = 0;

    /// <summary>Drops what was written after a position.</summary>
    public void Truncate(int length) => Length = length;

    public void Byte(byte value) => Reserve(1)[0] = value;

    public void Varint(ulong value)
    {
        var span = Room(10);
        var at = 0;
        for (; value >= 0x80; value >>= 7) span[at++] = (byte)(value | 0x80);
        span[at++] = (byte)value;
        Length += at;
    }

    public void Fixed64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Reserve(8), value);

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));

    /// <summary>Bytes with their length before them.</summary>
    public void Delimited(ReadOnlySpan<byte> bytes)
    {
        Varint((uint)bytes.Length);
        Bytes(bytes);
    }

    /// <summary>Puts the length of what was written after a position before it.</summary>
    public void Delimit(int start)
    {
        var length = Length - start;
        var size = VarintSize((uint)length);
        Room(size);
        _bytes.AsSpan(start, length).CopyTo(_bytes.AsSpan(start + size));
        var at = start;
        for (var rest = (uint)length; ; rest >>= 7)
        {
            _bytes[at++] = (byte)(rest >= 0x80 ? rest | 0x80 : rest);
            if (rest < 0x80) break;
        }
        Length += size;
    }

    /// <summary>Replaces what was written after a position.</summary>
    public void Replace(int start, ReadOnlySpan<byte> bytes)
    {
        Length = start;
        Bytes(bytes);
    }

    /// <summary>Room for at least <paramref name="count"/> bytes; what is used of it is then taken by <see cref="Advance"/>.</summary>
    public Span<byte> Room(int count)
    {
        if (Length + count > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(Length + count, _bytes.Length * 2));
            Written.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }
        return _bytes.AsSpan(Length);
    }

    public void Advance(int count) => Length += count;

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    /// <summary>How many bytes a number takes.</summary>
    public static int VarintSize(uint value)
    {
        var size = 1;
        for (; value >= 0x80; value >>= 7) size++;
        return size;
    }

    private Span<byte> Reserve(int count)
    {
        var span = Room(count)[..count];
        Length += count;
        return span;
    }
}
