namespace Slipway.Api;

/// <summary>Who looks after an IPAddress (<see href="https://kubernetes.io/docs/reference/networking/virtual-ips/#ip-address-objects"/>).</summary>
public static class AddressManager
{
    /// <summary>The label that tells.</summary>
    public const string Label = "ipaddress.kubernetes.io/managed-by";

    /// <summary>Its value for addresses of services.</summary>
    public const string Services = "ipallocator.k8s.io";
}
