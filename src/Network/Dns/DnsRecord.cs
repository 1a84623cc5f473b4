using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Slipway.Network;

/// <summary>Types of DNS records that the cluster gives.</summary>
internal static class DnsType
{
    public const ushort A = 1, Ns = 2, Cname = 5, Soa = 6, Ptr = 12, Txt = 16, Aaaa = 28, Srv = 33, Opt = 41, Any = 255;
}

/// <summary>Codes of DNS answers.</summary>
internal static class DnsCode
{
    public const byte NoError = 0, FormatError = 1, ServerFailure = 2, NoSuchName = 3, NotImplemented = 4, Refused = 5;
}

/// <summary>A record of DNS (RFC 1035, RFC 2782).</summary>
/// <param name="Name">Whose it is, in lower case and without the final dot.</param>
/// <param name="Type">Its type.</param>
/// <param name="Ttl">Seconds for which it may be kept.</param>
internal sealed record DnsRecord(string Name, ushort Type, uint Ttl)
{
    /// <summary>The data of types without names in them.</summary>
    public byte[] Data { get; init; } = [];

    /// <summary>The name in the data of other types.</summary>
    public string Target { get; init; } = "";

    /// <summary>Port of an SRV record.</summary>
    public ushort Port { get; init; }

    /// <summary>Weight of an SRV record.</summary>
    public ushort Weight { get; init; }

    /// <summary>A record of type A or AAAA.</summary>
    public static DnsRecord Address(string name, uint ttl, IPAddress address) =>
        new(name, address.AddressFamily == AddressFamily.InterNetworkV6 ? DnsType.Aaaa : DnsType.A, ttl) { Data = address.GetAddressBytes() };

    /// <summary>A record of type TXT, of at most 255 bytes.</summary>
    public static DnsRecord Text(string name, uint ttl, string text) => new(name, DnsType.Txt, ttl) { Data = [(byte)text.Length, .. Encoding.ASCII.GetBytes(text)] };

    /// <inheritdoc/>
    public override string ToString() => Type switch
    {
        DnsType.A => $"{Name} A {new IPAddress(Data)}",
        DnsType.Aaaa => $"{Name} AAAA {new IPAddress(Data)}",
        DnsType.Srv => $"{Name} SRV {Weight} {Port} {Target}",
        DnsType.Ptr => $"{Name} PTR {Target}",
        DnsType.Cname => $"{Name} CNAME {Target}",
        DnsType.Ns => $"{Name} NS {Target}",
        DnsType.Soa => $"{Name} SOA {Target}",
        DnsType.Txt => $"{Name} TXT {Encoding.ASCII.GetString(Data.AsSpan(1))}",
        _ => $"{Name} TYPE{Type}",
    };
}

/// <summary>What is answered to a question.</summary>
/// <param name="Code">Whether it went well.</param>
/// <param name="Answers">The records that were asked for.</param>
internal sealed record DnsAnswer(byte Code, IReadOnlyList<DnsRecord> Answers)
{
    /// <summary>Records that tell how long an empty answer may be kept.</summary>
    public IReadOnlyList<DnsRecord> Authority { get; init; } = [];

    /// <summary>Records that the client will want next.</summary>
    public IReadOnlyList<DnsRecord> Additional { get; init; } = [];

    /// <summary>A name of elsewhere that the last answer leads to; its records belong to the answer too.</summary>
    public string? Continue { get; init; }
}
