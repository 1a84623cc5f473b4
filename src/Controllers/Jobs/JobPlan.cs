namespace Slipway.Controllers;

/// <summary>What is to be done for a Job now. Decided without I/O.</summary>
/// <remarks>
/// A pod is counted exactly once, whatever line the controller is stopped at:
/// <list type="number">
/// <item>The uid of a pod that has ended is written into <c>status.uncountedTerminatedPods</c>.</item>
/// <item>Then its finalizer is removed.</item>
/// <item>One write of the status moves from that list into the counts each uid whose pod has no finalizer any more.</item>
/// </list>
/// </remarks>
internal sealed record JobPlan
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromMinutes(10);

    /// <summary>The status to write, if it differs.</summary>
    public required JobStatusView Status { get; init; }

    /// <summary>Pods whose finalizer is to be removed once the status is written.</summary>
    public IReadOnlyList<PodView> Untrack { get; init; } = [];

    /// <summary>Pods to delete although they run; those that are still tracked count as failed unless <see cref="Uncount"/>.</summary>
    public IReadOnlyList<PodView> Delete { get; init; } = [];

    /// <summary>Whether the pods of <see cref="Delete"/> are not to be counted: they did not fail, they are not wanted.</summary>
    public bool Uncount { get; init; }

    /// <summary>Pods to create: an index for each, null where the Job is not indexed.</summary>
    public IReadOnlyList<int?> Create { get; init; } = [];

    /// <summary>When to look again although nothing changes.</summary>
    public TimeSpan? Again { get; init; }

    /// <summary>Whether the Job has outlived its time to live and is to be deleted.</summary>
    public bool Expired { get; init; }

    /// <summary>Decides.</summary>
    /// <param name="job">The Job, neither being deleted nor managed by somebody else.</param>
    /// <param name="pods">The pods that it controls.</param>
    /// <param name="now">Now.</param>
    public static JobPlan For(JobView job, IReadOnlyList<PodView> pods, DateTime now) =>
        job.HasEnded ? Ended(job, pods, now) : Running(job, pods, now);

    private static JobPlan Ended(JobView job, IReadOnlyList<PodView> pods, DateTime now)
    {
        // What is still tracked has been counted, or has come too late to be.
        var plan = new JobPlan { Status = job.Status!, Untrack = [.. pods.Where(pod => pod.IsTracked)] };
        if (job.Spec.TtlSecondsAfterFinished is not { } ttl)
            return plan;
        var end = (job.ConditionOf(JobView.Complete) ?? job.ConditionOf(JobView.Failed))!.LastTransitionTime ?? now;
        var left = end.AddSeconds(ttl) - now;
        return left <= TimeSpan.Zero ? plan with { Expired = true } : plan with { Again = left };
    }

    private static JobPlan Running(JobView job, IReadOnlyList<PodView> pods, DateTime now)
    {
        var suspended = job.Spec.Suspend == true;
        var startTime = StartTimeOf(job, suspended, now);
        var count = JobCount.Of(job, pods);
        var active = pods.Where(pod => pod.IsActive).ToList();
        var ending = JobEnding.For(job, count, active, startTime, now);
        if (ending is not null)
            count = count.WithRunningAsFailed(pods);

        var delete = active;
        IReadOnlyList<int?> create = [];
        TimeSpan? again = null;
        if (ending is null && !suspended)
        {
            again = DeadlineOf(job.Spec, startTime, now);
            // A pod that is not tracked would end uncounted: a deletion of it was begun.
            var strays = active.Where(pod => !pod.IsTracked).ToList();
            var wanted = JobParallelism.WantedActive(job, count, active.Count - strays.Count);
            var extra = active.Count - strays.Count - wanted;
            delete = [.. strays, .. JobParallelism.LeastUseful(active.Except(strays), extra)];
            if (extra < 0 && BackoffLeft(pods, now) is { } left)
                again = again < left ? again : left;
            else if (extra < 0)
                create = JobParallelism.Indexes(job, count, active, -extra);
        }

        var running = pods.Count(pod => !pod.HasEnded);
        // A Job has ended once it owes no pod anything.
        var done = ending is not null && running == 0 && count.IsSettled && !pods.Any(pod => pod.IsTracked);
        var conditions = JobConditions.WithSuspended(job.Status?.Conditions ?? [], suspended && ending is null, now);
        return new()
        {
            Status = (job.Status ?? new()) with
            {
                StartTime = startTime,
                CompletionTime = done && ending!.Succeeded ? now : null,
                Active = NullIfZero(active.Count - delete.Count + create.Count),
                Ready = active.Except(delete).Count(pod => pod.IsReady),
                Terminating = running - active.Count + delete.Count,
                Succeeded = NullIfZero(count.Succeeded),
                Failed = NullIfZero(count.Failed),
                CompletedIndexes = count.Completed?.ToString(),
                UncountedTerminatedPods = count.Uncounted,
                Conditions = ending is null ? conditions : JobConditions.WithEnding(conditions, ending, done, now),
            },
            Untrack = count.Untrack,
            Delete = delete,
            Uncount = ending is null,
            Create = create,
            Again = again,
        };
    }

    // A resumed Job has its whole time again.
    private static DateTime? StartTimeOf(JobView job, bool suspended, DateTime now)
    {
        if (suspended)
            return job.Status?.StartTime;
        return job.ConditionOf(JobView.Suspended) is null ? job.Status?.StartTime ?? now : now;
    }

    private static TimeSpan? DeadlineOf(JobSpecView spec, DateTime? startTime, DateTime now) =>
        spec.ActiveDeadlineSeconds is { } seconds && startTime is { } start ? Max(start.AddSeconds(seconds) - now, TimeSpan.FromMilliseconds(1)) : null;

    /// <summary>How long no pod may be created after failures: 10 s, doubling with each since the last success.</summary>
    public static TimeSpan? BackoffLeft(IEnumerable<PodView> pods, DateTime now)
    {
        var lastSuccess = DateTime.MinValue;
        var failures = new List<DateTime>();
        foreach (var pod in pods)
            if (pod.HasSucceeded)
                lastSuccess = lastSuccess > pod.EndTime ? lastSuccess : pod.EndTime;
            else if (pod.HasFailed)
                failures.Add(pod.EndTime);
        failures.RemoveAll(time => time <= lastSuccess);
        if (failures.Count == 0)
            return null;
        var backoff = TimeSpan.FromTicks((long)Math.Min(FirstBackoff.Ticks * Math.Pow(2, Math.Min(failures.Count - 1, 20)), LongestBackoff.Ticks));
        var left = failures.Max() + backoff - now;
        return left > TimeSpan.Zero ? left : null;
    }

    private static int? NullIfZero(int count) => count == 0 ? null : count;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
