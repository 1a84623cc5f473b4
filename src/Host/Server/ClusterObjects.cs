using Microsoft.Extensions.Logging;
using Slipway.Cli;
using Slipway.Host.Clusters;
using Slipway.Storage;

namespace Slipway.Host.Server;

/// <summary>Opens what keeps a cluster's objects.</summary>
internal static class ClusterObjects
{
    /// <summary>The store: the cluster's etcd, or a file in its data directory.</summary>
    /// <exception cref="CommandException">It cannot be used; the message says what to do.</exception>
    public static async Task<IStore> OpenAsync(Cluster cluster, ClusterPaths paths, TimeProvider clock, ILoggerFactory logs, CancellationToken cancellation)
    {
        if (cluster.Store is not { } etcd) return SqliteStore.Open(paths.Store);
        try
        {
            return await EtcdStore.ConnectAsync(etcd.ToOptions(), clock, Random.Shared, logs, cancellation);
        }
        catch (StoreUnreachableException e)
        {
            throw new CommandException($"the store of cluster \"{cluster.Name}\" is unreachable: {e.Message}; start etcd, or correct --store and its certificates");
        }
        catch (StoreUnusableException e)
        {
            throw new CommandException($"the store of cluster \"{cluster.Name}\" cannot be used: {e.Message}; correct the --store options");
        }
    }
}
