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

    /// <summary>All pods that have succeeded.</summary>
    public int AllSucceeded => Completed?.Count ?? Succeeded + (Uncounted.Succeeded?.Count ?? 0);

    /// <summary>All pods that have failed.</summary>
    public int AllFailed => Failed + (Uncounted.Failed?.Count ?? 0);

    /// <summary>Whether every pod that has ended is counted for good.</summary>
    public bool IsSettled => Uncounted is { Succeeded: null or [], Failed: null or [] };

    public static JobCount Of(JobView job, IReadOnlyList<PodView> pods)
    {
        var byUid = pods.ToDictionary(pod => pod.Uid);
        var untrack = new List<PodView>();
        var (succeeded, nowSucceeded) = Settle(job.Status?.UncountedTerminatedPods?.Succeeded, byUid, untrack);
        var (failed, nowFailed) = Settle(job.Status?.UncountedTerminatedPods?.Failed, byUid, untrack);
        var completed = JobParallelism.IsIndexed(job) ? IndexSet.Parse(job.Status?.CompletedIndexes, job.Spec.Completions ?? 0) : null;

        foreach (var pod in pods)
        {
            if (!pod.IsTracked || succeeded.Contains(pod.Uid) || failed.Contains(pod.Uid) || succeeded.Count + failed.Count >= MostUncounted)
                continue;
            if (pod.HasSucceeded && completed is not null)
            {
                // An index is a set: writing it twice counts it once, with no list of uids.
                if (pod.Index is { } index && index < job.Spec.Completions)
                    completed.Add(index);
                untrack.Add(pod);
            }
            else if (pod.HasSucceeded)
                Add(succeeded, pod);
            else if (pod.HasFailed || pod.IsBeingDeleted)
                Add(failed, pod); // who deletes a pod that runs makes it fail
        }
        return new()
        {
            Succeeded = completed?.Count ?? (job.Status?.Succeeded ?? 0) + nowSucceeded,
            Failed = (job.Status?.Failed ?? 0) + nowFailed,
            Uncounted = Lists(succeeded, failed),
            Completed = completed,
            Untrack = untrack,
        };

        void Add(List<string> list, PodView pod)
        {
            list.Add(pod.Uid);
            untrack.Add(pod);
        }
    }

    /// <summary>When a Job ends, its pods that have not ended are taken to have failed.</summary>
    public JobCount WithRunningAsFailed(IReadOnlyList<PodView> pods)
    {
        var listed = new HashSet<string>((Uncounted.Succeeded ?? []).Concat(Uncounted.Failed ?? []));
        var running = pods.Where(pod => pod.IsTracked && !pod.HasEnded && !listed.Contains(pod.Uid)).ToList();
        return this with
        {
            Uncounted = Lists(Uncounted.Succeeded ?? [], [.. Uncounted.Failed ?? [], .. running.Select(pod => pod.Uid)]),
            Untrack = [.. Untrack, .. running],
        };
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
