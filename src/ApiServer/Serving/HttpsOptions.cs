using System.Net;
using System.Security.Cryptography.X509Certificates;

namespace Slipway.ApiServer.Serving;

/// <summary>Where and as whom to serve HTTPS.</summary>
public sealed record HttpsOptions
{
    /// <summary>Addresses to listen on; port 0 takes a free one.</summary>
    public required IReadOnlyList<IPEndPoint> Addresses { get; init; }

    /// <summary>The server's certificate with its key; asked for at each handshake, so that it can be renewed while the server runs.</summary>
    public required Func<X509Certificate2> ServerCertificate { get; init; }

    /// <summary>The authorities whose client certificates are accepted; asked for at each handshake.</summary>
    public required Func<X509Certificate2Collection> ClientAuthorities { get; init; }

    /// <summary>Longest time for a request that is not a watch or a followed log.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);
}
