namespace Slipway.Controllers;

/// <summary>What a Deployment's status says of its pods and of its progress, in upstream's words.</summary>
internal static class DeploymentProgress
{
    private const string SetAvailable = "NewReplicaSetAvailable", Exceeded = "ProgressDeadlineExceeded";

    /// <summary>The status by what the sets say of their pods.</summary>
    public static DeploymentStatusView Count(DeploymentView deployment, DeploymentSets sets, DateTime now)
    {
        var statuses = sets.All.Select(set => set.View.Status ?? new()).ToList();
        var available = statuses.Sum(status => status.AvailableReplicas ?? 0);
        var enough = available >= deployment.Replicas - deployment.MaxUnavailable;
        return (deployment.Status ?? new()) with
        {
            ObservedGeneration = deployment.Metadata.Generation,
            Replicas = NullIfZero(statuses.Sum(status => status.Replicas)),
            UpdatedReplicas = NullIfZero(sets.New?.View.Status?.Replicas ?? 0),
            ReadyReplicas = NullIfZero(statuses.Sum(status => status.ReadyReplicas ?? 0)),
            AvailableReplicas = NullIfZero(available),
            UnavailableReplicas = NullIfZero(Math.Max(sets.All.Sum(set => set.View.Replicas) - available, 0)),
            TerminatingReplicas = statuses.Sum(status => status.TerminatingReplicas ?? 0),
            Conditions = DatedCondition.With(deployment.Status?.Conditions, enough
                ? Condition(DeploymentView.Available, "True", "MinimumReplicasAvailable", "Deployment has minimum availability.", now)
                : Condition(DeploymentView.Available, "False", "MinimumReplicasUnavailable", "Deployment does not have minimum availability.", now)),
        };
    }

    /// <summary>The conditions with what has just begun: a pause, its end, a new set, one found.</summary>
    /// <param name="deployment">The Deployment.</param>
    /// <param name="conditions">Its conditions.</param>
    /// <param name="sets">Its sets.</param>
    /// <param name="created">Name of the set that is created; null when none is.</param>
    /// <param name="now">Now.</param>
    public static List<DatedCondition>? Begin(DeploymentView deployment, List<DatedCondition>? conditions, DeploymentSets sets, string? created, DateTime now)
    {
        if (deployment.Deadline is null)
            return conditions;
        var known = deployment.ConditionOf(DeploymentView.Progressing);
        if (known?.Reason != Exceeded)
        {
            var paused = deployment.Spec.Paused == true;
            if (paused && known?.Reason != "DeploymentPaused")
                return DatedCondition.With(conditions, Progress("Unknown", "DeploymentPaused", "Deployment is paused", now));
            if (!paused && known?.Reason == "DeploymentPaused")
                conditions = DatedCondition.With(conditions, Progress("Unknown", "DeploymentResumed", "Deployment is resumed", now));
        }
        if (created is not null)
            return DatedCondition.With(conditions, Progress("True", "NewReplicaSetCreated", $"Created new replica set \"{created}\"", now));
        if (known is null && sets.New is { } found)
            return DatedCondition.With(conditions, Progress("True", "FoundNewReplicaSet", $"Found new replica set \"{found.Name}\"", now));
        return conditions;
    }

    /// <summary>The status of a rollout under way: whether it is complete, gets on, or is out of time.</summary>
    public static DeploymentStatusView Judge(DeploymentView deployment, DeploymentSets sets, DeploymentStatusView status, DateTime now)
    {
        var conditions = status.Conditions;
        if (deployment.Deadline is not { } deadline)
            conditions = DatedCondition.Without(conditions, DeploymentView.Progressing);
        else if (conditions?.Find(condition => condition.Type == DeploymentView.Progressing) is var current
            && !(status.Replicas == status.UpdatedReplicas && current?.Reason == SetAvailable))
        {
            var subject = sets.New is { } set ? $"ReplicaSet \"{set.Name}\"" : $"Deployment \"{deployment.Metadata.Name}\"";
            if (IsComplete(deployment, status))
                conditions = DatedCondition.With(conditions, Progress("True", SetAvailable, $"{subject} has successfully progressed.", now));
            else if (HasProgressed(deployment.Status, status))
            {
                // Said anew each time, so that the deadline runs from the last progress.
                var condition = Progress("True", "ReplicaSetUpdated", $"{subject} is progressing.", now);
                if (current?.Status == "True")
                    condition = condition with { LastTransitionTime = current.LastTransitionTime };
                conditions = [.. DatedCondition.Without(conditions, DeploymentView.Progressing) ?? [], condition];
            }
            else if (IsOutOfTime(current, deadline, now))
                conditions = DatedCondition.With(conditions, Progress("False", Exceeded, $"{subject} has timed out progressing.", now));
        }
        return status with { Conditions = WithFailure(conditions, sets) };
    }

    /// <summary>When the deadline is over; null when nobody waits for it.</summary>
    public static TimeSpan? UntilDeadline(DeploymentView deployment, DeploymentStatusView status, DateTime now)
    {
        var current = status.Conditions?.Find(condition => condition.Type == DeploymentView.Progressing);
        if (deployment.Deadline is not { } deadline || current is null || current.Reason is SetAvailable or Exceeded || IsComplete(deployment, status))
            return null;
        var left = (current.LastUpdateTime ?? now) + deadline - now;
        // A second more, since times are kept in whole ones.
        return left > TimeSpan.Zero ? left + TimeSpan.FromSeconds(1) : TimeSpan.FromSeconds(1);
    }

    /// <summary>Whether all pods are of the newest template and available, and no others are left.</summary>
    public static bool IsComplete(DeploymentView deployment, DeploymentStatusView status) =>
        (status.UpdatedReplicas ?? 0) == deployment.Replicas && (status.Replicas ?? 0) == deployment.Replicas && (status.AvailableReplicas ?? 0) == deployment.Replicas;

    /// <summary>The conditions when a new set cannot be created.</summary>
    public static List<DatedCondition>? WithCreateError(List<DatedCondition>? conditions, string name, string refusal, DateTime now) =>
        DatedCondition.With(conditions, Progress("False", "ReplicaSetCreateError", $"Failed to create new replica set \"{name}\": {refusal}", now));

    private static bool HasProgressed(DeploymentStatusView? before, DeploymentStatusView now)
    {
        before ??= new();
        return now.UpdatedReplicas > (before.UpdatedReplicas ?? 0)
            || (now.Replicas ?? 0) - (now.UpdatedReplicas ?? 0) < (before.Replicas ?? 0) - (before.UpdatedReplicas ?? 0)
            || now.ReadyReplicas > (before.ReadyReplicas ?? 0)
            || now.AvailableReplicas > (before.AvailableReplicas ?? 0);
    }

    private static bool IsOutOfTime(DatedCondition? current, TimeSpan deadline, DateTime now) => current switch
    {
        null or { Reason: SetAvailable } => false,
        { Reason: Exceeded } => true,
        _ => (current.LastUpdateTime ?? now) + deadline < now,
    };

    // What keeps a set from its pods keeps the Deployment from them.
    private static List<DatedCondition>? WithFailure(List<DatedCondition>? conditions, DeploymentSets sets)
    {
        var failure = sets.All.Reverse().Select(set => set.View.Status?.Conditions?.Find(condition => condition.Type == ReplicaSetView.ReplicaFailure)).FirstOrDefault(found => found is not null);
        return failure is null
            ? DatedCondition.Without(conditions, ReplicaSetView.ReplicaFailure)
            : DatedCondition.With(conditions, failure with { LastUpdateTime = failure.LastTransitionTime });
    }

    private static DatedCondition Progress(string status, string reason, string message, DateTime now) => Condition(DeploymentView.Progressing, status, reason, message, now);

    private static DatedCondition Condition(string type, string status, string reason, string message, DateTime now) =>
        new() { Type = type, Status = status, Reason = reason, Message = message, LastUpdateTime = now, LastTransitionTime = now };

    private static int? NullIfZero(int count) => count == 0 ? null : count;
}
