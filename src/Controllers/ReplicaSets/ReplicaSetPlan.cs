namespace Slipway.Controllers;

/// <summary>What is to be done for a ReplicaSet now. Decided without I/O.</summary>
internal sealed record ReplicaSetPlan
{
    // As upstream: more follow with the next pass.
    private const int MostAtOnce = 500;

    /// <summary>How many pods to create.</summary>
    public int Create { get; init; }

    /// <summary>Pods to delete.</summary>
    public IReadOnlyList<PodView> Delete { get; init; } = [];

    /// <summary>The status to write, if it differs; conditions are as they were.</summary>
    public required ReplicaSetStatusView Status { get; init; }

    /// <summary>When to look again although nothing changes: when a pod becomes available.</summary>
    public TimeSpan? Again { get; init; }

    /// <summary>Decides.</summary>
    /// <param name="set">The set; one that is being deleted creates and deletes nothing.</param>
    /// <param name="pods">The pods that it controls and selects, whatever they do.</param>
    /// <param name="related">All pods of sets of the same owner, these included.</param>
    /// <param name="now">Now.</param>
    public static ReplicaSetPlan For(ReplicaSetView set, IReadOnlyList<PodView> pods, IEnumerable<PodView> related, DateTime now)
    {
        var active = pods.Where(pod => pod.IsActive).ToList();
        var missing = set.Metadata.DeletionTimestamp is null ? set.Replicas - active.Count : 0;
        return new()
        {
            Create = Math.Clamp(missing, 0, MostAtOnce),
            Delete = missing < 0 ? PodRank.FirstToGo(active, Math.Min(-missing, MostAtOnce), related.Where(pod => pod.IsActive), now) : [],
            Status = StatusOf(set, active, pods, now),
            Again = NextAvailable(active, set.Spec.MinReadySeconds ?? 0, now),
        };
    }

    /// <summary>The status with the condition that says whether pods can be created and deleted.</summary>
    /// <param name="refusal">What the API said when it refused; null when it did not.</param>
    /// <param name="now">Now.</param>
    public ReplicaSetStatusView StatusWith(string? refusal, DateTime now) => Status with
    {
        Conditions = refusal is null
            ? DatedCondition.Without(Status.Conditions, ReplicaSetView.ReplicaFailure)
            : DatedCondition.With(Status.Conditions, new()
            {
                Type = ReplicaSetView.ReplicaFailure,
                Status = "True",
                Reason = Delete.Count > 0 ? "FailedDelete" : "FailedCreate",
                Message = refusal,
                LastTransitionTime = now,
            }),
    };

    /// <summary>How long until the next of the pods becomes available; null when all ready ones are.</summary>
    public static TimeSpan? NextAvailable(IEnumerable<PodView> pods, int minReadySeconds, DateTime now)
    {
        DateTime? next = null;
        foreach (var pod in pods)
            if (pod.AvailableFrom(minReadySeconds) is { } time && time > now && !(next <= time))
                next = time;
        return next - now;
    }

    private static ReplicaSetStatusView StatusOf(ReplicaSetView set, List<PodView> active, IReadOnlyList<PodView> pods, DateTime now)
    {
        var labels = PodDocument.LabelsOf(set.Spec.Template).ToList();
        return (set.Status ?? new()) with
        {
            Replicas = active.Count,
            FullyLabeledReplicas = Count(active, pod => labels.TrueForAll(label => pod.Metadata.Labels is { } own && own.TryGetValue(label.Key, out var value) && value == label.Value)),
            ReadyReplicas = Count(active, pod => pod.IsReady),
            AvailableReplicas = Count(active, pod => pod.IsAvailable(set.Spec.MinReadySeconds ?? 0, now)),
            TerminatingReplicas = pods.Count(pod => pod.IsBeingDeleted && !pod.HasEnded),
            ObservedGeneration = set.Metadata.Generation,
        };
    }

    private static int? Count(IReadOnlyList<PodView> pods, Func<PodView, bool> which) => pods.Count(which) is var count and > 0 ? count : null;
}
