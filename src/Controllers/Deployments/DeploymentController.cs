using System.Globalization;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Rolls each Deployment from one template to the next by its ReplicaSets.</summary>
internal sealed class DeploymentController(Informer<DeploymentView> deployments, OwnedObjects<ReplicaSetView> sets, Informer<PodView> pods, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    private readonly Written<DeploymentView> _written = new();
    private readonly Written<ReplicaSetView> _writtenSets = new();

    public static void Register(ControllerHost host)
    {
        var deployments = host.Informer(Kinds.Deployments);
        var sets = host.Informer(Kinds.ReplicaSets);
        var pods = host.Informer(Kinds.Pods);
        var owned = new OwnedObjects<ReplicaSetView>(sets, host.Api);
        host.Add("deployment", new DeploymentController(deployments, owned, pods, host.Api, host.Events("deployment-controller"), host.Clock), workers: 4)
            .For(deployments)
            .OwnsOrSelects(deployments, sets)
            // Recreate waits for the last pod to go.
            .Watches(pods, change => change.New is null && change.Old!.Controller is { Kind: "ReplicaSet" } set
                && sets.Get(new(change.Key.Namespace, set.Name))?.Metadata.ControllerOf() is { Kind: "Deployment" } owner
                    ? [new ObjectKey(change.Key.Namespace, owner.Name)]
                    : Enumerable.Empty<ObjectKey>());
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_written.Newest(key, deployments) is not { } deployment)
            return Result.Done; // the garbage collector removes what it owned

        var claims = Claims<ReplicaSetView>.Of(deployment, sets.Candidates(deployment).Select(Newest));
        await sets.SettleAsync(Kinds.Deployments, deployment, claims, cancellation);
        if (claims.Adopt.Count > 0)
            return Result.Done; // their watch tells that they are taken
        var plan = DeploymentPlan.For(deployment, claims.Own, set => pods.OwnedBy(set.Metadata.Uid), Now);

        if (plan.Create is { } set && await CreateAsync(deployment, set, plan, cancellation) is { } refused)
        {
            await WriteStatusAsync(key, deployment, refused, cancellation);
            return Result.After(TimeSpan.FromSeconds(1));
        }
        foreach (var change in plan.Changes)
            await ChangeAsync(deployment, change, cancellation);
        foreach (var forgotten in plan.Delete)
            await api.DeleteAsync(Kinds.ReplicaSets, key.Namespace, forgotten.Metadata.Name, new() { Uid = forgotten.Metadata.Uid, ResourceVersion = forgotten.Metadata.ResourceVersion }, cancellation);
        await WriteRevisionAsync(key, deployment, plan.Revision, cancellation);
        await WriteStatusAsync(key, deployment, plan.Status, cancellation);
        return plan.Again is { } delay ? Result.After(delay) : Result.Done;
    }

    private DateTime Now => clock.GetUtcNow().UtcDateTime;

    private ReplicaSetView Newest(ReplicaSetView set) => _writtenSets.Newest(Kinds.ReplicaSets.KeyOf(set), set) ?? set;

    /// <returns>The status when it was refused; null when it was created.</returns>
    private async Task<DeploymentStatusView?> CreateAsync(DeploymentView deployment, JsonObject document, DeploymentPlan plan, CancellationToken cancellation)
    {
        var name = (string)document["metadata"]!["name"]!;
        try
        {
            var created = await sets.CreateAsync(document, cancellation);
            if (created.Replicas > 0)
                TellScaled(deployment, name, 0, created.Replicas);
            return null;
        }
        catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
        {
            var other = await api.GetAsync(Kinds.ReplicaSets, deployment.Metadata.NamespaceProperty, name, cancellation);
            if (other is null || (other.Metadata.IsControlledBy(deployment) && DeploymentSets.Of(deployment, [other]).New is not null))
                return deployment.Status ?? new(); // it is on its way into the cache
            // Another template has the same hash.
            return (deployment.Status ?? new()) with { CollisionCount = (deployment.Status?.CollisionCount ?? 0) + 1 };
        }
        catch (ApiException e) when (e.Code is not (500 or 504))
        {
            events.Warning(deployment, "ReplicaSetCreateError", $"Failed to create new replica set \"{name}\": {e.Message}");
            return deployment.Deadline is null ? plan.Status : plan.Status with { Conditions = DeploymentProgress.WithCreateError(plan.Status.Conditions, name, e.Message, Now) };
        }
    }

    private async Task ChangeAsync(DeploymentView deployment, ReplicaSetChange change, CancellationToken cancellation)
    {
        var metadata = change.Set.Metadata;
        var written = await api.PatchAsync(Kinds.ReplicaSets, metadata.NamespaceProperty, metadata.Name, change.Patch, cancellation: cancellation);
        _writtenSets.Add(Kinds.ReplicaSets.KeyOf(written), written);
        if (change.Replicas != change.Set.Replicas)
            TellScaled(deployment, metadata.Name, change.Set.Replicas, change.Replicas);
    }

    private async Task WriteRevisionAsync(ObjectKey key, DeploymentView deployment, long? revision, CancellationToken cancellation)
    {
        if (revision?.ToString(CultureInfo.InvariantCulture) is not { } text
            || (deployment.Metadata.Annotations is { } annotations && annotations.TryGetValue(DeploymentSets.Revision, out var known) && known == text))
            return;
        var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = deployment.Metadata.Uid, ["annotations"] = new JsonObject { [DeploymentSets.Revision] = text } } };
        await api.PatchAsync(Kinds.Deployments, key.Namespace, key.Name, patch, cancellation: cancellation);
    }

    private async Task WriteStatusAsync(ObjectKey key, DeploymentView deployment, DeploymentStatusView status, CancellationToken cancellation)
    {
        if (await api.WriteStatusAsync(Kinds.Deployments, deployment, deployment with { Status = status }, cancellation) is { } written)
            _written.Add(key, written);
    }

    private void TellScaled(DeploymentView deployment, string set, int from, int to) =>
        events.Normal(deployment, "ScalingReplicaSet", $"Scaled {(to > from ? "up" : "down")} replica set {set} from {from} to {to}");
}
