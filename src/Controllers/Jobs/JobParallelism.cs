namespace Slipway.Controllers;

/// <summary>How many pods of a Job run at once, and which.</summary>
internal static class JobParallelism
{
    /// <summary>Whether each pod has an index of its own to complete.</summary>
    public static bool IsIndexed(JobView job) => job.Spec.CompletionMode == "Indexed" && job.Spec.Completions is not null;

    /// <summary>Successes that complete the Job; null when any success does, once no pod runs.</summary>
    public static int? CompletionsOf(JobView job) => job.Spec.Completions ?? (job.Spec.Parallelism is null ? 1 : null);

    /// <summary>How many pods are to run.</summary>
    public static int WantedActive(JobView job, JobCount count, int active)
    {
        var parallelism = job.Spec.Parallelism ?? 1;
        if (CompletionsOf(job) is { } completions)
            return Math.Max(Math.Min(completions - count.AllSucceeded, parallelism), 0);
        // A work queue that one pod has found empty gets no more workers.
        return count.AllSucceeded > 0 ? Math.Min(active, parallelism) : parallelism;
    }

    /// <summary>The indexes that lack a pod, the lowest first; nulls where the Job is not indexed.</summary>
    /// <param name="job">The Job.</param>
    /// <param name="count">Its count.</param>
    /// <param name="present">Pods whose index needs no other.</param>
    /// <param name="number">How many at most.</param>
    public static IReadOnlyList<int?> Indexes(JobView job, JobCount count, IEnumerable<PodView> present, int number)
    {
        if (count.Completed is not { } completed)
            return new int?[number];
        var taken = present.Select(pod => pod.Index).ToHashSet();
        return [.. Enumerable.Range(0, job.Spec.Completions!.Value)
            .Where(index => !completed.Contains(index) && count.Retries?.Failed.Contains(index) != true && !taken.Contains(index))
            .Take(number).Select(index => (int?)index)];
    }

    /// <summary>Whether a pod can do anything for the Job: one of an indexed Job has one of its indexes.</summary>
    public static bool HasPlace(JobView job, PodView pod) => !IsIndexed(job) || pod.Index < job.Spec.Completions;

    /// <summary>The pods of an indexed Job that have no index of it, and of those that share one all but the most useful.</summary>
    public static IEnumerable<PodView> Superfluous(JobView job, IReadOnlyList<PodView> active) => !IsIndexed(job) ? [] :
    [
        .. active.Where(pod => !HasPlace(job, pod)),
        .. active.Where(pod => HasPlace(job, pod)).GroupBy(pod => pod.Index).SelectMany(same => LeastUseful(same, same.Count() - 1)),
    ];

    /// <summary>The pods whose deletion costs least: those that have no node, do not run, are not ready, then the youngest.</summary>
    public static IEnumerable<PodView> LeastUseful(IEnumerable<PodView> active, int number) => number <= 0 ? [] : active
        .OrderBy(pod => pod.NodeName is not null)
        .ThenBy(pod => pod.Status?.Phase == "Running")
        .ThenBy(pod => pod.IsReady)
        .ThenByDescending(pod => pod.Metadata.CreationTimestamp)
        .ThenByDescending(pod => pod.Metadata.Name, StringComparer.Ordinal)
        .Take(number);
}
