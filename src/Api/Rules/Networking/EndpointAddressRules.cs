using System.Net;
using static Slipway.Api.Rules.FieldCheck;

namespace Slipway.Api.Rules.Networking;

/// <summary>The rules of addresses that traffic is sent to.</summary>
internal static class EndpointAddressRules
{
    /// <summary>
    /// Adds why an address is none that others can reach: it is unspecified, of the node itself, or of its link
    /// (<see href="https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry.xhtml"/>).
    /// </summary>
    public static void Ordinary(string text, string path, List<StatusCause> causes)
    {
        if (ParseAddress(text) is not { } address)
        {
            causes.Add(StatusCause.Invalid(path, Quote(text), "must be a valid IP address"));
            return;
        }
        var bytes = address.GetAddressBytes();
        var isV4 = bytes.Length == 4;
        if (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)) causes.Add(StatusCause.Invalid(path, Quote(text), $"may not be unspecified ({text})"));
        if (IPAddress.IsLoopback(address)) causes.Add(StatusCause.Invalid(path, Quote(text), "may not be in the loopback range (127.0.0.0/8, ::1/128)"));
        if (isV4 ? bytes is [169, 254, ..] : address.IsIPv6LinkLocal) causes.Add(StatusCause.Invalid(path, Quote(text), "may not be in the link-local range (169.254.0.0/16, fe80::/10)"));
        if (isV4 ? bytes is [224, 0, 0, _] : bytes is [0xff, 0x02, ..]) causes.Add(StatusCause.Invalid(path, Quote(text), "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"));
    }
}
