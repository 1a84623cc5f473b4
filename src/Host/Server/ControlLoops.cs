using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Client;
using Slipway.Controllers;
using Slipway.Flows;
using Slipway.Host.Clusters;
using Slipway.Scheduler;

namespace Slipway.Host.Server;

/// <summary>
/// The loops that act on a whole cluster: scheduler, controllers and flows, each under its own name. Where several servers share an
/// etcd, each has one leader among them. A file has one server, which needs none. Without a ledger there are no flows: they are an operator's.
/// </summary>
internal sealed class ControlLoops(ApiServer.ApiServer api, Cluster cluster, Ledger? ledger, ArtifactStore? artifacts, DeclaredPlaces places, TimeProvider clock, ILoggerFactory logs)
{
    // How long the controllers wait for the scheduler at most: what keeps that from reading is not to keep them, too.
    private static readonly TimeSpan HeadStart = TimeSpan.FromSeconds(15);

    private readonly WorkQueueMetrics _queues = new(api.Metrics);
    private readonly SchedulerMetrics _decisions = new(api.Metrics);

    /// <summary>Runs them until cancelled.</summary>
    /// <param name="rootCertificate">Certificate of the cluster's authority, PEM.</param>
    /// <param name="signer">Signs with that authority's key.</param>
    /// <param name="cancellation">Ends them.</param>
    public Task[] Run(string rootCertificate, CertificateSigner signer, CancellationToken cancellation)
    {
        var scheduler = api.For(Component("system:kube-scheduler"));
        var manager = api.For(Component("system:kube-controller-manager"));
        var flows = api.For(UserInfo.ServiceAccount("slipway-system", "flows"));
        // Of very many pods all read at once, and what a pod needs to start is to be there first. Of several servers another may schedule.
        var alone = cluster.Store is null ? new PodScheduler(scheduler, clock, logs, _decisions) : null;
        return
        [
            LeadAsync("kube-scheduler", scheduler, reign => (alone ?? new PodScheduler(scheduler, clock, logs, _decisions)).RunAsync(reign), cancellation),
            LeadAsync("kube-controller-manager", manager, async reign =>
            {
                if (alone is not null)
                    await Task.WhenAny(alone.Synced, Task.Delay(HeadStart, clock, reign));
                var host = new ControllerHost(manager, clock, logs, _queues);
                BuiltInControllers.Register(host, rootCertificate, signer);
                await host.RunAsync(reign);
            }, cancellation),
            .. ledger is null || artifacts is null ? [] : new[] { LeadAsync("slipway-flows", flows, async reign =>
            {
                await ledger.TakeOverAsync(reign);
                var host = new ControllerHost(flows, clock, logs, _queues);
                FlowControllers.Register(host, ledger, artifacts, places, OutboundTransport.Create, directories: NodeDirectory.Read);
                await host.RunAsync(reign);
            }, cancellation) },
        ];
    }

    /// <summary>A component of the control plane as a user.</summary>
    public static UserInfo Component(string name, params IReadOnlyList<string> groups) => new(name, [.. groups, UserInfo.Authenticated]);

    private Task LeadAsync(string lease, IApi identity, Func<CancellationToken, Task> lead, CancellationToken cancellation) => cluster.Store is null
        ? lead(cancellation)
        : new LeaderElection(identity, lease, Candidate, clock, Random.Shared, logs.CreateLogger<LeaderElection>()).RunAsync(lead, cancellation);

    // No two servers of one name run on a machine, so that one which was killed may go on at once under the same.
    private string Candidate => $"{Environment.MachineName}_{cluster.Name}-{cluster.Id}";
}
