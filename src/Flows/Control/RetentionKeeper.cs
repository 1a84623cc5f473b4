using Microsoft.Extensions.Logging;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// Lets go what flows declare not to keep any longer. There is no timer while no flow declares anything: those that do are looked at once an
/// hour.
/// </summary>
internal sealed class RetentionKeeper(Informer<Flow> flows, Ledger ledger, ReleasedArtifacts artifacts, TimeProvider clock, ILogger log) : IReconciler
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host, Ledger ledger, ReleasedArtifacts artifacts)
    {
        var flows = host.Informer(FlowKinds.Flows);
        host.Add("flow-retention", new RetentionKeeper(flows, ledger, artifacts, host.Clock, host.Logs.CreateLogger<RetentionKeeper>())).For(flows).Reads(ReleasedArtifacts.PodsOf(host));
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (flows.Get(key)?.Spec.Retention is not { } retention)
            return Result.Done;
        var now = clock.GetUtcNow();
        var released = await ledger.ReleaseAsync(key.Namespace, key.Name, Before(retention.Artifacts), Before(retention.Logs), Before(retention.Records), cancellation);
        if (await artifacts.RemoveAsync(released, cancellation) is > 0 and var removed)
            log.LogInformation("Retention of flow {Flow}: {Count} artifacts are removed", key, removed);
        return Result.After(Period);

        DateTimeOffset? Before(string? age) => FlowDuration.TryParse(age, out var kept) ? now - kept : null;
    }
}
