using Slipway.Network;

namespace Slipway.Host.Clusters;

/// <summary>What <c>cluster.json</c> records of the ports of ingresses; null is the default of each.</summary>
internal sealed record ClusterIngress
{
    /// <summary>TCP port of HTTP.</summary>
    public int? HttpPort { get; init; }

    /// <summary>TCP port of HTTPS.</summary>
    public int? HttpsPort { get; init; }

    /// <summary>What a cluster does from now on: what was asked for, and otherwise what it did before.</summary>
    public static ClusterIngress? Next(ClusterIngress? recorded, ClusterIngress? wish) => wish is null ? recorded
        : new() { HttpPort = wish.HttpPort ?? recorded?.HttpPort, HttpsPort = wish.HttpsPort ?? recorded?.HttpsPort };

    /// <summary>Where a cluster serves ingresses.</summary>
    public static IngressOptions Options(Cluster cluster)
    {
        var usual = new IngressOptions { NameOption = ClusterRegistry.NameOption(cluster.Name) };
        return usual with { Http = cluster.Ingress?.HttpPort ?? usual.Http, Https = cluster.Ingress?.HttpsPort ?? usual.Https };
    }
}
