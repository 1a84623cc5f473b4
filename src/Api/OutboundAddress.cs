using System.Net;
using System.Net.Sockets;

namespace Slipway.Api;

/// <summary>Which addresses the cluster may be sent to by what its users write: those of other machines.</summary>
public static class OutboundAddress
{
    /// <summary>
    /// Whether an address is another machine's. What leads into this one, or to services of a cloud that trust it by its link, is not: a user of a
    /// namespace is no user of the machine.
    /// </summary>
    public static bool IsAllowed(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        return !IPAddress.IsLoopback(address) && !address.IsIPv6LinkLocal && !address.IsIPv6Multicast && !address.Equals(IPAddress.IPv6Any)
            && !(address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, _, _] or [0, _, _, _] or [>= 224, _, _, _]);
    }
}
