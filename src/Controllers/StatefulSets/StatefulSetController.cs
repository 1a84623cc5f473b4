using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Keeps the pods of each StatefulSet, each with its name and its storage.</summary>
internal sealed class StatefulSetController(
    Informer<StatefulSetView> sets, Informer<ClaimView> claims, PodControl pods, RevisionHistory history, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    private static readonly TimeSpan ClaimPatience = TimeSpan.FromSeconds(1);

    private readonly Written<StatefulSetView> _written = new();

    public static void Register(ControllerHost host)
    {
        var sets = host.Informer(Kinds.StatefulSets);
        var claims = host.Informer(Kinds.Claims);
        var events = host.Events("statefulset-controller");
        var pods = new PodControl(host, events)
        {
            Words = static (owner, verb, pod) => $"{verb} Pod {pod} in StatefulSet {owner.Metadata.Name} successful",
        };
        var history = new RevisionHistory(new(host.Informer(Kinds.ControllerRevisions), host.Api), StatefulPod.HashLabel, host.Api);
        host.Add("statefulset", new StatefulSetController(sets, claims, pods, history, host.Api, events, host.Clock), workers: 2)
            .For(sets)
            .OwnsOrSelects(sets, pods.Cache)
            .OwnsOrSelects(sets, history.Cache)
            // A pod may have been created upon a claim that was on its way out.
            .Watches(claims, change => change.New is not { IsBeingDeleted: false }
                ? sets.List().Where(set => set.Metadata.NamespaceProperty == change.Key.Namespace && StatefulPod.IsClaimOf(set, change.Key.Name)).Select(Kinds.StatefulSets.KeyOf)
                : []);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_written.Newest(key, sets) is not { Metadata.DeletionTimestamp: null } set)
            return Result.Done; // the garbage collector removes what it owned

        var claimed = Claims<PodView>.Of(set, pods.Candidates(set));
        await pods.SettleAsync(Kinds.StatefulSets, set, claimed with { Adopt = [.. claimed.Adopt.Where(pod => set.OrdinalOf(pod.Metadata.Name) is not null)] }, cancellation);
        var (update, all) = await history.SyncAsync(Kinds.StatefulSets, set, set.Spec.Template, set.Status?.CollisionCount ?? 0, cancellation);
        if (update is null)
        {
            await WriteStatusAsync(key, set, (set.Status ?? new()) with { CollisionCount = (set.Status?.CollisionCount ?? 0) + 1 }, cancellation);
            return Result.Done;
        }
        var current = all.FirstOrDefault(revision => revision.Name == set.Status?.CurrentRevision) ?? update;
        var plan = StatefulSetPlan.For(set, claimed.Own, current.Name, update.Name, clock.GetUtcNow().UtcDateTime);

        // What is decided on is told first: the next template of a pod depends on what the status says of the former one.
        await WriteStatusAsync(key, set, plan.Status, cancellation);
        var waits = false;
        foreach (var (ordinal, pod) in plan.Kept)
        {
            await KeepAsync(set, ordinal, pod, condemned: false, cancellation);
            // One that has a node keeps its claims.
            waits |= pod is { NodeName: null, IsActive: true } && !await CreateClaimsAsync(set, ordinal, claim => claim.IsBeingDeleted, cancellation);
        }
        foreach (var (ordinal, pod) in plan.Condemned)
            await KeepAsync(set, ordinal, pod, condemned: true, cancellation);
        if (await pods.DeleteAllAsync(set, plan.Delete, cancellation) is { } refusal)
            throw refusal;
        foreach (var (ordinal, revision) in plan.Create)
            waits |= !await CreateAsync(set, ordinal, revision == current.Name ? current : update, cancellation);
        await ForgetAsync(set, all, [current.Name, update.Name, .. claimed.Own.Select(pod => StatefulPod.RevisionOf(pod) ?? "")], cancellation);
        return waits ? Result.After(ClaimPatience) : plan.Again is { } delay ? Result.After(delay) : Result.Done;
    }

    /// <returns>False when a claim is still on its way out.</returns>
    private async Task<bool> CreateAsync(StatefulSetView set, int ordinal, ControllerRevisionView revision, CancellationToken cancellation)
    {
        if (!await CreateClaimsAsync(set, ordinal, claim => StatefulPod.IsGoing(claim, StatefulPod.NameOf(set, ordinal)), cancellation))
            return false;
        await pods.CreateAsync(set, StatefulPod.For(set, ordinal, revision), cancellation);
        return true;
    }

    /// <returns>False when a claim is still on its way out.</returns>
    private async Task<bool> CreateClaimsAsync(StatefulSetView set, int ordinal, Func<ClaimView, bool> isGoing, CancellationToken cancellation)
    {
        foreach (var document in StatefulPod.ClaimsFor(set, ordinal))
        {
            var name = (string)document["metadata"]!["name"]!;
            if (claims.Get(new(set.Metadata.NamespaceProperty, name)) is not { } claim)
                await CreateClaimAsync(set, document, name, StatefulPod.NameOf(set, ordinal), cancellation);
            else if (isGoing(claim))
                return false;
        }
        return true;
    }

    private async Task CreateClaimAsync(StatefulSetView set, JsonObject document, string name, string pod, CancellationToken cancellation)
    {
        try
        {
            await api.CreateAsync(Kinds.Claims, document, cancellation);
            events.Normal(set, "SuccessfulCreate", $"create Claim {name} Pod {pod} in StatefulSet {set.Metadata.Name} success");
        }
        catch (ApiException e) when (e is { Code: 409, Reason: "AlreadyExists" })
        {
            // The cache is behind, or the claim has been left by a former set: it is this one's storage.
        }
        catch (ApiException e)
        {
            events.Warning(set, "FailedCreate", $"create Claim {name} for Pod {pod} in StatefulSet {set.Metadata.Name} failed error: {e.Message}");
            throw;
        }
    }

    // The labels and the storage of a pod that is there.
    private async Task KeepAsync(StatefulSetView set, int ordinal, PodView pod, bool condemned, CancellationToken cancellation)
    {
        if (!condemned && !pod.IsBeingDeleted && !StatefulPod.HasIdentity(set, pod))
        {
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = pod.Uid, ["labels"] = StatefulPod.IdentityOf(set, ordinal) } };
            await api.PatchAsync(Kinds.Pods, pod.Metadata.NamespaceProperty, pod.Metadata.Name, patch, cancellation: cancellation);
        }
        foreach (var (_, name) in StatefulPod.ClaimNames(set, ordinal))
        {
            if (claims.Get(new(set.Metadata.NamespaceProperty, name)) is not { } claim || StatefulPod.OwnersOf(set, claim, pod, condemned) is not { } owners)
                continue;
            var patch = new JsonObject { ["metadata"] = new JsonObject { ["uid"] = claim.Metadata.Uid, ["resourceVersion"] = claim.Metadata.ResourceVersion, ["ownerReferences"] = owners } };
            await api.PatchAsync(Kinds.Claims, set.Metadata.NamespaceProperty, name, patch, cancellation: cancellation);
        }
    }

    private Task ForgetAsync(StatefulSetView set, IReadOnlyList<ControllerRevisionView> all, HashSet<string> used, CancellationToken cancellation) =>
        history.DeleteAsync(RevisionPlan.Forgettable(all, revision => used.Contains(revision.Name), set.Spec.RevisionHistoryLimit), cancellation);

    private async Task WriteStatusAsync(ObjectKey key, StatefulSetView set, StatefulSetStatusView status, CancellationToken cancellation)
    {
        if (await api.WriteStatusAsync(Kinds.StatefulSets, set, set with { Status = status }, cancellation) is { } written)
            _written.Add(key, written);
    }
}
