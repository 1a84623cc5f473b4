using System.Buffers.Binary;
using Google.Protobuf;
using Slipway.Storage.Etcd.Wire;

namespace Slipway.Storage.Etcd;

/// <summary>
/// A value as it lies in etcd: its bytes, and eight random ones that tell this write from every other. When a connection breaks
/// before the answer, they tell whether what is stored is this write or another one of the same bytes.
/// </summary>
internal static class MarkedValue
{
    private const int MarkBytes = sizeof(long);

    public static ByteString Make(ReadOnlySpan<byte> value, long mark)
    {
        var bytes = new byte[value.Length + MarkBytes];
        value.CopyTo(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(value.Length), mark);
        return UnsafeByteOperations.UnsafeWrap(bytes);
    }

    /// <summary>Whether it is the write with this mark.</summary>
    public static bool Is(ByteString stored, long mark) =>
        stored.Length >= MarkBytes && BinaryPrimitives.ReadInt64BigEndian(stored.Span[^MarkBytes..]) == mark;

    /// <summary>The record that a key and its marked value are.</summary>
    /// <exception cref="StoreUnusableException">Another program wrote it.</exception>
    public static StoreRecord Record(string key, KeyValue stored) => stored.Value.Length >= MarkBytes
        ? new StoreRecord(key, stored.Value.Memory[..^MarkBytes], stored.CreateRevision, stored.ModRevision)
        : throw new StoreUnusableException($"{stored.Key.ToStringUtf8()} in etcd was not written by this program; remove it, or choose another prefix");
}
