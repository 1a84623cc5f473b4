namespace Slipway.Controllers;

/// <summary>That a Job ends, and how.</summary>
/// <param name="Condition">The condition that says so at once: <c>SuccessCriteriaMet</c> or <c>FailureTarget</c>.</param>
internal sealed record JobEnding(JobCondition Condition)
{
    private const int DefaultBackoffLimit = 6;

    /// <summary>Whether it has done what it was to do.</summary>
    public bool Succeeded => Condition.Type == JobView.SuccessCriteriaMet;

    /// <summary>Decides whether a Job ends; null when it goes on.</summary>
    public static JobEnding? For(JobView job, JobCount count, IReadOnlyList<PodView> pods, DateTime? startTime, DateTime now)
    {
        // Once decided it stays so, whatever is changed in the Job since.
        if ((job.ConditionOf(JobView.FailureTarget) ?? job.ConditionOf(JobView.SuccessCriteriaMet)) is { } decided)
            return new(decided);
        if (FailureOf(job, count, pods, startTime, now) is { } failure)
            return Of(JobView.FailureTarget, failure, now);
        return SuccessOf(job, count, pods) is { } success ? Of(JobView.SuccessCriteriaMet, success, now) : null;
    }

    private static (string Reason, string Message)? FailureOf(JobView job, JobCount count, IReadOnlyList<PodView> pods, DateTime? startTime, DateTime now)
    {
        if (job.Spec.PodFailurePolicy is not null)
            foreach (var pod in pods)
                if (JobFailures.IsFailed(job, pod) && JobFailures.VerdictOf(job, pod).Message is { } message)
                    return ("PodFailurePolicy", message);

        var limit = job.Spec.BackoffLimit ?? DefaultBackoffLimit;
        if (count.AllFailed > limit || RestartsExceed(pods, limit))
            return ("BackoffLimitExceeded", "Job has reached the specified backoff limit");
        if (job.Spec is { ActiveDeadlineSeconds: { } seconds, Suspend: not true } && startTime is { } start && now >= start.AddSeconds(seconds))
            return ("DeadlineExceeded", "Job was active longer than specified deadline");

        if (count.Retries?.Failed is not { Count: > 0 } failed)
            return null;
        if (failed.Count > job.Spec.MaxFailedIndexes)
            return ("MaxFailedIndexesExceeded", "Job has exceeded the specified maximal number of failed indexes");
        return failed.Count + count.AllSucceeded >= job.Spec.Completions ? ("FailedIndexes", "Job has failed indexes") : null;
    }

    private static (string Reason, string Message)? SuccessOf(JobView job, JobCount count, IReadOnlyList<PodView> pods)
    {
        if (count.Completed is { } completed && JobSuccess.MetRule(job, completed) is { } rule)
            return ("SuccessPolicy", $"Matched rules at index {rule}");
        var reached = JobParallelism.CompletionsOf(job) is { } completions
            ? count.AllSucceeded >= completions
            : count.AllSucceeded > 0 && !pods.Any(pod => pod.IsActive);
        return reached ? ("CompletionsReached", "Reached expected number of succeeded pods") : null;
    }

    // With restartPolicy OnFailure the containers' restarts are the Job's retries.
    private static bool RestartsExceed(IReadOnlyList<PodView> pods, int limit)
    {
        var restarts = pods.Where(pod => pod.IsActive && pod.Spec?.RestartPolicy == "OnFailure").Sum(pod => pod.Restarts);
        return limit == 0 ? restarts > 0 : restarts >= limit;
    }

    private static JobEnding Of(string type, (string Reason, string Message) why, DateTime now) =>
        new(new JobCondition { Type = type, Status = "True", Reason = why.Reason, Message = why.Message, LastProbeTime = now, LastTransitionTime = now });
}
