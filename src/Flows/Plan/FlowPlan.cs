using k8s.Models;
using Slipway.Api.Kinds;

namespace Slipway.Flows;

/// <summary>A pod to create, with what it reads.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Inputs">Its inputs, to be in the artifact store before the pod is created; null if it has none.</param>
public sealed record PlannedPod(V1Pod Pod, InputManifest? Inputs)
{
    /// <summary>The attempt, if an earlier result may be taken for it; null if none may.</summary>
    public CachedTask? Cached { get; init; }

    /// <summary>What places it and the other replicas of its attempt all or none, to be there before the pod; null for a task without replicas.</summary>
    public V1beta1PodGroup? Group { get; init; }

    /// <summary>The Service in which replicas and services have names, to be there before the pod; null for any other task.</summary>
    public V1Service? NameService { get; init; }

    /// <summary>Claims of volumes of the run that it mounts, to be there before the pod.</summary>
    public IReadOnlyList<V1PersistentVolumeClaim> Claims { get; init; } = [];
}

/// <summary>An attempt for which an earlier result may be taken.</summary>
/// <param name="Identity">What its result depends on.</param>
/// <param name="Digest">The image by digest.</param>
/// <param name="Image">The image as the flow names it.</param>
/// <param name="Path">Where in the run.</param>
/// <param name="Number">Number of the attempt.</param>
public sealed record CachedTask(CacheIdentity Identity, string Digest, string Image, TaskPath Path, int Number)
{
    /// <summary>The item as SLIPWAY_ITEM has it; null for a task without forEach.</summary>
    public string? Item { get; init; }

    /// <summary>The parameters as JSON.</summary>
    public string Params { get; init; } = "{}";

    /// <summary>How old the result may be; null for any age.</summary>
    public TimeSpan? MaxAge { get; init; }
}

/// <summary>A pod that will never run, to be recorded as failed and deleted.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Reason">One word.</param>
/// <param name="Message">What happened and what to change.</param>
public sealed record HopelessPod(V1Pod Pod, string Reason, string Message)
{
    /// <summary>The other pods of its attempt, which are given up with it; empty for a task without replicas.</summary>
    public IReadOnlyList<V1Pod> Others { get; init; } = [];
}

/// <summary>A pod to end.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Note">What <see cref="FlowNames.StopAnnotation"/> is to say on it, for the record of its attempt; null for nothing.</param>
public sealed record PodToEnd(V1Pod Pod, string? Note)
{
    /// <summary>Whether the note makes a success of the attempt: then the pod does not end before it is written.</summary>
    public bool IsSuccess => Note?.StartsWith($"{AttemptReason.Succeeded} ", StringComparison.Ordinal) == true;
}

/// <summary>What is to be done for a run, and how far it is. Made without I/O from a <see cref="RunView"/>.</summary>
public sealed record FlowPlan
{
    /// <summary>Pods to create.</summary>
    public required IReadOnlyList<PlannedPod> Create { get; init; }

    /// <summary>Pods to give up.</summary>
    public required IReadOnlyList<HopelessPod> GiveUp { get; init; }

    /// <summary>Pods to end, because the run has no use for them any more.</summary>
    public required IReadOnlyList<PodToEnd> End { get; init; }

    /// <summary>Whether the end of the run itself ends what runs: it was stopped, or its time is over.</summary>
    public bool IsStopping { get; init; }

    /// <summary>Records of what people have decided, to be in the ledger.</summary>
    public required IReadOnlyList<AttemptRecord> Decided { get; init; }

    /// <summary>What stands for attempts of a test, to be stored and to be in the ledger.</summary>
    public required IReadOnlyList<FakeAttempt> Faked { get; init; }

    /// <summary>Whether something waits for a lock.</summary>
    public required bool WaitsForLock { get; init; }

    /// <summary>The run's status.</summary>
    public required FlowRunStatus Status { get; init; }

    /// <summary>When to look again although nothing changes; null if only changes matter.</summary>
    public DateTimeOffset? NextDeadline { get; init; }

    /// <summary>Whether the ledger has the run's end already.</summary>
    public bool IsEndRecorded { get; init; }

    /// <summary>Plans a run.</summary>
    public static FlowPlan For(RunView view)
    {
        var context = new PlanContext(view);
        var root = GroupState.OfRun(context);
        var waiting = view.Waiting.At(view.Now, RunWaiting.Is(context, root));
        foreach (var change in StopOfRun.Changes(view with { Waiting = waiting }))
            context.LookAgain(change);
        var status = StatusOfRun.For(context, root, waiting);
        return new FlowPlan
        {
            Create = context.Starter.Planned,
            GiveUp = context.Hopeless,
            End = context.Ending,
            IsStopping = context.Stop is not null,
            WaitsForLock = context.Starter.WaitsForLock,
            Decided = context.Decided,
            Faked = context.Starter.Faked,
            Status = status,
            NextDeadline = context.NextDeadline,
        };
    }
}
