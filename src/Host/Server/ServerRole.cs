using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Slipway.ApiServer;
using Slipway.ApiServer.Serving;
using Slipway.Cli;
using Slipway.Client;
using Slipway.Flows;
using Slipway.Host.Clusters;
using Slipway.Host.Pki;
using Slipway.Network;
using Slipway.Node.Containerd;
using Slipway.Node.Images;
using Slipway.Scheduler;
using Slipway.Storage;

namespace Slipway.Host.Server;

/// <summary>
/// A cluster in one process: every part of it is made here, by hand and in order. No step is needed at the end for
/// correctness: the process may be killed at any line, and the next run takes up what it finds.
/// </summary>
internal static class ServerRole
{
    /// <summary>Runs the cluster until it is cancelled. Containers outlive it and are adopted by the next run.</summary>
    /// <exception cref="CommandException">It cannot start; the message says why.</exception>
    public static async Task RunAsync(Cluster cluster, ClusterPaths paths, TimeProvider clock, ReadinessReport report, CancellationToken cancellation)
    {
        var started = clock.GetTimestamp();
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(new LineLogger(Console.Error, clock)).AddFilter("Microsoft", LogLevel.Warning));
        var log = logs.CreateLogger("Slipway.Host.Server");
        Directory.CreateDirectory(paths.Data);

        // 1. containerd, its network and the images it must have come up while the control plane does.
        var network = cluster.Network;
        await using var containerd = new ContainerdProcess(ClusterContainerd.Options(cluster, paths), clock, logs);
        using var images = new ImageStore(ClusterContainerd.Options(cluster, paths), clock);
        var bridge = HostNetwork.CreateAsync(network, paths.Cni, cancellation);
        var runtime = StartRuntimeAsync();

        // 2. The store, and the API over it.
        using var pki = ClusterPki.Ensure(paths.Pki, cluster.Name, [IPAddress.Loopback, network.NodeAddress], clock.GetUtcNow());
        await using var store = SqliteStore.Open(paths.Store);
        await using var api = new ApiServer.ApiServer(store, new ApiServerOptions { Version = ProductVersion.Slipway }, clock, logs);
        await api.StartAsync(cancellation);
        await bridge;
        await using var endpoint = await ListenAsync(api, cluster, pki, cancellation);

        // 3. The node.
        await runtime;

        // 4. Flows: what they record and store, and what they give to the pods of tasks.
        await using var ledger = Ledger.Open(paths.Ledger);
        var artifacts = new ArtifactStore(paths.Artifacts);
        await using var tasks = new TaskVolume(paths.Tasks, TaskBinary.Path, artifacts, logs);
        tasks.Start();
        var flows = new ControllerHost(api.For(Component("system:serviceaccount:slipway-system:flows")), clock, logs);
        FlowController.Register(flows);
        FlowRunController.Register(flows, ledger, artifacts);

        // 5. The control loops, each under its own name.
        Task[] loops =
        [
            new PodScheduler(api.For(Component("system:kube-scheduler")), clock, logs).RunAsync(cancellation),
            flows.RunAsync(cancellation),
        ];

        report.Tell(ReadinessReport.Ready);
        log.LogInformation("Cluster {Name} is ready at {Address} after {Elapsed:0} ms", cluster.Name, endpoint.Addresses[0], clock.GetElapsedTime(started).TotalMilliseconds);
        await UntilOneEndsAsync(loops, cancellation);

        async Task StartRuntimeAsync()
        {
            await containerd.StartAsync(cancellation);
            await images.EnsureAsync(PauseImage.Compose(ClusterContainerd.Options(cluster, paths).PauseImage, TaskBinary.Path), cancellation);
        }
    }

    private static UserInfo Component(string name, params IReadOnlyList<string> groups) => new(name, [.. groups, "system:authenticated"]);

    private static async Task<HttpsEndpoint> ListenAsync(ApiServer.ApiServer api, Cluster cluster, ClusterPki pki, CancellationToken cancellation)
    {
        try
        {
            return await api.ListenAsync(new HttpsOptions
            {
                Addresses = [new(IPAddress.Loopback, cluster.ApiPort), new(cluster.Network.NodeAddress, cluster.ApiPort)],
                ServerCertificate = () => pki.Server,
                ClientAuthorities = () => new X509Certificate2Collection(pki.Authority),
            }, cancellation);
        }
        catch (IOException)
        {
            throw ClusterRegistry.PortInUse(cluster);   // taken since it was looked at
        }
    }

    // A loop that fails takes the cluster down: whoever supervises it starts it again from what is stored.
    private static async Task UntilOneEndsAsync(IReadOnlyList<Task> loops, CancellationToken cancellation)
    {
        var cancelled = new TaskCompletionSource();
        using var onCancel = cancellation.Register(cancelled.SetResult);
        var first = await Task.WhenAny([.. loops, cancelled.Task]);
        if (!cancellation.IsCancellationRequested) await first;
        await Task.WhenAll(loops).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
