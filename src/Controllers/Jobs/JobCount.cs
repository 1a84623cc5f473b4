namespace Slipway.Controllers;

/// <summary>How many pods of a Job have ended, counting each once.</summary>
internal sealed record JobCount
{
    // Keeps the status small; the rest follows with the next pass.
    private const int MostUncounted = 500;

    /// <summary>Pods that have succeeded and are counted for good.</summary>
    public required int Succeeded { get; init; }

    /// <summary>Pods that have failed and are counted for good.</summary>
    public required int Failed { get; init; }

    /// <summary>Pods that have ended and still have their finalizer.</summary>
    public required UncountedPods Uncounted { get; init; }

    /// <summary>Indexes that have succeeded; null when the Job is not indexed.</summary>
    public required IndexSet? Completed { get; init; }

    /// <summary>Pods to free of their finalizer once this count is written.</summary>
    public required IReadOnlyList<PodView> Untrack { get; init; }

    /// <summary>How indexes fail and are tried again; null when they have no limit of their own.</summary>
    public required IndexRetries? Retries { get; init; }

    /// <summary>Pods that have succeeded and have no place in the list yet.</summary>
    public required int SucceededUnlisted { get; init; }

    /// <summary>Pods that have failed, count, and are not listed yet: they wait for a replacement, or for a place in the list.</summary>
    public required int FailedUnlisted { get; init; }

    /// <summary>All pods that have succeeded.</summary>
    public int AllSucceeded => Completed?.Count ?? Succeeded + SucceededUnlisted + (Uncounted.Succeeded?.Count ?? 0);

    /// <summary>All pods that have failed, but those that are ignored.</summary>
    public int AllFailed => Failed + FailedUnlisted + (Uncounted.Failed?.Count ?? 0);

    /// <summary>Whether every pod that has ended is counted for good.</summary>
    public bool IsSettled => Uncounted is { Succeeded: null or [], Failed: null or [] };

    public static JobCount Of(JobView job, IReadOnlyList<PodView> pods)
    {
        var byUid = pods.ToDictionary(pod => pod.Uid);
        var untrack = new List<PodView>();
        var (succeeded, nowSucceeded) = Settle(job.Status?.UncountedTerminatedPods?.Succeeded, byUid, untrack);
        var (failed, nowFailed) = Settle(job.Status?.UncountedTerminatedPods?.Failed, byUid, untrack);
        var listed = succeeded.Concat(failed).ToHashSet();
        var completed = CompletedOf(job, pods);
        var retries = IndexRetries.Of(job, pods, completed);
        var (succeededUnlisted, failedUnlisted) = (0, 0);

        foreach (var pod in pods)
        {
            if (!pod.IsTracked || listed.Contains(pod.Uid))
                continue;
            var isFull = succeeded.Count + failed.Count >= MostUncounted;
            var isHeld = retries?.Holds(pod) == true;
            if (pod.HasSucceeded && completed is not null)
                untrack.Add(pod);
            else if (pod.HasSucceeded && isFull)
                succeededUnlisted++;
            else if (pod.HasSucceeded)
                Add(succeeded, pod);
            else if (!JobFailures.IsFailed(job, pod))
                continue;
            else if (!JobParallelism.HasPlace(job, pod))
                untrack.Add(pod); // nobody counts it
            else if (JobFailures.Counts(job, pod) && (isHeld || isFull))
                failedUnlisted++;
            else if (JobFailures.Counts(job, pod))
                Add(failed, pod);
            else if (!isHeld)
                untrack.Add(pod); // nobody counts it
        }
        if (retries is not null)
            untrack.RemoveAll(retries.Holds);
        return new()
        {
            Succeeded = completed?.Count ?? (job.Status?.Succeeded ?? 0) + nowSucceeded,
            Failed = (job.Status?.Failed ?? 0) + nowFailed,
            Uncounted = Lists(succeeded, failed),
            Completed = completed,
            Retries = retries,
            SucceededUnlisted = succeededUnlisted,
            FailedUnlisted = failedUnlisted,
            Untrack = untrack,
        };

        void Add(List<string> list, PodView pod)
        {
            list.Add(pod.Uid);
            untrack.Add(pod);
        }
    }

    /// <summary>When a Job ends nothing holds its pods any more. If it fails, those that have not ended fail with it.</summary>
    public JobCount AtEnd(JobView job, IReadOnlyList<PodView> pods, bool succeeded)
    {
        var listed = (Uncounted.Succeeded ?? []).Concat(Uncounted.Failed ?? []).ToHashSet();
        var (failed, untrack) = (new List<string>(Uncounted.Failed ?? []), new List<PodView>(Untrack));
        var room = MostUncounted - listed.Count;
        foreach (var pod in pods.Where(pod => pod.IsTracked).Except(Untrack))
        {
            var counts = !listed.Contains(pod.Uid) && JobParallelism.HasPlace(job, pod) && (!succeeded || JobFailures.IsFailed(job, pod)) && JobFailures.Counts(job, pod);
            if (pod.HasSucceeded || (counts && room-- <= 0))
                continue; // it has no place in the list yet: the next pass sees to it
            if (counts)
                failed.Add(pod.Uid);
            untrack.Add(pod);
        }
        return this with { Uncounted = Lists(Uncounted.Succeeded ?? [], failed), Untrack = untrack };
    }

    // An index is a set: writing it twice counts it once, with no list of uids.
    private static IndexSet? CompletedOf(JobView job, IReadOnlyList<PodView> pods)
    {
        if (!JobParallelism.IsIndexed(job))
            return null;
        var completed = IndexSet.Parse(job.Status?.CompletedIndexes, job.Spec.Completions ?? 0);
        foreach (var pod in pods)
            if (pod is { IsTracked: true, HasSucceeded: true, Index: { } index } && index < job.Spec.Completions)
                completed.Add(index);
        return completed;
    }

    // Those of the list whose finalizer is gone are counted; the others stay in it.
    private static (List<string> Left, int Counted) Settle(List<string>? list, Dictionary<string, PodView> pods, List<PodView> untrack)
    {
        var left = new List<string>();
        foreach (var uid in list ?? [])
            if (pods.TryGetValue(uid, out var pod) && pod.IsTracked)
            {
                left.Add(uid);
                untrack.Add(pod);
            }
        return (left, (list?.Count ?? 0) - left.Count);
    }

    private static UncountedPods Lists(List<string> succeeded, List<string> failed) =>
        new() { Succeeded = succeeded.Count == 0 ? null : succeeded, Failed = failed.Count == 0 ? null : failed };
}
