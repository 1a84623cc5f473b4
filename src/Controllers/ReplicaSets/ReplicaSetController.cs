using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Keeps as many pods of each ReplicaSet, or of each ReplicationController, its elder, as it asks for.</summary>
internal sealed class ReplicaSetController(Resource<ReplicaSetView> kind, Informer<ReplicaSetView> sets, PodControl pods, IApi api, TimeProvider clock) : IReconciler
{
    private readonly Written<ReplicaSetView> _written = new();

    /// <summary>Adds a controller for each of the two kinds.</summary>
    public static void Register(ControllerHost host)
    {
        Register(host, Kinds.ReplicaSets, "replicaset", "replicaset-controller");
        Register(host, Kinds.ReplicationControllers, "replicationcontroller", "replication-controller");
    }

    private static void Register(ControllerHost host, Resource<ReplicaSetView> kind, string name, string component)
    {
        var sets = host.Informer(kind);
        var pods = new PodControl(host, host.Events(component));
        host.Add(name, new ReplicaSetController(kind, sets, pods, host.Api, host.Clock), workers: 4)
            .For(sets)
            .OwnsOrSelects(sets, pods.Cache);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_written.Newest(key, sets) is not { } set)
            return Result.Done; // the garbage collector removes what it owned

        var claims = Claims<PodView>.Of(set, pods.Candidates(set));
        await pods.SettleAsync(kind, set, claims, cancellation);
        var plan = ReplicaSetPlan.For(set, claims.Own, RelatedTo(set, claims.Own), clock.GetUtcNow().UtcDateTime);

        // A free pod that is taken counts once its watch tells; until then nothing is created in its place.
        ApiException? refusal = null;
        if (claims.Adopt.Count == 0 && plan.Create > 0)
            refusal = await pods.CreateSlowlyAsync(set, [.. Enumerable.Range(0, plan.Create).Select(_ => PodOf(set))], cancellation);
        else if (plan.Delete.Count > 0)
            refusal = await pods.DeleteAllAsync(set, plan.Delete, cancellation);

        if (await api.WriteStatusAsync(kind, set, set with { Status = plan.StatusWith(refusal?.Message, clock.GetUtcNow().UtcDateTime) }, cancellation) is { } written)
            _written.Add(key, written);
        if (refusal is not null)
            throw refusal;
        return plan.Again is { } delay ? Result.After(delay) : Result.Done;
    }

    private static System.Text.Json.Nodes.JsonObject PodOf(ReplicaSetView set)
    {
        var pod = PodDocument.From(set.Spec.Template, set);
        pod["metadata"]!["generateName"] = $"{set.Metadata.Name}-";
        return pod;
    }

    // Where the sets of a Deployment run is one question: a node with many of its pods gives some up first.
    private IEnumerable<PodView> RelatedTo(ReplicaSetView set, IReadOnlyList<PodView> own) => set.Metadata.ControllerOf() is { } owner
        ? sets.OwnedBy(owner.Uid).SelectMany(sibling => pods.Controlled(sibling.Metadata.Uid))
        : own;
}
