using System.Buffers;
using System.Buffers.Text;

namespace Slipway.Node.Streams;

/// <summary>Takes apart the messages of a client as they come, in whatever pieces, and holds nothing but what is left of four characters.</summary>
internal sealed class ChannelReader(bool isBase64)
{
    private readonly byte[] _rest = new byte[4];
    private int _restLength;
    private bool _isWithin;

    /// <summary>The channel of the message that is being read.</summary>
    public byte Channel { get; private set; }

    /// <summary>Takes a piece of a message.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="isEnd">Whether the message ends with it.</param>
    /// <param name="output">Where the data goes; at least as long as the piece and three bytes more.</param>
    /// <returns>How many bytes of data it is; -1 when the message is not as it should be.</returns>
    public int Read(ReadOnlySpan<byte> piece, bool isEnd, Span<byte> output)
    {
        if (!_isWithin)
        {
            if (piece.IsEmpty) return isEnd ? -1 : 0;
            Channel = isBase64 ? (byte)(piece[0] - '0') : piece[0];
            piece = piece[1..];
            _restLength = 0;
        }
        _isWithin = !isEnd;
        if (isBase64) return Decode(piece, isEnd, output);
        piece.CopyTo(output);
        return piece.Length;
    }

    private int Decode(ReadOnlySpan<byte> piece, bool isEnd, Span<byte> output)
    {
        var whole = new byte[_restLength + piece.Length];
        _rest.AsSpan(0, _restLength).CopyTo(whole);
        piece.CopyTo(whole.AsSpan(_restLength));
        var status = Base64.DecodeFromUtf8(whole, output, out var taken, out var written, isFinalBlock: isEnd);
        if (status is not (OperationStatus.Done or OperationStatus.NeedMoreData) || whole.Length - taken > 3) return -1;
        _restLength = whole.Length - taken;
        whole.AsSpan(taken).CopyTo(_rest);
        return written;
    }
}

/// <summary>Composes messages to a client.</summary>
internal static class ChannelWriter
{
    /// <summary>The message, in place: the buffer's first byte is free for the channel and the data follows it.</summary>
    public static ReadOnlyMemory<byte> Message(bool isBase64, byte channel, byte[] buffer, int length)
    {
        if (!isBase64)
        {
            buffer[0] = channel;
            return buffer.AsMemory(0, length + 1);
        }
        var text = new byte[1 + Base64.GetMaxEncodedToUtf8Length(length)];
        text[0] = (byte)('0' + channel);
        Base64.EncodeToUtf8(buffer.AsSpan(1, length), text.AsSpan(1), out _, out var written);
        return text.AsMemory(0, written + 1);
    }
}
