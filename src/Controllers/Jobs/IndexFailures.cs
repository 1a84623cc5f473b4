using System.Globalization;
using System.Text.Json.Nodes;

namespace Slipway.Controllers;

/// <summary>How often an index has failed before a pod of it: the pod bears it, since those that failed may be gone.</summary>
/// <param name="Counted">Failures that count towards <c>backoffLimitPerIndex</c>.</param>
/// <param name="Ignored">Failures that a rule says to ignore; they delay the next pod all the same.</param>
internal readonly record struct IndexFailures(int Counted, int Ignored)
{
    private const string CountedKey = "batch.kubernetes.io/job-index-failure-count";
    private const string IgnoredKey = "batch.kubernetes.io/job-index-ignored-failure-count";

    /// <summary>All of them.</summary>
    public long All => (long)Counted + Ignored;

    /// <summary>Those before a pod; none where its annotations are missing or say no number.</summary>
    public static IndexFailures Before(PodView pod) => new(Read(pod, CountedKey), Read(pod, IgnoredKey));

    /// <summary>Those up to and with a pod that has failed.</summary>
    public static IndexFailures After(JobView job, PodView failed)
    {
        var before = Before(failed);
        return JobFailures.Counts(job, failed) ? before with { Counted = before.Counted + 1 } : before with { Ignored = before.Ignored + 1 };
    }

    /// <summary>Has the pod that comes next bear them.</summary>
    public void Write(JsonObject annotations)
    {
        annotations[CountedKey] = $"{Counted}";
        if (Ignored > 0)
            annotations[IgnoredKey] = $"{Ignored}";
    }

    // Below the greatest number, so that one more can be counted.
    private static int Read(PodView pod, string key) => pod.Metadata.Annotations is { } annotations && annotations.TryGetValue(key, out var text)
        && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? Math.Min(count, int.MaxValue - 1) : 0;
}
