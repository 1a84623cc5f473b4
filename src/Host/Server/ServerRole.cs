using System.Net;
using Slipway.Host.Clusters;
using Slipway.Host.Pki;
using Slipway.Network;

namespace Slipway.Host.Server;

/// <summary>A cluster in one process: every part of it is made here, by hand and in order.</summary>
internal static class ServerRole
{
    /// <summary>Runs the cluster until it is cancelled. Containers outlive it and are adopted by the next run.</summary>
    public static async Task RunAsync(Cluster cluster, ClusterPaths paths, TimeProvider clock, ReadinessReport report, CancellationToken cancellation)
    {
        var network = cluster.Network;
        using var pki = ClusterPki.Ensure(paths.Pki, cluster.Name, [IPAddress.Loopback, network.NodeAddress], clock.GetUtcNow());
        await HostNetwork.CreateAsync(network, paths.Cni, cancellation);
        report.Tell(ReadinessReport.Ready);
        var ended = new TaskCompletionSource();
        using var onCancel = cancellation.Register(ended.SetResult);
        await ended.Task;
    }
}
