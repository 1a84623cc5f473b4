using System.Text;

namespace Slipway.ApiServer.Wire.Protobuf;

/// <summary>Writes fields of messages that have no schema of a kind, such as those of OpenAPI documents.</summary>
internal static class WireFields
{
    /// <summary>A nested message.</summary>
    public static void Message(WireBuffer to, int number, Action<WireBuffer> write)
    {
        to.Varint((uint)number << 3 | 2);
        var at = to.Length;
        write(to);
        to.Delimit(at);
    }

    /// <summary>An entry of a map that is a list of pairs: the name is field 1, the value field 2.</summary>
    public static void Named(WireBuffer to, int number, string name, Action<WireBuffer> write) => Message(to, number, entry =>
    {
        Text(entry, 1, name);
        Message(entry, 2, write);
    });

    public static void Text(WireBuffer to, int number, string text)
    {
        to.Varint((uint)number << 3 | 2);
        to.Delimited(Encoding.UTF8.GetBytes(text));
    }

    public static void Whole(WireBuffer to, int number, long value)
    {
        to.Varint((uint)number << 3);
        to.Varint((ulong)value);
    }

    public static void Real(WireBuffer to, int number, double value)
    {
        to.Varint((uint)number << 3 | 1);
        to.Fixed64(BitConverter.DoubleToInt64Bits(value));
    }
}
