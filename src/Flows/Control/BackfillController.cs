using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Starts the runs of backfills, and says how far they are.</summary>
public sealed class BackfillController : IReconciler
{
    private readonly Informer<FlowBackfill> backfills;
    private readonly Informer<Flow> flows;
    private readonly InformerIndex<FlowRun> runsByFlow;
    private readonly Ledger ledger;
    private readonly IApi api;
    private readonly EventRecorder events;
    private readonly TimeProvider clock;

    private BackfillController(ControllerHost host, Informer<FlowBackfill> backfills, Informer<Flow> flows, InformerIndex<FlowRun> runsByFlow, Ledger ledger)
    {
        this.backfills = backfills;
        this.flows = flows;
        this.runsByFlow = runsByFlow;
        this.ledger = ledger;
        api = host.Api;
        clock = host.Clock;
        events = host.Events("backfill-controller");
    }

    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host, Ledger ledger)
    {
        var backfills = host.Informer(FlowKinds.Backfills);
        var flows = host.Informer(FlowKinds.Flows);
        var runs = host.Informer(FlowKinds.Runs);
        var byFlow = backfills.AddIndex(b => FlowPhase.IsFinal(b.Status?.Phase) ? [] : [new ObjectKey(b.Metadata.NamespaceProperty, b.Spec.Flow).ToString()]);
        var controller = new BackfillController(host, backfills, flows, FlowOfRun.Index(runs), ledger);
        host.Add("flowbackfill", controller)
            .For(backfills)
            .Watches(runs, change => Open((change.New ?? change.Old!).FlowKey))
            .Watches(flows, change => Open(change.Key));

        IEnumerable<ObjectKey> Open(ObjectKey flow) => byFlow.Find(flow.ToString()).Select(b => new ObjectKey(b.Metadata.NamespaceProperty, b.Metadata.Name));
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (backfills.Get(key) is not { Metadata.DeletionTimestamp: null } backfill || FlowPhase.IsFinal(backfill.Status?.Phase))
            return Result.Done;
        var flow = new ObjectKey(key.Namespace, backfill.Spec.Flow);
        var plan = BackfillPlan.For(backfill, flows.Get(flow), runsByFlow.Find(flow.ToString()), Recorded(backfill), ledger.Read.RunsByHand(key.Namespace, backfill.Spec.Flow), clock.GetUtcNow().UtcDateTime);
        foreach (var run in plan.Replace)
            await api.DeleteAsync(FlowKinds.Runs, key.Namespace, run.Metadata.Name, new DeleteOptions { Uid = run.Metadata.Uid, PropagationPolicy = "Background" }, cancellation);
        foreach (var run in plan.Start)
            await api.CreateIfAbsentAsync(FlowKinds.Runs, run, cancellation);
        var desired = new FlowBackfill { Metadata = backfill.Metadata, Spec = backfill.Spec, Status = plan.Status };
        if (await api.PatchStatusAsync(FlowKinds.Backfills, backfill, desired, cancellation) && FlowPhase.IsFinal(plan.Status.Phase))
        {
            if (plan.Status.Phase == FlowPhase.Succeeded)
                events.Normal(backfill, "Succeeded", $"all {plan.Status.Total} runs have succeeded");
            else
                events.Warning(backfill, "Failed", plan.Status.Message ?? "a run failed");
        }

        return Result.Done;
    }

    /// <summary>What the ledger has of runs of the flow for times from the backfill's beginning on.</summary>
    private IReadOnlyDictionary<string, IntervalRun> Recorded(FlowBackfill backfill)
    {
        var schedule = backfill.Spec.Schedule ?? FlowScheduleEntry.Default;
        var (first, last) = (FlowNames.ScheduledRun(backfill.Spec.Flow, schedule, backfill.Spec.From!.Value), FlowNames.ScheduledRun(backfill.Spec.Flow, schedule, clock.GetUtcNow().UtcDateTime));
        return ledger.Read.NewestRuns(backfill.Metadata.NamespaceProperty, first, last);
    }
}
