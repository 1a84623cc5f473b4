namespace Slipway.Controllers;

/// <summary>What the failure of a pod does to its Job.</summary>
internal enum FailureAction
{
    /// <summary>It counts towards the limits, as it does when no rule speaks of it.</summary>
    Count,

    /// <summary>It counts towards none.</summary>
    Ignore,

    /// <summary>Its index has failed for good.</summary>
    FailIndex,

    /// <summary>The Job has failed.</summary>
    FailJob,
}

/// <summary>What is made of the failure of a pod.</summary>
/// <param name="Action">What it does.</param>
/// <param name="Message">Which rule says so; only where the Job has failed by it.</param>
internal readonly record struct FailureVerdict(FailureAction Action, string? Message = null);

/// <summary>Which pods of a Job have failed, and what its <c>podFailurePolicy</c> makes of it.</summary>
internal static class JobFailures
{
    /// <summary>Whether a pod that is being deleted fails, and is replaced, only when it has ended: a policy asks how it ended.</summary>
    public static bool WaitForEnd(JobView job) => job.Spec.PodFailurePolicy is not null || job.Spec.PodReplacementPolicy == "Failed";

    /// <summary>Whether a pod has failed. Who deletes a pod that runs makes it fail.</summary>
    public static bool IsFailed(JobView job, PodView pod) => pod.HasFailed || (pod.IsBeingDeleted && !pod.HasSucceeded && !WaitForEnd(job));

    /// <summary>Whether the failure of a pod counts towards the limits of its Job.</summary>
    public static bool Counts(JobView job, PodView pod) => VerdictOf(job, pod).Action != FailureAction.Ignore;

    /// <summary>What is made of the failure of a pod: what the first rule says that matches it.</summary>
    public static FailureVerdict VerdictOf(JobView job, PodView pod)
    {
        var rules = job.Spec.PodFailurePolicy?.Rules ?? [];
        for (var i = 0; i < rules.Count; i++)
            if (ActionOf(rules[i]) is { } action && Match(rules[i], pod) is { } match)
                return new(action, action == FailureAction.FailJob ? $"{match} matching FailJob rule at index {i}" : null);
        return new(FailureAction.Count);
    }

    // Null for an action that is not known; its rule is passed over.
    private static FailureAction? ActionOf(PodFailureRuleView rule) => rule.Action switch
    {
        "Count" => FailureAction.Count,
        "Ignore" => FailureAction.Ignore,
        "FailIndex" => FailureAction.FailIndex,
        "FailJob" => FailureAction.FailJob,
        _ => null,
    };

    // What of the pod a rule matches, in words; null when it does not.
    private static string? Match(PodFailureRuleView rule, PodView pod)
    {
        if (rule.OnExitCodes is { } codes)
        {
            return pod.Containers.FirstOrDefault(container => Match(codes, container)) is { } ended
                ? $"Container {ended.Name} for pod {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name} failed with exit code {ended.State!.Terminated!.ExitCode}"
                : null;
        }
        var met = (pod.Status?.Conditions ?? []).Find(condition => (rule.OnPodConditions ?? []).Exists(pattern => pattern.Type == condition.Type && (pattern.Status ?? "True") == condition.Status));
        return met is null ? null : $"Pod {pod.Metadata.NamespaceProperty}/{pod.Metadata.Name} has condition {met.Type}";
    }

    // A container that has ended well matches nothing, whatever the codes.
    private static bool Match(ExitCodesView codes, ContainerView container) =>
        container.State?.Terminated is { ExitCode: not 0 and var code }
        && (codes.ContainerName is null || codes.ContainerName == container.Name)
        && codes.Operator switch
        {
            "In" => codes.Values?.Contains(code) == true,
            "NotIn" => codes.Values?.Contains(code) != true,
            _ => false,
        };
}
