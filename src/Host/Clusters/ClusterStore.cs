using Slipway.Cli;
using Slipway.Storage;

namespace Slipway.Host.Clusters;

/// <summary>The etcd that holds a cluster's objects, as <c>cluster.json</c> records it. Paths are absolute.</summary>
internal sealed record ClusterStore
{
    /// <summary>The members, <c>https://HOST:PORT</c> with commas between them.</summary>
    public required string Endpoints { get; init; }

    /// <summary>Start of the cluster's keys.</summary>
    public required string Prefix { get; init; }

    /// <summary>PEM file of the authorities of the members' certificates; null: those that the machine trusts.</summary>
    public string? CaFile { get; init; }

    /// <summary>PEM file of the client certificate.</summary>
    public string? CertFile { get; init; }

    /// <summary>PEM file of its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Each cluster has keys of its own where several use one etcd.</summary>
    public static string DefaultPrefix(string cluster) => $"/slipway/{cluster}/";

    /// <summary>What a cluster uses from now on, or a sentence why not: what is stored cannot move by itself.</summary>
    /// <param name="cluster">The recorded cluster.</param>
    /// <param name="wish">What was asked for; null: nothing.</param>
    public static ClusterStore? Next(Cluster cluster, ClusterStore? wish)
    {
        if (wish is null || wish == cluster.Store) return cluster.Store;
        if (cluster.Store is not { } recorded)
            throw new CommandException($"the objects of cluster \"{cluster.Name}\" are in {cluster.DataDirectory} and --store cannot move them to etcd; leave the option out, or delete the cluster first");
        if (wish.Prefix.TrimEnd('/') != recorded.Prefix.TrimEnd('/'))
            throw new CommandException($"the objects of cluster \"{cluster.Name}\" are under {recorded.Prefix} in etcd and --store-prefix cannot move them; leave the option out, or delete the cluster first");
        return wish;   // members and certificates come and go
    }

    /// <summary>How the store reaches it.</summary>
    public EtcdOptions ToOptions() => new()
    {
        Endpoints = EtcdOptions.ParseEndpoints(Endpoints),
        Prefix = Prefix,
        AuthorityFile = CaFile,
        CertificateFile = CertFile,
        KeyFile = KeyFile,
    };
}
