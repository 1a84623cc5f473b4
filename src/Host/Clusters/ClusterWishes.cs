using System.Globalization;
using Slipway.Cli;
using Slipway.Host.Commands;

namespace Slipway.Host.Clusters;

/// <summary>What a user asks of a cluster; null leaves the choice to the registry, or to what is recorded.</summary>
/// <param name="ApiPort">Port of the API server.</param>
/// <param name="DataDirectory">Directory for its data.</param>
/// <param name="Store">The etcd for its objects.</param>
/// <param name="Audit">Its audit log.</param>
/// <param name="Simulation">Its simulated nodes.</param>
/// <param name="Ingress">The ports of its ingresses.</param>
/// <param name="Ledger">The PostgreSQL for its ledger.</param>
/// <param name="Flows">Whether its server runs flows.</param>
internal sealed record ClusterWishes(
    int? ApiPort, string? DataDirectory, ClusterStore? Store = null, ClusterAudit? Audit = null, ClusterSimulation? Simulation = null, ClusterIngress? Ingress = null,
    string? Ledger = null, bool? Flows = null)
{
    /// <summary>The cluster as it is from its next start on. A port may be chosen anew; data cannot move by itself.</summary>
    /// <exception cref="CommandException">The wishes contradict the record.</exception>
    public Cluster ApplyTo(Cluster existing)
    {
        if (DataDirectory is { } data && Path.GetFullPath(data) != existing.DataDirectory)
            throw new CommandException($"the data of cluster \"{existing.Name}\" is in {existing.DataDirectory} and --data-dir cannot move it; leave the option out, or delete the cluster first");
        return existing with
        {
            ApiPort = ApiPort ?? existing.ApiPort,
            Store = ClusterStore.Next(existing, Store),
            Ledger = NextLedger(existing),
            Audit = ClusterAudit.Next(existing.Audit, Audit),
            Simulation = ClusterSimulation.Next(existing.Simulation, Simulation),
            Ingress = ClusterIngress.Next(existing.Ingress, Ingress),
            Flows = Flows ?? existing.Flows,
        };
    }

    /// <summary>What a running cluster does otherwise than asked, in one sentence that says what to do; null when there is nothing.</summary>
    /// <exception cref="CommandException">The wishes contradict the record.</exception>
    public string? NotAppliedTo(Cluster running)
    {
        var asked = ApplyTo(running);
        string[] differences = [.. Options(running).Zip(Options(asked)).Where(o => o.First != o.Second)
            .Select(o => $"{o.Second.Option} {o.Second.Value ?? "by default"} (it runs with {o.First.Value ?? "the default"})")];
        return differences.Length == 0 ? null
            : $"the running cluster \"{running.Name}\" does not take up {string.Join(", ", differences)}; stop it with \"slipway down{ClusterRegistry.NameOption(running.Name)}\" and give the same command again";
    }

    private static IEnumerable<(string Option, string? Value)> Options(Cluster cluster) =>
    [
        ("--api-port", Text(cluster.ApiPort)),
        ("--store", cluster.Store?.Endpoints),
        ("--store-cafile", cluster.Store?.CaFile),
        ("--store-certfile", cluster.Store?.CertFile),
        ("--store-keyfile", cluster.Store?.KeyFile),
        ("--ledger", cluster.Ledger),
        ("--audit-policy-file", cluster.Audit?.PolicyFile),
        ("--audit-log-path", cluster.Audit?.LogPath),
        ("--audit-log-maxsize", Text(cluster.Audit?.MaxSize)),
        ("--audit-log-maxbackup", Text(cluster.Audit?.MaxBackup)),
        ("--audit-log-maxage", Text(cluster.Audit?.MaxAge)),
        ("--simulated-nodes", Text(cluster.Simulation?.Nodes)),
        ("--simulation", cluster.Simulation?.File),
        ("--ingress-http-port", Text(cluster.Ingress?.HttpPort)),
        ("--ingress-https-port", Text(cluster.Ingress?.HttpsPort)),
        ("--flows", cluster.Flows switch { true => ClusterOptions.On, false => ClusterOptions.Off, null => null }),
    ];

    // Records do not move by themselves; where the PostgreSQL is reached, and as whom, may change.
    private string? NextLedger(Cluster existing) => Ledger is null || existing.Ledger is not null
        ? Ledger ?? existing.Ledger
        : throw new CommandException($"the ledger of cluster \"{existing.Name}\" is in {existing.DataDirectory} and --ledger cannot move it to PostgreSQL; leave the option out, or delete the cluster first");

    private static string? Text(int? number) => number?.ToString(CultureInfo.InvariantCulture);
}
