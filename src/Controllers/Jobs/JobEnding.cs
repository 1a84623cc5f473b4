namespace Slipway.Controllers;

/// <summary>That a Job ends, and how.</summary>
/// <param name="Condition">The condition that says so at once: <c>SuccessCriteriaMet</c> or <c>FailureTarget</c>.</param>
internal sealed record JobEnding(JobCondition Condition)
{
    private const int DefaultBackoffLimit = 6;

    /// <summary>Whether it has done what it was to do.</summary>
    public bool Succeeded => Condition.Type == JobView.SuccessCriteriaMet;

    /// <summary>Decides whether a Job ends; null when it goes on.</summary>
    public static JobEnding? For(JobView job, JobCount count, IReadOnlyList<PodView> active, DateTime? startTime, DateTime now)
    {
        // Once decided it stays so, whatever is changed in the Job since.
        if ((job.ConditionOf(JobView.FailureTarget) ?? job.ConditionOf(JobView.SuccessCriteriaMet)) is { } decided)
            return new(decided);

        var limit = job.Spec.BackoffLimit ?? DefaultBackoffLimit;
        if (count.AllFailed > limit || RestartsExceed(active, limit))
            return Of(JobView.FailureTarget, "BackoffLimitExceeded", "Job has reached the specified backoff limit", now);
        if (job.Spec is { ActiveDeadlineSeconds: { } seconds, Suspend: not true } && startTime is { } start && now >= start.AddSeconds(seconds))
            return Of(JobView.FailureTarget, "DeadlineExceeded", "Job was active longer than specified deadline", now);

        var reached = JobParallelism.CompletionsOf(job) is { } completions
            ? count.AllSucceeded >= completions
            : count.AllSucceeded > 0 && active.Count == 0;
        return reached ? Of(JobView.SuccessCriteriaMet, "CompletionsReached", "Reached expected number of succeeded pods", now) : null;
    }

    // With restartPolicy OnFailure the containers' restarts are the Job's retries.
    private static bool RestartsExceed(IReadOnlyList<PodView> active, int limit)
    {
        var restarts = active.Where(pod => pod.Spec?.RestartPolicy == "OnFailure").Sum(pod => pod.Restarts);
        return limit == 0 ? restarts > 0 : restarts >= limit;
    }

    private static JobEnding Of(string type, string reason, string message, DateTime now) =>
        new(new JobCondition { Type = type, Status = "True", Reason = reason, Message = message, LastProbeTime = now, LastTransitionTime = now });
}
