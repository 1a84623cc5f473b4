using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// Lets go what flows declare not to keep any longer. There is no timer while no flow declares anything: those that do are looked at once an
/// hour.
/// </summary>
public sealed class RetentionKeeper(Informer<Flow> flows, InformerIndex<k8s.Models.V1Pod> pods, Ledger ledger, ArtifactStore store, TimeProvider clock, ILogger log) : IReconciler
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host, Ledger ledger, ArtifactStore store)
    {
        var flows = host.Informer(FlowKinds.Flows);
        var pods = host.Informer(FlowKinds.Pods, new InformerOptions { LabelSelector = FlowNames.RunLabel });
        var byManifest = pods.AddIndex(pod => AttemptReader.InputHash(pod) is { } manifest ? [manifest] : []);
        host.Add("flow-retention", new RetentionKeeper(flows, byManifest, ledger, store, host.Clock, host.Logs.CreateLogger<RetentionKeeper>())).For(flows).Reads(pods);
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (flows.Get(key)?.Spec.Retention is not { } retention)
            return Result.Done;
        var now = clock.GetUtcNow();
        var released = await ledger.ReleaseAsync(key.Namespace, key.Name, Before(retention.Artifacts), Before(retention.Logs), Before(retention.Records), cancellation);
        var removed = 0;
        var settled = new List<string>();
        do
        {
            settled.Clear();
            foreach (var sha256 in released)
            {
                if (store.Remove(sha256, () => !ledger.Read.IsReferred(sha256) && pods.Find(sha256).Count == 0))
                    removed++;
                else if (store.HasHere(sha256) && !ledger.Read.IsReferred(sha256))
                    continue; // too young, or a pod reads it: the next time
                settled.Add(sha256);
            }

            if (settled.Count > 0)
                released = await ledger.SettleAsync(settled, cancellation);
        }
        while (settled.Count > 0 && released.Count > 0); // the files of a directory go after it

        if (removed > 0)
            log.LogInformation("Retention of flow {Flow}: {Count} artifacts are removed", key, removed);
        return Result.After(Period);

        DateTimeOffset? Before(string? age) => FlowDuration.TryParse(age, out var kept) ? now - kept : null;
    }
}
