using System.Collections.Concurrent;
using Slipway.Api;
using Slipway.Api.Nodes;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>
/// Ends pods whose node has taints (<c>NoExecute</c>) that they do not bear, or not for longer
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions"/>).
/// </summary>
internal sealed class TaintEviction(Informer<PodView> pods, Informer<NodeView> nodes, IApi api, EventRecorder events, TimeProvider clock) : IReconciler
{
    // Taints that do not say when they were added, such as those that people add, count from when they are first seen.
    private readonly ConcurrentDictionary<(string Node, Taint Taint), DateTime> _seen = new();

    // By then the cache may have what the API has told.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(1);

    public static void Register(ControllerHost host)
    {
        var pods = host.Informer(Kinds.Pods);
        var nodes = host.Informer(Kinds.Nodes);
        var byNode = PodView.ByNode(pods);
        var eviction = new TaintEviction(pods, nodes, host.Api, host.Events("taint-eviction-controller"), host.Clock);
        nodes.OnChange(eviction.See);
        host.Add("taint-eviction", eviction, workers: 4)
            .For(pods)
            .Watches(nodes, change => Ending(change.Old).SequenceEqual(Ending(change.New)) ? [] : byNode.Find(change.Key.Name).Select(Kinds.Pods.KeyOf));
    }

    /// <summary>How long a pod may still stay; null when for ever, zero when its time is over.</summary>
    /// <param name="tolerations">What the pod bears.</param>
    /// <param name="node">Its node.</param>
    /// <param name="since">From when on the pod has borne a taint.</param>
    /// <param name="now">Now.</param>
    public static TimeSpan? TimeLeft(IReadOnlyCollection<Toleration> tolerations, NodeView node, Func<Taint, DateTime> since, DateTime now)
    {
        TimeSpan? left = null;
        foreach (var taint in Ending(node))
        {
            var bearing = tolerations.Where(toleration => toleration.Tolerates(taint)).ToList();
            if (bearing.Count == 0)
                return TimeSpan.Zero;
            // The shortest of those that have an end.
            if (bearing.Min(toleration => toleration.TolerationSeconds) is not { } seconds)
                continue;
            var rest = since(taint).AddSeconds(Math.Max(seconds, 0)) - now;
            left = left < rest ? left : rest;
        }
        return left < TimeSpan.Zero ? TimeSpan.Zero : left;
    }

    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (pods.Get(key) is not { IsBeingDeleted: false, NodeName: { } name } pod || nodes.Get(new("", name)) is not { } node)
            return Result.Done;
        // A pod that comes to an old taint bears it from then on.
        var bound = pod.ConditionOf("PodScheduled") is { Status: "True", LastTransitionTime: { } time } ? time : pod.Metadata.CreationTimestamp ?? DateTime.MinValue;
        if (LeftOn(node) is not { } left)
            return Result.Done;
        if (left > TimeSpan.Zero)
            return Result.After(left);
        // Only the API itself says that the node still has its taints: the cache may be behind.
        if (await api.GetAsync(Kinds.Nodes, null, name, cancellation) is not { } live || LeftOn(live) is not { Ticks: <= 0 })
            return Result.After(LookAgain);

        events.Normal(pod, "TaintManagerEviction", $"Marking for deletion Pod {key}");
        await Disruption.EndAsync(api, pod, Disruption.Condition("DeletionByTaintManager", "Taint manager: deleting due to NoExecute taint", clock.GetUtcNow()), cancellation);
        return Result.Done;

        TimeSpan? LeftOn(NodeView node)
        {
            var now = clock.GetUtcNow().UtcDateTime;
            return TimeLeft(pod.Spec?.Tolerations ?? [], node, taint => Later(taint.TimeAdded ?? _seen.GetValueOrDefault((node.Name, taint), now), bound), now);
        }
    }

    private static DateTime Later(DateTime one, DateTime other) => one > other ? one : other;

    private void See(ObjectChange<NodeView> change)
    {
        foreach (var gone in Ending(change.Old).Except(Ending(change.New)))
            _seen.TryRemove((change.Key.Name, gone), out _);
        foreach (var taint in Ending(change.New))
            _seen.TryAdd((change.Key.Name, taint), clock.GetUtcNow().UtcDateTime);
    }

    private static IEnumerable<Taint> Ending(NodeView? node) => (node?.Taints ?? []).Where(taint => taint.Effect == "NoExecute");
}
