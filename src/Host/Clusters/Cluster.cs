using System.Net;
using System.Text.Json.Serialization;
using Slipway.ApiServer.Services;
using Slipway.Network;

namespace Slipway.Host.Clusters;

/// <summary>What the machine records of a cluster in <c>cluster.json</c>: chosen once and stable across restarts.</summary>
internal sealed record Cluster
{
    /// <summary>Domain of the names of services; the same for all clusters, as configurations write it out.</summary>
    public const string Domain = "cluster.local";

    /// <summary>The name, unique on the machine.</summary>
    public required string Name { get; init; }

    /// <summary>Four hexadecimal digits, unique on the machine; interfaces are named by them.</summary>
    public required string Id { get; init; }

    /// <summary>Directory of the store, the ledger, artifacts and images.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>TCP port of the API server, on loopback and on the node's address.</summary>
    public required int ApiPort { get; init; }

    /// <summary>Addresses of pods; the first is the node's.</summary>
    public required string PodCidr { get; init; }

    /// <summary>Addresses of services.</summary>
    public required string ServiceCidr { get; init; }

    /// <summary>Whether <c>up</c> made the data directory, so that <c>delete</c> removes it and not only its contents.</summary>
    public bool OwnsDataDirectory { get; init; } = true;

    /// <summary>The etcd that holds its objects; null where they are in the data directory.</summary>
    public ClusterStore? Store { get; init; }

    /// <summary>How its ledger's PostgreSQL is reached, without a password; null where the ledger is in the data directory.</summary>
    public string? Ledger { get; init; }

    /// <summary>Its audit log; null where nothing else was asked for than the default.</summary>
    public ClusterAudit? Audit { get; init; }

    /// <summary>Its simulated nodes; null where none were ever asked for.</summary>
    public ClusterSimulation? Simulation { get; init; }

    /// <summary>The ports of its ingresses; null where nothing else was asked for than the default.</summary>
    public ClusterIngress? Ingress { get; init; }

    /// <summary>Whether its server runs flows; null where nothing else was asked for than that it does.</summary>
    public bool? Flows { get; init; }

    /// <summary>Name of its Node object.</summary>
    [JsonIgnore]
    public string NodeName => NodeNameOf(Name);

    /// <summary>Name of the Node object of the cluster of a name.</summary>
    public static string NodeNameOf(string cluster) => $"slipway-{cluster}";

    /// <summary>The cgroup below which everything of the cluster runs but its server.</summary>
    [JsonIgnore]
    public string CgroupRoot => $"/slipway-{Name}";

    /// <summary>The cluster's network.</summary>
    [JsonIgnore]
    public ClusterNetwork Network => new(Name, Id, Ipv4Range.Parse(PodCidr), Ipv4Range.Parse(ServiceCidr));

    /// <summary>Addresses at which the API is served.</summary>
    [JsonIgnore]
    public IReadOnlyList<IPAddress> ApiAddresses => [IPAddress.Loopback, Network.NodeAddress];

    /// <summary>What services get their addresses from.</summary>
    [JsonIgnore]
    public ServiceOptions Services => new() { Addresses = [IPNetwork.Parse(ServiceCidr)], Server = new(Network.NodeAddress, ApiPort) };

    /// <summary>Addresses that the API server's certificate names: where it is served, and the address of the service <c>kubernetes</c>.</summary>
    [JsonIgnore]
    public IReadOnlyList<IPAddress> CertifiedAddresses => [.. ApiAddresses, Services.KubernetesAddress];
}

[JsonSerializable(typeof(Cluster))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
internal sealed partial class ClusterJson : JsonSerializerContext;
