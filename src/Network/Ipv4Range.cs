using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Network;

/// <summary>A block of IPv4 addresses in CIDR notation, such as <c>10.64.0.0/20</c>.</summary>
public readonly record struct Ipv4Range
{
    /// <summary>The first address as a number in host order.</summary>
    public uint First { get; }

    /// <summary>Length of the network prefix in bits, 0 to 32.</summary>
    public int PrefixLength { get; }

    /// <summary>The block of <paramref name="prefixLength"/> bits that contains <paramref name="address"/>.</summary>
    public Ipv4Range(uint address, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(prefixLength);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, 32);
        PrefixLength = prefixLength;
        First = prefixLength == 0 ? 0 : address & (uint.MaxValue << (32 - prefixLength));
    }

    /// <summary>The last address as a number in host order.</summary>
    public uint Last => PrefixLength == 32 ? First : First | (uint.MaxValue >> PrefixLength);

    /// <summary>Whether the two blocks share an address.</summary>
    public bool Overlaps(Ipv4Range other) => First <= other.Last && other.First <= Last;

    /// <summary>The address <paramref name="offset"/> after the first.</summary>
    public IPAddress Address(uint offset)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, First + offset);
        return new IPAddress(bytes);
    }

    /// <summary>Reads <c>a.b.c.d/n</c>, or a single address as <c>/32</c>; false for anything else.</summary>
    public static bool TryParse(string text, out Ipv4Range range)
    {
        range = default;
        var slash = text.IndexOf('/');
        var prefixLength = 32;
        if (slash >= 0 && (!int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out prefixLength) || prefixLength > 32))
            return false;
        if (!IPAddress.TryParse(slash < 0 ? text : text[..slash], out var address) || address.AddressFamily != AddressFamily.InterNetwork)
            return false;
        range = new Ipv4Range(BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes()), prefixLength);
        return true;
    }

    /// <summary>Reads <c>a.b.c.d/n</c>.</summary>
    /// <exception cref="FormatException">The text is no such block.</exception>
    public static Ipv4Range Parse(string text) =>
        TryParse(text, out var range) ? range : throw new FormatException($"\"{text}\" is not an IPv4 range such as 10.64.0.0/20");

    /// <inheritdoc/>
    public override string ToString() => $"{Address(0)}/{PrefixLength}";
}
