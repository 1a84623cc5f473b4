using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Slipway.Network;

/// <summary>DNS messages as bytes (RFC 1035, section 4).</summary>
internal static class DnsWire
{
    // Fits every path without being cut into fragments (https://www.dnsflagday.net/2020/).
    private const ushort OwnPayloadSize = 1232;

    /// <summary>Reads a name and goes past it: lower case, labels by dots; null if it is malformed.</summary>
    public static string? ReadName(ReadOnlySpan<byte> message, ref int at)
    {
        Span<char> name = stackalloc char[256];
        var (length, end, jumps) = (0, -1, 0);
        for (var position = at; ;)
        {
            if (position >= message.Length) return null;
            int label = message[position];
            if ((label & 0xc0) == 0xc0)
            {
                if (position + 1 >= message.Length || ++jumps > 32) return null;
                if (end < 0) end = position + 2;
                position = ((label & 0x3f) << 8) | message[position + 1];
                continue;
            }
            if (label > 63 || position + 1 + label > message.Length || length + label + 1 > 255) return null;
            if (label == 0)
            {
                at = end < 0 ? position + 1 : end;
                return new string(name[..length]);
            }
            if (length > 0) name[length++] = '.';
            foreach (var b in message.Slice(position + 1, label)) name[length++] = (char)(b is >= (byte)'A' and <= (byte)'Z' ? b + 32 : b);
            position += 1 + label;
        }
    }

    /// <summary>Goes past a name; false if it is malformed.</summary>
    public static bool SkipName(ReadOnlySpan<byte> message, ref int at)
    {
        while (at < message.Length)
        {
            var label = message[at];
            if (label == 0)
            {
                at++;
                return true;
            }
            if ((label & 0xc0) == 0xc0)
            {
                at += 2;
                return at <= message.Length;
            }
            at += 1 + label;
        }
        return false;
    }

    /// <summary>The answer to a query as a message; what does not fit in <paramref name="limit"/> bytes is left out from the end, and the client told to ask over TCP.</summary>
    public static byte[] Write(DnsQuery query, DnsAnswer answer, bool authoritative, int limit)
    {
        var whole = Write(query, answer, authoritative, truncated: false);
        if (whole.Length <= limit) return whole;
        var bare = Write(query, answer with { Additional = [] }, authoritative, truncated: false);
        return bare.Length <= limit ? bare : Write(query, answer with { Answers = Fitting(query, answer.Answers, limit), Authority = [], Additional = [] }, authoritative, truncated: true);
    }

    // Resolvers that do not ask over TCP take what is there (musl before 1.2.4), so that a part is better than nothing.
    private static List<DnsRecord> Fitting(DnsQuery query, IReadOnlyList<DnsRecord> records, int limit)
    {
        var output = new ArrayBufferWriter<byte>(512);
        var room = limit - 12 - query.Question.Length - (query.Extended ? 11 : 0);
        var fitting = new List<DnsRecord>();
        foreach (var record in records)
        {
            Write(output, query, record);
            if (output.WrittenCount > room) break;
            fitting.Add(record);
        }
        return fitting;
    }

    /// <summary>Another server's answer as one to this query: its number, its spelling of the name, and within its limit.</summary>
    public static byte[] Relay(DnsQuery query, byte[] answer, uint age, int limit)
    {
        if (answer.Length > limit) return Write(query, new((byte)(answer[3] & 0x0f), Fitting(query, Addresses(answer), limit)), authoritative: false, truncated: true);
        var message = answer.ToArray();
        BinaryPrimitives.WriteUInt16BigEndian(message, query.Id);
        query.Question.CopyTo(message, 12);
        if (age > 0 && Ages(message) is { } ages)
            foreach (var at in ages.Positions)
            {
                var ttl = BinaryPrimitives.ReadUInt32BigEndian(message.AsSpan(at));
                BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(at), ttl > age ? ttl - age : 0);
            }
        return message;
    }

    /// <summary>Where the ages of the records of a message are, and the least of them; null if it is malformed.</summary>
    public static (IReadOnlyList<int> Positions, uint Least)? Ages(ReadOnlySpan<byte> message)
    {
        var positions = new List<int>();
        var least = uint.MaxValue;
        var records = Records(message, out var complete);
        foreach (var (_, type, body) in records)
        {
            if (type == DnsType.Opt) continue;
            positions.Add(body - 6);
            least = Math.Min(least, BinaryPrimitives.ReadUInt32BigEndian(message[(body - 6)..]));
        }
        return complete ? (positions, least) : null;
    }

    /// <summary>The addresses and aliases among the answers of a message.</summary>
    public static IReadOnlyList<DnsRecord> Addresses(ReadOnlySpan<byte> message)
    {
        var addresses = new List<DnsRecord>();
        foreach (var (name, type, body) in Records(message, out _).Take(BinaryPrimitives.ReadUInt16BigEndian(message[6..])))
        {
            var (at, start) = (name, body);
            if (ReadName(message, ref at) is not { } owner) break;
            var ttl = BinaryPrimitives.ReadUInt32BigEndian(message[(body - 6)..]);
            var length = BinaryPrimitives.ReadUInt16BigEndian(message[(body - 2)..]);
            if (type is DnsType.A or DnsType.Aaaa) addresses.Add(new(owner, type, ttl) { Data = message.Slice(body, length).ToArray() });
            else if (type == DnsType.Cname && ReadName(message, ref start) is { } target) addresses.Add(new(owner, type, ttl) { Target = target });
        }
        return addresses;
    }

    /// <summary>Writes the record by which extensions are announced: 11 bytes.</summary>
    public static void WriteExtension(Span<byte> place, bool wantsSignatures)
    {
        place[..11].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(place[1..], DnsType.Opt);
        BinaryPrimitives.WriteUInt16BigEndian(place[3..], OwnPayloadSize);
        if (wantsSignatures) place[7] = 0x80;
    }

    private static List<(int Name, ushort Type, int Body)> Records(ReadOnlySpan<byte> message, out bool complete)
    {
        var records = new List<(int, ushort, int)>();
        complete = false;
        if (message.Length < 12) return records;
        var at = 12;
        for (var questions = BinaryPrimitives.ReadUInt16BigEndian(message[4..]); questions > 0; questions--)
        {
            if (!SkipName(message, ref at)) return records;
            at += 4;
        }
        var count = BinaryPrimitives.ReadUInt16BigEndian(message[6..]) + BinaryPrimitives.ReadUInt16BigEndian(message[8..]) + BinaryPrimitives.ReadUInt16BigEndian(message[10..]);
        for (; count > 0; count--)
        {
            var name = at;
            if (!SkipName(message, ref at) || at + 10 > message.Length) return records;
            var body = at + 10;
            var length = BinaryPrimitives.ReadUInt16BigEndian(message[(at + 8)..]);
            if (body + length > message.Length) return records;
            records.Add((name, BinaryPrimitives.ReadUInt16BigEndian(message[at..]), body));
            at = body + length;
        }
        complete = true;
        return records;
    }

    private static byte[] Write(DnsQuery query, DnsAnswer answer, bool authoritative, bool truncated)
    {
        var output = new ArrayBufferWriter<byte>(512);
        var header = output.GetSpan(12);
        header[..12].Clear();
        BinaryPrimitives.WriteUInt16BigEndian(header, query.Id);
        header[2] = (byte)(0x80 | (authoritative ? 4 : 0) | (truncated ? 2 : 0) | (query.RecursionDesired ? 1 : 0));
        header[3] = (byte)(0x80 | (query.ChecksItself ? 0x10 : 0) | answer.Code);
        header[5] = 1;
        BinaryPrimitives.WriteUInt16BigEndian(header[6..], (ushort)answer.Answers.Count);
        BinaryPrimitives.WriteUInt16BigEndian(header[8..], (ushort)answer.Authority.Count);
        BinaryPrimitives.WriteUInt16BigEndian(header[10..], (ushort)(answer.Additional.Count + (query.Extended ? 1 : 0)));
        output.Advance(12);
        output.Write(query.Question);
        foreach (var record in answer.Answers) Write(output, query, record);
        foreach (var record in answer.Authority) Write(output, query, record);
        foreach (var record in answer.Additional) Write(output, query, record);
        if (query.Extended)
        {
            WriteExtension(output.GetSpan(11), wantsSignatures: false);
            output.Advance(11);
        }
        return output.WrittenSpan.ToArray();
    }

    private static void Write(ArrayBufferWriter<byte> output, DnsQuery query, DnsRecord record)
    {
        // Nearly all records are of the name that was asked for, which stands after the header.
        if (record.Name == query.Name) output.Write((ReadOnlySpan<byte>)[0xc0, 12]);
        else WriteName(output, record.Name);
        Number(output, record.Type);
        Number(output, 1);
        Number(output, (ushort)(record.Ttl >> 16));
        Number(output, (ushort)record.Ttl);
        var data = new ArrayBufferWriter<byte>(64);
        switch (record.Type)
        {
            case DnsType.Srv:
                Number(data, 0);
                Number(data, record.Weight);
                Number(data, record.Port);
                WriteName(data, record.Target);
                break;
            case DnsType.Cname or DnsType.Ptr or DnsType.Ns:
                WriteName(data, record.Target);
                break;
            case DnsType.Soa:
                WriteName(data, record.Target);
                WriteName(data, $"hostmaster.{record.Name}");
                foreach (var seconds in (ReadOnlySpan<uint>)[1, 7200, 1800, 86400, record.Ttl])
                {
                    Number(data, (ushort)(seconds >> 16));
                    Number(data, (ushort)seconds);
                }
                break;
            default:
                data.Write(record.Data);
                break;
        }
        Number(output, (ushort)data.WrittenCount);
        output.Write(data.WrittenSpan);
    }

    private static void WriteName(ArrayBufferWriter<byte> output, string name)
    {
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            var bytes = output.GetSpan(64);
            var length = Encoding.Latin1.GetBytes(label.AsSpan(0, Math.Min(label.Length, 63)), bytes[1..]);
            bytes[0] = (byte)length;
            output.Advance(1 + length);
        }
        output.Write((ReadOnlySpan<byte>)[0]);
    }

    private static void Number(ArrayBufferWriter<byte> output, ushort number)
    {
        BinaryPrimitives.WriteUInt16BigEndian(output.GetSpan(2), number);
        output.Advance(2);
    }
}
