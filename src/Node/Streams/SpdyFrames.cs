using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Slipway.Node.Streams;

/// <summary>Types of SPDY/3.1's control frames, of those that container runtimes use.</summary>
internal enum SpdyFrameType
{
    /// <summary>Not a control frame.</summary>
    Data = 0,
    SynStream = 1,
    SynReply = 2,
    RstStream = 3,
    Settings = 4,
    Ping = 6,
    GoAway = 7,
    Headers = 8,
    WindowUpdate = 9,
}

/// <summary>The eight bytes before the payload of a frame.</summary>
/// <param name="Type">What it is.</param>
/// <param name="Stream">For data the stream; otherwise 0.</param>
/// <param name="Flags">Bit 0: the sender sends nothing more on the stream.</param>
/// <param name="Length">Length of the payload, in bytes.</param>
internal readonly record struct SpdyHeader(SpdyFrameType Type, int Stream, byte Flags, int Length)
{
    public const int Size = 8;
    public const byte Fin = 1;

    private const ushort Version = 3;

    public bool IsLast => (Flags & Fin) != 0;

    /// <exception cref="InvalidDataException">It is no frame of SPDY/3.</exception>
    public static SpdyHeader Read(ReadOnlySpan<byte> bytes)
    {
        var first = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var second = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        var (flags, length) = ((byte)(second >> 24), (int)(second & 0xFFFFFF));
        if (first >> 31 == 0) return new(SpdyFrameType.Data, (int)first, flags, length);
        var version = (first >> 16) & 0x7FFF;
        if (version != Version) throw new InvalidDataException($"a frame of SPDY version {version} where only {Version} is spoken");
        return new((SpdyFrameType)(first & 0xFFFF), 0, flags, length);
    }

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Type == SpdyFrameType.Data ? (uint)Stream : 0x8000_0000 | ((uint)Version << 16) | (uint)Type);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], ((uint)Flags << 24) | (uint)Length);
    }
}

/// <summary>Composes the frames of a client.</summary>
/// <remarks><see href="https://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3-1/"/></remarks>
internal static class SpdyFrames
{
    // Headers travel through one zlib stream for the whole connection. Blocks that are stored as they are need neither the
    // dictionary nor any state; the empty one at the end makes the reader hand out what came before it.
    private static ReadOnlySpan<byte> ZlibBeginning => [0x78, 0x01];
    private static ReadOnlySpan<byte> EmptyBlock => [0x00, 0x00, 0x00, 0xFF, 0xFF];

    /// <summary>Opens a stream.</summary>
    /// <param name="stream">Its number: odd, and higher than all before.</param>
    /// <param name="headers">Its headers; names in lower case.</param>
    /// <param name="isFirst">Whether it is the first of the connection.</param>
    public static byte[] SynStream(int stream, IReadOnlyList<KeyValuePair<string, string>> headers, bool isFirst)
    {
        var block = HeaderBlock(headers);
        var payload = new ArrayBufferWriter<byte>();
        PutNumber(payload, (uint)stream);
        PutNumber(payload, 0);                  // no associated stream
        payload.Write((ReadOnlySpan<byte>)[0, 0]);   // priority, slot
        if (isFirst) payload.Write(ZlibBeginning);
        Span<byte> stored = stackalloc byte[5];
        BinaryPrimitives.WriteUInt16LittleEndian(stored[1..], (ushort)block.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(stored[3..], (ushort)~block.Length);
        payload.Write(stored);
        payload.Write(block);
        payload.Write(EmptyBlock);
        return Control(SpdyFrameType.SynStream, payload.WrittenSpan);
    }

    /// <summary>A control frame with a payload.</summary>
    public static byte[] Control(SpdyFrameType type, ReadOnlySpan<byte> payload)
    {
        var frame = new byte[SpdyHeader.Size + payload.Length];
        new SpdyHeader(type, 0, 0, payload.Length).Write(frame);
        payload.CopyTo(frame.AsSpan(SpdyHeader.Size));
        return frame;
    }

    private static ReadOnlySpan<byte> HeaderBlock(IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        var block = new ArrayBufferWriter<byte>();
        PutNumber(block, (uint)headers.Count);
        foreach (var (name, value) in headers)
        {
            PutText(block, name);
            PutText(block, value);
        }
        return block.WrittenSpan;
    }

    private static void PutText(ArrayBufferWriter<byte> output, string text)
    {
        PutNumber(output, (uint)Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, output);
    }

    private static void PutNumber(ArrayBufferWriter<byte> output, uint number)
    {
        BinaryPrimitives.WriteUInt32BigEndian(output.GetSpan(4), number);
        output.Advance(4);
    }
}
