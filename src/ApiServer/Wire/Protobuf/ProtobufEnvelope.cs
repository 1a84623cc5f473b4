using System.Buffers;
using System.Text;

namespace Slipway.ApiServer.Wire.Protobuf;

/// <summary>
/// What Kubernetes writes around a message: four bytes as a mark, then API version and kind (1), the message (2), and two texts that
/// are empty (<see href="https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding-idl"/>).
/// </summary>
internal sealed class ProtobufEnvelope
{
    private const byte MessageTag = 2 << 3 | 2;
    private readonly byte[] _head;

    /// <param name="apiVersion">API version of the message.</param>
    /// <param name="kind">Kind of the message.</param>
    public ProtobufEnvelope(string apiVersion, string kind)
    {
        using var type = new WireBuffer(128);
        type.Byte(1 << 3 | 2);
        type.Delimited(Encoding.UTF8.GetBytes(apiVersion));
        type.Byte(2 << 3 | 2);
        type.Delimited(Encoding.UTF8.GetBytes(kind));
        using var head = new WireBuffer(128);
        head.Bytes(Magic);
        head.Byte(1 << 3 | 2);
        head.Delimited(type.Written);
        _head = head.Written.ToArray();
    }

    /// <summary>The mark at the beginning.</summary>
    public static ReadOnlySpan<byte> Magic => "k8s\0"u8;

    private static ReadOnlySpan<byte> Tail => [3 << 3 | 2, 0, 4 << 3 | 2, 0];

    /// <summary>Size of a message of <paramref name="length"/> bytes with its envelope.</summary>
    public int SizeOf(int length) => _head.Length + 1 + WireBuffer.VarintSize((uint)length) + length + Tail.Length;

    /// <summary>Writes a message with its envelope.</summary>
    public void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> message)
    {
        WriteStart(output, message.Length);
        output.Write(message);
        WriteEnd(output);
    }

    /// <summary>Writes what precedes a message of <paramref name="length"/> bytes.</summary>
    public void WriteStart(IBufferWriter<byte> output, int length)
    {
        output.Write(_head);
        WriteTag(output, MessageTag, length);
    }

    /// <summary>Writes what follows a message.</summary>
    public static void WriteEnd(IBufferWriter<byte> output) => output.Write(Tail);

    /// <summary>Writes the tag of a field of one byte and the length of its value.</summary>
    public static void WriteTag(IBufferWriter<byte> output, byte tag, int length)
    {
        var span = output.GetSpan(6);
        var at = 0;
        span[at++] = tag;
        var rest = (uint)length;
        for (; rest >= 0x80; rest >>= 7) span[at++] = (byte)(rest | 0x80);
        span[at++] = (byte)rest;
        output.Advance(at);
    }
}
