using System.Buffers.Binary;

namespace Slipway.Network;

/// <summary>A question to a DNS server (RFC 1035, section 4.1; RFC 6891).</summary>
/// <param name="Id">Number of the message.</param>
/// <param name="Name">The name, in lower case and without the final dot.</param>
/// <param name="Type">Type of the records.</param>
/// <param name="Question">The question as it came, with the name in the client's spelling.</param>
internal sealed record DnsQuery(ushort Id, string Name, ushort Type, byte[] Question)
{
    /// <summary>Most bytes of an answer over UDP.</summary>
    public int PayloadSize { get; init; } = 512;

    /// <summary>Whether the client uses extensions (EDNS).</summary>
    public bool Extended { get; init; }

    /// <summary>Whether it wants signatures (DO).</summary>
    public bool WantsSignatures { get; init; }

    /// <summary>Whether it checks signatures itself (CD).</summary>
    public bool ChecksItself { get; init; }

    /// <summary>Whether it wants what the server does not know itself to be found elsewhere (RD).</summary>
    public bool RecursionDesired { get; init; }

    /// <summary>Reads a message.</summary>
    /// <param name="message">The message.</param>
    /// <param name="query">The question, if it is one.</param>
    /// <param name="refusal">What to answer if it is not; null where there is nothing to answer.</param>
    public static bool TryRead(ReadOnlySpan<byte> message, out DnsQuery query, out byte[]? refusal)
    {
        (query, refusal) = (null!, null);
        if (message.Length < 12 || (message[2] & 0x80) != 0) return false;   // no message, or an answer
        if ((message[2] & 0x78) != 0)
        {
            refusal = Refusal(message, DnsCode.NotImplemented);
            return false;
        }
        var at = 12;
        if (BinaryPrimitives.ReadUInt16BigEndian(message[4..]) != 1 || DnsWire.ReadName(message, ref at) is not { } name || at + 4 > message.Length)
        {
            refusal = Refusal(message, DnsCode.FormatError);
            return false;
        }
        var type = BinaryPrimitives.ReadUInt16BigEndian(message[at..]);
        if (BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]) is not (1 or 255))
        {
            refusal = Refusal(message, DnsCode.Refused);   // only the internet has names here
            return false;
        }
        at += 4;
        query = new(BinaryPrimitives.ReadUInt16BigEndian(message), name, type, message[12..at].ToArray())
        {
            RecursionDesired = (message[2] & 1) != 0,
            ChecksItself = (message[3] & 0x10) != 0,
        };
        if (Extension(message, at) is { } extension)
            query = query with { Extended = true, PayloadSize = Math.Clamp(extension.Size, 512, 4096), WantsSignatures = extension.WantsSignatures };
        return true;
    }

    /// <summary>The same question about another name.</summary>
    public DnsQuery For(string name)
    {
        var question = new List<byte>();
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            question.Add((byte)Math.Min(label.Length, 63));
            question.AddRange(System.Text.Encoding.Latin1.GetBytes(label.Length > 63 ? label[..63] : label));
        }
        return this with { Name = name, Question = [.. question, 0, .. Question.AsSpan(^4)] };
    }

    /// <summary>The message that asks another server.</summary>
    public byte[] ToMessage(ushort id)
    {
        var message = new byte[12 + Question.Length + (Extended ? 11 : 0)];
        BinaryPrimitives.WriteUInt16BigEndian(message, id);
        message[2] = 1;
        message[3] = (byte)(ChecksItself ? 0x10 : 0);
        message[5] = 1;
        Question.CopyTo(message, 12);
        if (!Extended) return message;
        message[11] = 1;
        DnsWire.WriteExtension(message.AsSpan(12 + Question.Length), WantsSignatures);
        return message;
    }

    private static (int Size, bool WantsSignatures)? Extension(ReadOnlySpan<byte> message, int at)
    {
        var records = BinaryPrimitives.ReadUInt16BigEndian(message[6..]) + BinaryPrimitives.ReadUInt16BigEndian(message[8..]) + BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        for (; records > 0; records--)
        {
            if (!DnsWire.SkipName(message, ref at) || at + 10 > message.Length) return null;
            if (BinaryPrimitives.ReadUInt16BigEndian(message[at..]) == DnsType.Opt)
                return (BinaryPrimitives.ReadUInt16BigEndian(message[(at + 2)..]), (message[at + 6] & 0x80) != 0);
            at += 10 + BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
        }
        return null;
    }

    private static byte[] Refusal(ReadOnlySpan<byte> message, byte code)
    {
        var refusal = new byte[12];
        message[..2].CopyTo(refusal);
        refusal[2] = (byte)(0x80 | (message[2] & 0x79));
        refusal[3] = code;
        return refusal;
    }
}
