using System.Net;
using Microsoft.Extensions.Logging;
using Slipway.Host.Clusters;
using Slipway.Host.Pki;
using Slipway.Network;
using Slipway.Node.Containerd;
using Slipway.Node.Images;

namespace Slipway.Host.Server;

/// <summary>A cluster in one process: every part of it is made here, by hand and in order.</summary>
internal static class ServerRole
{
    /// <summary>Runs the cluster until it is cancelled. Containers outlive it and are adopted by the next run.</summary>
    public static async Task RunAsync(Cluster cluster, ClusterPaths paths, TimeProvider clock, ReadinessReport report, CancellationToken cancellation)
    {
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(new LineLogger(Console.Error, clock)).SetMinimumLevel(LogLevel.Information));
        var network = cluster.Network;
        var containerdOptions = ClusterContainerd.Options(cluster, paths);
        await using var containerd = new ContainerdProcess(containerdOptions, clock, logs);

        using var pki = ClusterPki.Ensure(paths.Pki, cluster.Name, [IPAddress.Loopback, network.NodeAddress], clock.GetUtcNow());
        await HostNetwork.CreateAsync(network, paths.Cni, cancellation);
        await containerd.StartAsync(cancellation);
        using var images = new ImageStore(containerdOptions, clock);
        await images.EnsureAsync(PauseImage.Compose(containerdOptions.PauseImage, Path.Combine(AppContext.BaseDirectory, "slipway-task")), cancellation);
        report.Tell(ReadinessReport.Ready);
        var ended = new TaskCompletionSource();
        using var onCancel = cancellation.Register(ended.SetResult);
        await ended.Task;
    }
}
