namespace Slipway.Controllers;

/// <summary>A pod to create.</summary>
/// <param name="Index">Its completion index; null where the Job is not indexed.</param>
/// <param name="Failures">Failures of the index that it is to bear; null where indexes have no limit of their own.</param>
internal readonly record struct JobPod(int? Index, IndexFailures? Failures = null);

/// <summary>What is to be done for a Job now. Decided without I/O.</summary>
/// <remarks>
/// A pod is counted exactly once, whatever line the controller is stopped at:
/// <list type="number">
/// <item>The uid of a pod that has ended is written into <c>status.uncountedTerminatedPods</c>.</item>
/// <item>Then its finalizer is removed.</item>
/// <item>One write of the status moves from that list into the counts each uid whose pod has no finalizer any more.</item>
/// </list>
/// What a pod decides for its Job or its index (<c>FailureTarget</c>, <c>failedIndexes</c>) is in the same write as its uid or before it;
/// a failed pod whose index is tried again is not listed before its replacement bears the count: see <see cref="IndexRetries"/>.
/// </remarks>
internal sealed record JobPlan
{
    /// <summary>The status to write, if it differs.</summary>
    public required JobStatusView Status { get; init; }

    /// <summary>Pods whose finalizer is to be removed once the status is written.</summary>
    public IReadOnlyList<PodView> Untrack { get; init; } = [];

    /// <summary>Pods to delete although they run; unless <see cref="Uncount"/>, the status has said already what becomes of their count.</summary>
    public IReadOnlyList<PodView> Delete { get; init; } = [];

    /// <summary>Whether the pods of <see cref="Delete"/> are not to be counted: they did not fail, they are not wanted.</summary>
    public bool Uncount { get; init; }

    /// <summary>Pods to create.</summary>
    public IReadOnlyList<JobPod> Create { get; init; } = [];

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
        var ending = JobEnding.For(job, count, pods, startTime, now);
        if (ending is not null)
            count = count.AtEnd(job, pods, ending.Succeeded);

        var delete = active;
        IReadOnlyList<JobPod> create = [];
        TimeSpan? again = null;
        if (ending is null && !suspended)
        {
            // A pod that is not tracked would end uncounted: a deletion of it was begun.
            var strays = active.Where(pod => !pod.IsTracked).ToList();
            strays.AddRange(JobParallelism.Superfluous(job, [.. active.Except(strays)]));
            var kept = active.Count - strays.Count;
            var wanted = JobParallelism.WantedActive(job, count, kept);
            delete = [.. strays, .. JobParallelism.LeastUseful(active.Except(strays), kept - wanted)];
            (create, again) = Missing(job, count, pods, wanted - kept, now);
            again = Sooner(again, DeadlineOf(job.Spec, startTime, now));
        }

        var running = pods.Count(pod => !pod.HasEnded);
        // A Job has ended once it owes no pod anything.
        var done = ending is not null && running == 0 && count.IsSettled && !pods.Any(pod => pod.IsTracked);
        var known = job.Status?.Conditions ?? [];
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
                FailedIndexes = count.Retries is { } retries ? retries.Failed.ToString() ?? "" : null,
                UncountedTerminatedPods = count.Uncounted,
                Conditions = (ending is null ? JobConditions.WithSuspended(known, suspended, now) : JobConditions.WithEnding(known, ending, done, now)) is { Count: > 0 } said ? said : null,
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

    // The pods to create of those that are missing, and how long failures delay others.
    private static (IReadOnlyList<JobPod> Now, TimeSpan? Later) Missing(JobView job, JobCount count, IReadOnlyList<PodView> pods, int missing, DateTime now)
    {
        var waits = JobFailures.WaitForEnd(job);
        if (waits)
            missing -= pods.Count(pod => !pod.HasEnded && !(pod.IsActive && pod.IsTracked));
        if (missing <= 0)
            return ([], null);
        if (count.Retries is not { } retries)
        {
            return JobBackoff.Left(pods, now) is { } left ? ([], left)
                : ([.. JobParallelism.Indexes(job, count, Present(), missing).Select(index => new JobPod(index))], null);
        }
        var (create, later) = (new List<JobPod>(), (TimeSpan?)null);
        foreach (var index in JobParallelism.Indexes(job, count, Present(), missing).OfType<int>())
            if (retries.BackoffLeft(index, now) is { } left)
                later = Sooner(later, left);
            else
                create.Add(new(index, retries.FailuresOf(index)));
        return (create, later);

        IEnumerable<PodView> Present() => pods.Where(pod => pod.IsActive || (waits && !pod.HasEnded));
    }

    private static int? NullIfZero(int count) => count == 0 ? null : count;

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan? Sooner(TimeSpan? a, TimeSpan? b) => a is null || b < a ? b : a;
}
