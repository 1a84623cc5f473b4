using k8s.Models;
using Slipway.Api;
using Slipway.Api.Kinds;
using Slipway.Client;

namespace Slipway.Flows;

/// <summary>Says in a flow's conditions that its schedule is not acted on yet, so that nobody waits for it.</summary>
public sealed class FlowController(Informer<Flow> flows, IApi api, TimeProvider clock) : IReconciler
{
    private const string Scheduled = "Scheduled";

    /// <summary>Adds the controller to a host.</summary>
    public static void Register(ControllerHost host)
    {
        var flows = host.Informer(FlowKinds.Flows);
        host.Add("flow", new FlowController(flows, host.Api, host.Clock)).For(flows);
    }

    /// <inheritdoc/>
    public async ValueTask<Result> ReconcileAsync(ObjectKey key, CancellationToken cancellation)
    {
        if (flows.Get(key) is not { Metadata.DeletionTimestamp: null } flow)
            return Result.Done;
        var wanted = flow.Spec.Schedule is not null;
        var has = flow.Status?.Conditions?.Any(c => c.Type == Scheduled) == true;
        if (wanted == has)
            return Result.Done;
        var desired = new Flow
        {
            Metadata = flow.Metadata,
            Spec = flow.Spec,
            Status = new FlowStatus { ObservedGeneration = flow.Metadata.Generation, Conditions = wanted ? [NotActedOn(flow)] : [] },
        };
        await api.PatchStatusAsync(FlowKinds.Flows, flow, desired, cancellation);
        return Result.Done;
    }

    private V1Condition NotActedOn(Flow flow) => new()
    {
        Type = Scheduled,
        Status = "False",
        Reason = "NotSupported",
        Message = "this version does not start runs by schedule; start them with slipway run",
        ObservedGeneration = flow.Metadata.Generation,
        LastTransitionTime = clock.GetUtcNow().UtcDateTime,
    };
}
