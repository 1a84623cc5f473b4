using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.ApiServer.Serving;
using Slipway.Cli;
using Slipway.Client;
using Slipway.Flows;
using Slipway.Host.Clusters;
using Slipway.Host.Pki;
using Slipway.Network;
using Slipway.Node;
using Slipway.Node.Containerd;
using Slipway.Node.Images;
using Slipway.Node.Volumes.LocalPaths;

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
        // Without a log of its hosting, ASP.NET makes no activity for each request, which nobody would read.
        using var lines = new LineLogger(Console.Error, clock);
        using var logs = LoggerFactory.Create(logging => logging.AddProvider(lines)
            .AddFilter("Microsoft", LogLevel.Warning).AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None));
        var log = logs.CreateLogger("Slipway.Host.Server");
        Directory.CreateDirectory(paths.Data);
        Directory.CreateDirectory(paths.Pods);

        // 1. The bridge, containerd and the image of pods' sandboxes come up while the control plane does.
        var containerdOptions = ClusterContainerd.Options(cluster, paths);
        await using var containerd = new ContainerdProcess(containerdOptions, clock, logs);
        using var images = new ImageStore(containerdOptions, clock);
        var bridge = HostNetwork.CreateAsync(cluster.Network, paths.Cni, cancellation);
        var runtime = StartRuntimeAsync();

        // 2. What flows record, store and give to the pods of their tasks.
        await using var ledger = cluster.Flows == false ? null : cluster.Ledger is { } postgres ? Ledger.OpenPostgres(postgres) : Ledger.Open(paths.Ledger);
        ApiServer.ApiServer? served = null;
        IApi FlowsApi() => served!.For(UserInfo.ServiceAccount("slipway-system", "flows"));
        var places = new DeclaredPlaces(FlowsApi, S3Place.Reach, StorePod.Reach(FlowsApi, new(containerdOptions.PauseImage, PauseImage.Program), clock), clock);
        var artifacts = ledger is null ? null : new ArtifactStore(paths.Artifacts, origin: new PlacedArtifacts(ledger, places));
        await using var tasks = artifacts is null ? null : new TaskVolume(paths.Tasks, TaskBinary.Path, artifacts, logs);
        tasks?.Start();

        // 3. The store, and the API over it.
        using var pki = LivePki.Open(paths.Pki, cluster.Name, cluster.CertifiedAddresses, isShared: cluster.Store is not null, clock, logs.CreateLogger<LivePki>());
        await using var store = await ClusterObjects.OpenAsync(cluster, paths, clock, logs, cancellation);
        var node = new LocalNode(cluster.NodeName);
        // Needed by servers behind APIServices alone, and nothing that must last.
        var frontProxy = new Lazy<X509Certificate2>(() => CertificateAuthority.IssueClient(pki.Certificates.Authority, ApiServerOptions.FrontProxyName, "slipway:front-proxy", clock.GetUtcNow()));
        var hooks = ledger is null ? null : new TriggerHooks(FlowsApi, ledger, clock);
        await using var api = served = new ApiServer.ApiServer(store, new ApiServerOptions
        {
            IsLogBlocked = () => lines.IsBlocked,
            Version = ProductVersion.Slipway,
            Nodes = node,
            FrontProxyCertificate = () => frontProxy.Value,
            Encryption = new() { Keys = () => pki.EncryptionKeys },
            Services = cluster.Services,
            Audit = ClusterAudit.Options(cluster.Audit, paths.AuditLog),
            TaintNewNodes = true,
            ServiceAccounts = true,
            MountServiceAccountTokens = true,
            RegistersItself = true,
            LocalStorage = true,
            Flows = ledger is not null,
            Tokens = new() { Keys = () => pki.TokenKeys, RootCertificate = pki.Certificates.Authority.ExportCertificatePem() },
            Hooks = hooks is null ? null : hooks.SendAsync,
            Extensions = ledger is null || artifacts is null ? [] : [new LedgerExtension(new LedgerApi(ledger, artifacts))],
        }, clock, logs);
        await api.StartAsync(cancellation);
        await bridge;
        await using var endpoint = await ListenAsync(api, cluster, pki, log, cancellation);

        // 4. The node, which takes up the containers that still run.
        await runtime;
        await using var agent = node.Agent = new NodeAgent(api.For(ControlLoops.Component($"system:node:{cluster.NodeName}", "system:nodes")), new NodeOptions
        {
            NodeName = cluster.NodeName,
            Address = $"{cluster.Network.NodeAddress}",
            KubeletPort = endpoint.Agent!.Port,
            ContainerdSocket = containerdOptions.Socket,
            ContainerdState = containerdOptions.State,
            PodsRoot = paths.Pods,
            LogsRoot = paths.Logs,
            // Collectors know one cluster on a machine.
            SharedLogs = cluster.Name == ClusterName.Default ? ClusterPaths.MachineLogs : null,
            CgroupParent = $"{cluster.CgroupRoot}/pods",
            PauseImage = containerdOptions.PauseImage,
            InlineVolumes = tasks is null ? [] : [new TaskVolumeDriver(tasks)],
            Images = images,
            ClusterDns = $"{cluster.Network.DnsAddress}",
            ClusterDomain = Cluster.Domain,
        }, clock, logs);

        // 5. The loops: those of this machine, and those of the cluster.
        var queues = new WorkQueueMetrics(api.Metrics);
        var network = new ControllerHost(api.For(UserInfo.ServiceAccount("slipway-system", "network")), clock, logs, queues);
        NetworkRole.Register(network, cluster.Network, cluster.NodeName, Cluster.Domain, ClusterIngress.Options(cluster));
        var simulated = node.Simulated = ClusterSimulation.Start(cluster.Simulation, api, clock, logs);
        var storage = new ControllerHost(api.For(UserInfo.ServiceAccount("slipway-system", "local-path")), clock, logs, queues);
        LocalPathRole.Register(storage, cluster.NodeName, paths.Volumes, paths.Pods);
        var control = new ControlLoops(api, cluster, ledger, artifacts, places, clock, logs);
        Task[] loops =
        [
            agent.RunAsync(cancellation),
            network.RunAsync(cancellation),
            .. simulated is null ? [] : new[] { simulated.RunAsync(cancellation) },
            storage.RunAsync(cancellation),
            pki.RunAsync(api.ResealAsync, cancellation),
            HeapTrim.RunAsync(clock, cancellation),
            .. control.Run(pki.Certificates.Authority.ExportCertificatePem(), (certificate, from, until) => CertificateAuthority.Sign(pki.Certificates.Authority, certificate, from, until), cancellation),
        ];

        var ready = Task.WhenAll(agent.Ready, simulated?.Ready ?? Task.CompletedTask);
        await Task.WhenAny([ready, .. loops]);
        if (ready.IsCompletedSuccessfully)
        {
            report.Tell(ReadinessReport.Ready);
            log.LogInformation("Cluster {Name} is ready at {Address} after {Elapsed:0} ms", cluster.Name, endpoint.Addresses[0], clock.GetElapsedTime(started).TotalMilliseconds);
        }
        await UntilOneEndsAsync(loops, cancellation);

        async Task StartRuntimeAsync()
        {
            await containerd.StartAsync(cancellation);
            await images.EnsureAsync(PauseImage.Compose(containerdOptions.PauseImage, TaskBinary.Path), cancellation);
        }
    }

    private static Task<HttpsEndpoint> ListenAsync(ApiServer.ApiServer api, Cluster cluster, LivePki pki, ILogger log, CancellationToken cancellation) =>
        AgentPort.ListenAsync(cluster, ClusterRegistry.IsFree, agent => api.ListenAsync(new HttpsOptions
        {
            Addresses = [.. cluster.ApiAddresses.Select(address => new IPEndPoint(address, cluster.ApiPort))],
            ServerCertificate = () => pki.Certificates.Server,
            ClientAuthorities = () => new X509Certificate2Collection(pki.Certificates.Authority),
            Agent = new() { Node = cluster.NodeName, Address = agent },
        }, cancellation), log);

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
