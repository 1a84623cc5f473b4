using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>A change of one of a Deployment's sets.</summary>
/// <param name="Set">The set.</param>
/// <param name="Replicas">Pods that it is to have.</param>
/// <param name="Patch">A merge patch that does it.</param>
internal sealed record ReplicaSetChange(ReplicaSetView Set, int Replicas, JsonObject Patch);

/// <summary>What is to be done for a Deployment now. Decided without I/O.</summary>
/// <remarks>
/// A rollout takes one step for each pass: the new set gains what the surge allows, or old ones lose what their pods'
/// availability allows. The next state of the sets leads to the next step
/// (<see href="https://kubernetes.io/docs/concepts/workloads/controllers/deployment/"/>).
/// </remarks>
internal sealed record DeploymentPlan
{
    /// <summary>The set to create; null when there is nothing to create.</summary>
    public JsonObject? Create { get; init; }

    /// <summary>Sets to change.</summary>
    public IReadOnlyList<ReplicaSetChange> Changes { get; init; } = [];

    /// <summary>Sets that history no longer keeps.</summary>
    public IReadOnlyList<ReplicaSetView> Delete { get; init; } = [];

    /// <summary>Revision to write on the Deployment, if it says another; null while it has none.</summary>
    public long? Revision { get; init; }

    /// <summary>The status to write, if it differs.</summary>
    public required DeploymentStatusView Status { get; init; }

    /// <summary>When to look again although nothing changes: when the deadline is over.</summary>
    public TimeSpan? Again { get; init; }

    /// <summary>Decides.</summary>
    /// <param name="deployment">The Deployment.</param>
    /// <param name="owned">The sets that it controls and selects.</param>
    /// <param name="podsOf">The pods of a set, which Recreate waits for.</param>
    /// <param name="now">Now.</param>
    public static DeploymentPlan For(DeploymentView deployment, IEnumerable<ReplicaSetView> owned, Func<ReplicaSetView, IEnumerable<PodView>> podsOf, DateTime now)
    {
        var sets = DeploymentSets.Of(deployment, owned);
        if (deployment.Metadata.DeletionTimestamp is not null)
            return new() { Status = DeploymentProgress.Count(deployment, sets, now) };

        var paused = deployment.Spec.Paused == true;
        var follows = paused || (deployment.IsRolling && DeploymentScaling.IsScaled(deployment, sets));
        var create = false;
        if (follows)
            DeploymentScaling.Share(deployment, sets);
        else if (deployment.IsRolling)
            create = !Roll(deployment, sets);
        else
            create = !Recreate(deployment, sets, podsOf);

        var name = create ? DeploymentReplicaSet.NameFor(deployment, out _) : null;
        var counted = DeploymentProgress.Count(deployment, sets, now);
        counted = counted with { Conditions = DeploymentProgress.Begin(deployment, counted.Conditions, sets, name, now) };
        var status = follows ? counted : DeploymentProgress.Judge(deployment, sets, counted, now);
        return new()
        {
            Create = create ? DeploymentReplicaSet.For(deployment, sets.NewRevision, DeploymentScaling.RoomForNew(deployment, sets)) : null,
            Changes = ChangesOf(deployment, sets),
            Delete = paused || (!follows && DeploymentProgress.IsComplete(deployment, status)) ? [.. sets.Forgettable(deployment.Spec.RevisionHistoryLimit)] : [],
            Revision = create || sets.New is not null ? sets.NewRevision : null,
            Status = status,
            Again = paused ? null : DeploymentProgress.UntilDeadline(deployment, status, now),
        };
    }

    /// <returns>False when the new set is still to be created.</returns>
    private static bool Roll(DeploymentView deployment, DeploymentSets sets)
    {
        if (sets.New is null)
            return false;
        if (!DeploymentScaling.ScaleNew(deployment, sets))
            DeploymentScaling.ScaleOldDown(deployment, sets);
        return true;
    }

    /// <returns>False when the new set is still to be created, and may be.</returns>
    private static bool Recreate(DeploymentView deployment, DeploymentSets sets, Func<ReplicaSetView, IEnumerable<PodView>> podsOf)
    {
        if (DeploymentScaling.EmptyOld(sets))
            return true;
        // Not before the last of the old pods is gone, nor before their sets say so: the cache of pods may be behind theirs.
        if (sets.Old.Any(set => !set.IsSettled || set.View.Status is { Replicas: > 0 } or { TerminatingReplicas: > 0 } || podsOf(set.View).Any(pod => !pod.HasEnded)))
            return true;
        if (sets.New is null)
            return false;
        DeploymentScaling.ScaleNew(deployment, sets);
        return true;
    }

    private static List<ReplicaSetChange> ChangesOf(DeploymentView deployment, DeploymentSets sets)
    {
        var changes = new List<ReplicaSetChange>();
        foreach (var set in sets.All)
            if (DeploymentReplicaSet.Change(deployment, set, set == sets.New ? sets.NewRevision : null) is { } patch)
                changes.Add(new(set.View, set.Replicas, patch));
        return changes;
    }
}
