using Slipway.Api;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>Keeps a pod of each DaemonSet on each node that it is for.</summary>
internal sealed class DaemonSetController(
    Informer<DaemonSetView> sets, Informer<NodeView> nodes, PodControl pods, RevisionHistory history, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    private readonly Written<DaemonSetView> _written = new();
    private readonly FailureBackoff _backoff = new();

    public static void Register(ControllerHost host)
    {
        var sets = host.Informer(Kinds.DaemonSets);
        var nodes = host.Informer(Kinds.Nodes);
        var events = host.Events("daemonset-controller");
        var pods = new PodControl(host, events);
        var history = new RevisionHistory(new(host.Informer(Kinds.ControllerRevisions), host.Api), DaemonPod.HashLabel, host.Api);
        var controller = new DaemonSetController(sets, nodes, pods, history, host.Api, events, host.Clock);
        sets.OnChange(change => controller.Forget(change));
        host.Add("daemonset", controller, workers: 2)
            .For(sets)
            .OwnsOrSelects(sets, pods.Cache)
            .OwnsOrSelects(sets, history.Cache)
            .Watches(nodes, change => MayMatter(change) ? sets.List().Select(Kinds.DaemonSets.KeyOf) : []);
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (_written.Newest(key, sets) is not { Metadata.DeletionTimestamp: null } set)
            return Result.Done; // the garbage collector removes what it owned

        var claims = Claims<PodView>.Of(set, pods.Candidates(set));
        await pods.SettleAsync(Kinds.DaemonSets, set, claims, cancellation);
        var (revision, all) = await history.SyncAsync(Kinds.DaemonSets, set, set.Spec.Template, set.Status?.CollisionCount ?? 0, cancellation);
        if (revision is null)
        {
            await WriteStatusAsync(key, set, (set.Status ?? new()) with { CollisionCount = (set.Status?.CollisionCount ?? 0) + 1 }, cancellation);
            return Result.Done;
        }

        var now = clock.GetUtcNow().UtcDateTime;
        var hash = history.HashOf(revision);
        var plan = DaemonSetPlan.For(set, nodes.List(), claims.Own, hash, node => _backoff.Left(set.Metadata.Uid, node, now), now);
        foreach (var ended in plan.Ended)
            TellOfEnd(set, ended, now);
        var refusal = await pods.DeleteAllAsync(set, plan.Delete, cancellation);
        if (claims.Adopt.Count == 0)
            refusal ??= await pods.CreateSlowlyAsync(set, [.. plan.Create.Select(node => DaemonPod.For(set, node, hash))], cancellation);
        await WriteStatusAsync(key, set, plan.Status, cancellation);
        if (refusal is not null)
            throw refusal;

        var used = claims.Own.Select(pod => pod.Metadata.Labels is { } labels && labels.TryGetValue(DaemonPod.HashLabel, out var own) ? own : "").ToHashSet(StringComparer.Ordinal);
        await history.DeleteAsync(RevisionPlan.Forgettable(all, old => old == revision || used.Contains(history.HashOf(old)), set.Spec.RevisionHistoryLimit), cancellation);
        return plan.Again is { } delay ? Result.After(delay) : Result.Done;
    }

    private async Task WriteStatusAsync(ObjectKey key, DaemonSetView set, DaemonSetStatusView status, CancellationToken cancellation)
    {
        if (await api.WriteStatusAsync(Kinds.DaemonSets, set, set with { Status = status }, cancellation) is { } written)
            _written.Add(key, written);
    }

    private void TellOfEnd(DaemonSetView set, PodView pod, DateTime now)
    {
        var where = pod.NodeName ?? pod.PinnedNode ?? "";
        if (pod.HasFailed)
        {
            _backoff.Add(set.Metadata.Uid, where, now);
            events.Warning(set, "FailedDaemonPod", $"Found failed daemon pod {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name} on node {where}, will try to kill it");
        }
        else
            events.Normal(set, "SucceededDaemonPod", $"Found succeeded daemon pod {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name} on node {where}, will try to delete it");
    }

    private void Forget(ObjectChange<DaemonSetView> change)
    {
        if (change.New is null)
            _backoff.Forget(change.Old!.Metadata.Uid);
    }

    // Heartbeats do not.
    private static bool MayMatter(ObjectChange<NodeView> change) => change is not { Old: { } old, New: { } now }
        || (old.Spec?.Unschedulable ?? false) != (now.Spec?.Unschedulable ?? false)
        || !old.Taints.SequenceEqual(now.Taints)
        || !(old.Metadata.Labels ?? new Dictionary<string, string>()).OrderBy(label => label.Key, StringComparer.Ordinal)
            .SequenceEqual((now.Metadata.Labels ?? new Dictionary<string, string>()).OrderBy(label => label.Key, StringComparer.Ordinal));
}
