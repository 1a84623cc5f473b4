using System.Collections.Concurrent;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Deletes ended runs, with the pods that they own, beyond what their flow keeps. Their records stay in the ledger.</summary>
internal sealed class HistoryKeeper(Informer<Flow> flows, InformerIndex<FlowRun> runsByFlow, IApi api, TimeProvider clock) : IReconciler
{
    private readonly ConcurrentDictionary<ObjectKey, DateTime> gone = []; // only of flows that have runs

    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host)
    {
        var flows = host.Informer(FlowKinds.Flows);
        var runs = host.Informer(FlowKinds.Runs);
        host.Add("flow-history", new HistoryKeeper(flows, FlowOfRun.Index(runs), host.Api, host.Clock))
            .For(flows)
            .Watches(runs, FlowOf);
    }

    /// <summary>The flow that a change of a run is of, if it can be the turn of a run to go, or was the last one of a flow that is gone.</summary>
    internal static IEnumerable<ObjectKey> FlowOf(ObjectChange<FlowRun> change) =>
        change.New is null || FlowPhase.IsFinal(change.New.Status?.Phase) ? [(change.New ?? change.Old)!.FlowKey] : [];

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        var now = clock.GetUtcNow().UtcDateTime;
        var (flow, runs) = (flows.Get(key), runsByFlow.Find(key.ToString()));
        var history = RunHistory.For(flow?.Spec, runs, flow is null ? gone.GetOrAdd(key, now) : null, now);
        await api.DeleteEachAsync(FlowKinds.Runs, history.Forget, run => new() { Uid = run.Metadata.Uid, PropagationPolicy = "Background" }, cancellation);
        if (flow is not null || history.Forget.Count == runs.Count)
            gone.TryRemove(key, out _);
        return history.Next is { } next ? Result.After(next - now) : Result.Done;
    }
}
