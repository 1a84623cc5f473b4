using System.Net;

namespace Slipway.ApiServer.Services;

/// <summary>What services are given of.</summary>
public sealed record ServiceOptions
{
    /// <summary>Ranges of cluster addresses; one of each family, the preferred family first.</summary>
    public IReadOnlyList<IPNetwork> Addresses { get; init; } = [IPNetwork.Parse("10.96.0.0/16")];

    /// <summary>The address of the service <c>kubernetes</c>: the first that there is.</summary>
    public IPAddress KubernetesAddress => new AddressRange(Addresses[0]).At(0);

    /// <summary>The first node port.</summary>
    public int FirstNodePort { get; init; } = 30_000;

    /// <summary>The last node port.</summary>
    public int LastNodePort { get; init; } = 32_767;

    /// <summary>Where clients in the cluster reach this server over HTTPS; null when nobody is to be told.</summary>
    public IPEndPoint? Server { get; init; }
}
