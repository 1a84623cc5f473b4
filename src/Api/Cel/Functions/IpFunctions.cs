using static Slipway.Api.Cel.CelOverload;

namespace Slipway.Api.Cel;

/// <summary>Kubernetes' library of IP addresses (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library"/>).</summary>
internal static class IpFunctions
{
    public static readonly CelType Ip = CelType.Opaque("net.IP");

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Global("ip", "string_to_ip", [CelType.String], Ip, (_, a) => IpAddress.Parse(a[0].Text(), out var problem) is { } ip ? Value(ip) : Problem(a[0].Text(), problem)),
        Global("isIP", "is_ip", [CelType.String], CelType.Bool, (_, a) => CelBool.Of(IpAddress.Parse(a[0].Text(), out var _) is not null)),
        Global("ip.isCanonical", "ip_is_canonical", [CelType.String], CelType.Bool, (_, a) =>
            IpAddress.Parse(a[0].Text(), out var problem) is { } ip ? CelBool.Of(ip.ToString() == a[0].Text()) : Problem(a[0].Text(), problem)),
        Global("string", "ip_to_string", [Ip], CelType.String, (_, a) => new CelString(a[0].ToString())),
        Member("family", "ip_family", [Ip], CelType.Int, (_, a) => new CelInt(a[0].Opaque<IpAddress>().IsV6 ? 6 : 4)),
        Test("isUnspecified", ip => ip.Bits == 0),
        Test("isLoopback", IsLoopback),
        Test("isLinkLocalMulticast", IsLinkLocalMulticast),
        Test("isLinkLocalUnicast", IsLinkLocalUnicast),
        // As in Go, private addresses are global ones too.
        Test("isGlobalUnicast", ip => ip.Bits != 0 && !(!ip.IsV6 && ip.Bits == uint.MaxValue) && !IsLoopback(ip) && !IsLinkLocalUnicast(ip) && !IsMulticast(ip)),
    ];

    public static CelValue Value(IpAddress address) => new CelOpaque<IpAddress>(Ip, address);

    private static CelError Problem(string text, string problem) => new($"IP Address '{text}' parse error during conversion from string: {problem}");

    private static CelOverload Test(string function, Func<IpAddress, bool> test) =>
        Member(function, $"ip_{function}", [Ip], CelType.Bool, (_, a) => CelBool.Of(test(a[0].Opaque<IpAddress>())));

    private static bool IsLoopback(IpAddress ip) => ip.IsV6 ? ip.Bits == 1 : ip.Bits >> 24 == 127;

    private static bool IsLinkLocalMulticast(IpAddress ip) => ip.IsV6 ? ip.Bits >> 112 is var top && (top & 0xff0f) == 0xff02 : ip.Bits >> 8 == 0xe00000;

    private static bool IsLinkLocalUnicast(IpAddress ip) => ip.IsV6 ? ip.Bits >> 118 == 0xfe80 >> 6 : ip.Bits >> 16 == 0xa9fe;

    private static bool IsMulticast(IpAddress ip) => ip.IsV6 ? ip.Bits >> 120 == 0xff : ip.Bits >> 28 == 0xe;
}

/// <summary>Kubernetes' library of address blocks (<see href="https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-cidr-library"/>).</summary>
internal static class CidrFunctions
{
    public static readonly CelType Cidr = CelType.Opaque("net.CIDR");

    public static IReadOnlyList<CelOverload> All { get; } =
    [
        Global("cidr", "string_to_cidr", [CelType.String], Cidr, (_, a) => IpBlock.Parse(a[0].Text()) is { } block ? Value(block) : Problem(a[0].Text())),
        Global("isCIDR", "is_cidr", [CelType.String], CelType.Bool, (_, a) => CelBool.Of(IpBlock.Parse(a[0].Text()) is not null)),
        Global("string", "cidr_to_string", [Cidr], CelType.String, (_, a) => new CelString(a[0].ToString())),
        Member("containsIP", "cidr_contains_ip", [Cidr, IpFunctions.Ip], CelType.Bool, (_, a) => CelBool.Of(Block(a[0]).Contains(a[1].Opaque<IpAddress>()))),
        Member("containsIP", "cidr_contains_ip_string", [Cidr, CelType.String], CelType.Bool, (_, a) =>
            IpAddress.Parse(a[1].Text(), out var problem) is { } ip ? CelBool.Of(Block(a[0]).Contains(ip)) : new CelError($"IP Address '{a[1].Text()}' parse error during conversion from string: {problem}")),
        Member("containsCIDR", "cidr_contains_cidr", [Cidr, Cidr], CelType.Bool, (_, a) => CelBool.Of(Contains(Block(a[0]), Block(a[1])))),
        Member("containsCIDR", "cidr_contains_cidr_string", [Cidr, CelType.String], CelType.Bool, (_, a) =>
            IpBlock.Parse(a[1].Text()) is { } other ? CelBool.Of(Contains(Block(a[0]), other)) : Problem(a[1].Text())),
        Member("ip", "cidr_ip", [Cidr], IpFunctions.Ip, (_, a) => IpFunctions.Value(Block(a[0]).Address)),
        Member("masked", "cidr_masked", [Cidr], Cidr, (_, a) => Value(Block(a[0]).Masked())),
        Member("prefixLength", "cidr_prefix_length", [Cidr], CelType.Int, (_, a) => new CelInt(Block(a[0]).Length)),
    ];

    private static IpBlock Block(CelValue value) => value.Opaque<IpBlock>();

    private static bool Contains(IpBlock outer, IpBlock inner) => outer.Length <= inner.Length && outer.Contains(inner.Address);

    private static CelOpaque<IpBlock> Value(IpBlock block) => new(Cidr, block);

    private static CelError Problem(string text) => new($"network address parse error during conversion from string: netip.ParsePrefix(\"{text}\"): no such address block");
}
