using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>
/// The runs of each flow that have not ended, by what turns depend on: those under way, and those that nothing but their turn keeps from starting, in its order.
/// So a turn costs the same however many wait. What this process has started counts before the cache shows it.
/// </summary>
/// <param name="cached">A run as the cache has it; null if it has none of the name.</param>
internal sealed class RunQueues(Func<ObjectKey, FlowRun?> cached)
{
    private readonly Lock gate = new();
    private readonly Dictionary<ObjectKey, Queue> queues = [];
    private readonly Dictionary<ObjectKey, FlowRun> placed = [];
    private readonly Dictionary<ObjectKey, FlowRun> begun = [];

    /// <summary>The runs of a flow.</summary>
    private sealed class Queue
    {
        public Dictionary<ObjectKey, FlowRun> UnderWay { get; } = [];

        public SortedSet<FlowRun> Waiting { get; } = new(RunTurn.Order);
    }

    /// <summary>Takes a change of the cache.</summary>
    public void Apply(ObjectChange<FlowRun> change)
    {
        lock (gate)
        {
            var run = change.New;
            if (begun.TryGetValue(change.Key, out var started))
            {
                if (IsBehind(run, started))
                    return;
                begun.Remove(change.Key);
            }

            Place(change.Key, run);
        }
    }

    /// <summary>A run was started.</summary>
    public void Start(FlowRun run)
    {
        var key = KeyOf(run);
        lock (gate)
        {
            begun[key] = run;
            Place(key, run);
        }
    }

    /// <summary>The runs of a flow that are under way, and the first of those that wait.</summary>
    /// <param name="flow">The flow.</param>
    /// <param name="waiting">How many of these, at most.</param>
    public IReadOnlyList<FlowRun> Of(ObjectKey flow, int waiting)
    {
        lock (gate)
        {
            foreach (var key in begun.Where(b => b.Value.FlowKey == flow && !IsBehind(cached(b.Key), b.Value)).Select(b => b.Key).ToList())
            {
                // It may have been deleted before it was said to be started.
                begun.Remove(key);
                Place(key, cached(key));
            }

            return queues.TryGetValue(flow, out var queue) ? [.. queue.UnderWay.Values, .. queue.Waiting.Take(waiting)] : [];
        }
    }

    /// <summary>Whether the cache does not show yet that a run was started.</summary>
    private static bool IsBehind(FlowRun? shown, FlowRun started) => shown?.Metadata.Uid == started.Metadata.Uid && shown.Status?.Flow is null && !FlowPhase.IsFinal(shown.Status?.Phase);

    private void Place(ObjectKey key, FlowRun? run)
    {
        if (placed.Remove(key, out var before) && queues.TryGetValue(before.FlowKey, out var old))
        {
            old.UnderWay.Remove(key);
            old.Waiting.Remove(before);
            if (old.UnderWay.Count + old.Waiting.Count == 0)
                queues.Remove(before.FlowKey);
        }

        if (run is null || FlowPhase.IsFinal(run.Status?.Phase) || !(RunTurn.IsUnderWay(run) || RunTurn.MayStart(run)))
            return;
        placed[key] = run;
        if (!queues.TryGetValue(run.FlowKey, out var queue))
            queues[run.FlowKey] = queue = new Queue();
        if (RunTurn.IsUnderWay(run))
            queue.UnderWay[key] = run;
        else
            queue.Waiting.Add(run);
    }

    private static ObjectKey KeyOf(FlowRun run) => new(run.Metadata.NamespaceProperty, run.Metadata.Name);
}
