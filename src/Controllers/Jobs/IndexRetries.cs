namespace Slipway.Controllers;

/// <summary>How the indexes of a Job with a <c>backoffLimitPerIndex</c> fail and are tried again.</summary>
/// <remarks>
/// An index's failures are counted on its pods alone. So the pod that failed last holds its finalizer, and is there, until the pod that
/// replaces it bears the count, or the index is in the set of those that have failed, which the status keeps.
/// </remarks>
internal sealed class IndexRetries
{
    private readonly JobView _job;
    private readonly Dictionary<int, PodView> _last = [];

    private IndexRetries(JobView job, IndexSet failed) => (_job, Failed) = (job, failed);

    /// <summary>Indexes that have failed for good.</summary>
    public IndexSet Failed { get; }

    /// <summary>Those of a Job; null when its indexes have no limit of their own.</summary>
    /// <param name="job">The Job.</param>
    /// <param name="pods">The pods that it controls.</param>
    /// <param name="completed">Indexes that have succeeded; null when it is not indexed.</param>
    public static IndexRetries? Of(JobView job, IReadOnlyList<PodView> pods, IndexSet? completed)
    {
        if (completed is null || job.Spec.BackoffLimitPerIndex is not { } limit)
            return null;
        var completions = job.Spec.Completions ?? 0;
        var retries = new IndexRetries(job, IndexSet.Parse(job.Status?.FailedIndexes, completions));
        var failures = pods.Where(pod => pod.IsTracked && pod.Index < completions && JobFailures.IsFailed(job, pod)).ToList();
        foreach (var pod in failures)
            if (FailsIndex(job, pod, limit))
                retries.Failed.Add(pod.Index!.Value);

        var active = pods.Where(pod => pod.IsActive).Select(pod => pod.Index).ToHashSet();
        foreach (var pod in failures)
            if (!active.Contains(pod.Index) && !completed.Contains(pod.Index!.Value) && !retries.Failed.Contains(pod.Index.Value))
                retries.Remember(pod);
        return retries;
    }

    /// <summary>Whether a pod has to stay until it is replaced.</summary>
    public bool Holds(PodView pod) => pod.Index is { } index && _last.GetValueOrDefault(index) == pod;

    /// <summary>Failures of an index that its next pod is to bear.</summary>
    public IndexFailures FailuresOf(int index) => _last.TryGetValue(index, out var pod) ? IndexFailures.After(_job, pod) : default;

    /// <summary>How long an index gets no pod after its failures; null when it may have one.</summary>
    public TimeSpan? BackoffLeft(int index, DateTime now) =>
        _last.TryGetValue(index, out var pod) ? JobBackoff.Left(IndexFailures.Before(pod).All + 1, pod.EndTime, now) : null;

    private static bool FailsIndex(JobView job, PodView pod, int limit) => JobFailures.VerdictOf(job, pod).Action switch
    {
        FailureAction.FailIndex => true,
        FailureAction.Ignore => false,
        _ => IndexFailures.Before(pod).Counted >= limit,
    };

    private void Remember(PodView pod)
    {
        if (!_last.TryGetValue(pod.Index!.Value, out var last)
            || (IndexFailures.Before(last).All, last.EndTime).CompareTo((IndexFailures.Before(pod).All, pod.EndTime)) < 0)
            _last[pod.Index.Value] = pod;
    }
}
