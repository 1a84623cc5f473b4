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

    /// <summary>The agent of a node whose API is served besides, at an address of its own and with the same certificate; null for none.</summary>
    public AgentOptions? Agent { get; init; }

    /// <summary>Longest time until the headers of a request have arrived.</summary>
    public TimeSpan HeadersTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time for a request that is not a watch or a followed log, from its headers to its answer, and again until that is taken.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How many requests of one user are answered at the same time; what is over it gets 429.</summary>
    public int MaxRequestsOfUser { get; init; } = 400;

    /// <summary>How many watches and followed logs one user may have open.</summary>
    public int MaxWatchesOfUser { get; init; } = 10_000;

    /// <summary>How many connections are open at the same time; more are closed at once.</summary>
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>How many of them may come from one address; more are closed at once.</summary>
    public int MaxConnectionsOfAddress { get; init; } = 5_000;

    /// <summary>How many connections one user may have open; a request on another one gets 429, and the connection is closed.</summary>
    public int MaxConnectionsOfUser { get; init; } = 2_500;
}

/// <summary>Where to serve the kubelet's API of a node.</summary>
public sealed record AgentOptions
{
    /// <summary>Name of the node; its agent is reached through <see cref="ApiServerOptions.Nodes"/>.</summary>
    public required string Node { get; init; }

    /// <summary>Address to listen on; port 0 takes a free one.</summary>
    public required IPEndPoint Address { get; init; }
}
