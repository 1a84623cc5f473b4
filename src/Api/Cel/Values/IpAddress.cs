using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Slipway.Api.Cel;

/// <summary>An IP address, written as Kubernetes demands: no leading zeros, no zone, no IPv4 address within an IPv6 one.</summary>
/// <param name="Bits">The address as a number.</param>
/// <param name="IsV6">Whether it has 128 bits, not 32.</param>
internal readonly record struct IpAddress(UInt128 Bits, bool IsV6)
{
    public int Width => IsV6 ? 128 : 32;

    public static IpAddress? Parse(string text, out string problem)
    {
        problem = $"ParseAddr(\"{text}\"): unable to parse IP";
        if (!text.Contains(':'))
        {
            var parts = text.Split('.');
            UInt128 v4 = 0;
            foreach (var part in parts)
            {
                if (part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || !byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var octet)) return null;
                v4 = (v4 << 8) | octet;
            }

            return parts.Length == 4 ? new IpAddress(v4, false) : null;
        }

        if (text.Contains('%'))
        {
            problem = "IP address with zone value is not allowed";
            return null;
        }

        if (text.Contains('[') || !IPAddress.TryParse(text, out var address) || address.AddressFamily != AddressFamily.InterNetworkV6) return null;
        if (address.IsIPv4MappedToIPv6)
        {
            problem = "IPv4-mapped IPv6 address is not allowed";
            return null;
        }

        UInt128 bits = 0;
        foreach (var octet in address.GetAddressBytes()) bits = (bits << 8) | octet;
        return new IpAddress(bits, true);
    }

    /// <summary>The canonical form (<see href="https://www.rfc-editor.org/rfc/rfc5952"/>).</summary>
    public override string ToString()
    {
        var bits = Bits;
        if (!IsV6) return string.Join('.', Enumerable.Range(0, 4).Select(i => ((int)(bits >> (24 - 8 * i)) & 255).ToString(CultureInfo.InvariantCulture)));
        var groups = Enumerable.Range(0, 8).Select(i => (int)(bits >> (112 - 16 * i)) & 0xffff).ToArray();
        var (start, length) = (-1, 1);
        for (var i = 0; i < 8; i++)
        {
            var end = i;
            while (end < 8 && groups[end] == 0) end++;
            if (end - i > length) (start, length) = (i, end - i);
        }

        if (start < 0) return Joined(groups);
        return $"{Joined(groups[..start])}::{Joined(groups[(start + length)..])}";
    }

    private static string Joined(int[] groups) => string.Join(':', groups.Select(g => g.ToString("x", CultureInfo.InvariantCulture)));
}

/// <summary>A block of addresses; the address may have bits beyond the length.</summary>
internal readonly record struct IpBlock(IpAddress Address, int Length)
{
    public static IpBlock? Parse(string text)
    {
        var slash = text.LastIndexOf('/');
        if (slash < 0 || IpAddress.Parse(text[..slash], out _) is not { } address) return null;
        var digits = text[(slash + 1)..];
        if (digits.Length is 0 or > 3 || (digits.Length > 1 && digits[0] == '0')) return null;
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var length) && length <= address.Width ? new IpBlock(address, length) : null;
    }

    public bool Contains(IpAddress other) => other.IsV6 == Address.IsV6 && Mask(other.Bits) == Mask(Address.Bits);

    public IpBlock Masked() => new(new IpAddress(Mask(Address.Bits), Address.IsV6), Length);

    public override string ToString() => $"{Address}/{Length}";

    private UInt128 Mask(UInt128 bits)
    {
        var host = Address.Width - Length;
        return host >= 128 ? 0 : bits >> host << host;
    }
}
