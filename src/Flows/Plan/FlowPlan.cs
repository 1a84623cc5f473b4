using k8s.Models;
using Slipway.Api.Cel;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>A pod to create, with what it reads.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Inputs">Its inputs, to be in the artifact store before the pod is created; null if it has none.</param>
public sealed record PlannedPod(V1Pod Pod, InputManifest? Inputs);

/// <summary>A pod that will never run, to be recorded as failed and deleted.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Reason">One word.</param>
/// <param name="Message">What happened and what to change.</param>
public sealed record HopelessPod(V1Pod Pod, string Reason, string Message);

/// <summary>What is to be done for a run, and how far it is. Made without I/O from a <see cref="RunView"/>.</summary>
public sealed record FlowPlan
{
    /// <summary>Pods to create.</summary>
    public required IReadOnlyList<PlannedPod> Create { get; init; }

    /// <summary>Pods to give up.</summary>
    public required IReadOnlyList<HopelessPod> GiveUp { get; init; }

    /// <summary>The run's status.</summary>
    public required FlowRunStatus Status { get; init; }

    /// <summary>When to look again although nothing changes; null if only changes matter.</summary>
    public DateTimeOffset? NextDeadline { get; init; }

    /// <summary>Plans a run.</summary>
    public static FlowPlan For(RunView view)
    {
        var context = new PlanContext(view);
        var root = new GroupState(context, null, view.Flow, view.Flow, view.Params.ToDictionary(p => p.Key, p => CelJson.ToCel(p.Value)));
        var status = StatusOfRun.For(view, root, context.Starter.Images);
        return new FlowPlan
        {
            Create = context.Starter.Planned,
            GiveUp = context.Hopeless,
            Status = status,
            NextDeadline = context.NextDeadline,
        };
    }
}
