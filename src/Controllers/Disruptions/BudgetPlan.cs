using System.Text.Json;

namespace Slipway.Controllers;

/// <summary>What a disruption budget allows now. Decided without I/O.</summary>
/// <param name="Status">The status to write, if it differs.</param>
/// <param name="Again">When to look again although nothing changes.</param>
/// <param name="NotDeleted">Pods whose eviction was allowed and that did not go.</param>
internal sealed record BudgetPlan(BudgetStatusView Status, TimeSpan? Again, IReadOnlyList<string> NotDeleted)
{
    private const string Allowed = "DisruptionAllowed";

    // An eviction is allowed first and the pod deleted then; whoever evicts may be stopped in between.
    private static readonly TimeSpan DeletionPatience = TimeSpan.FromMinutes(2);

    // For a pod that has gone without the cache's showing it.
    private static readonly TimeSpan CachePatience = TimeSpan.FromSeconds(10);

    /// <summary>Whether the budget's arithmetic needs to know how many pods their controllers are to have.</summary>
    public static bool NeedsScale(BudgetView budget) => budget.Spec.MaxUnavailable is not null || budget.Spec.MinAvailable?.GetValueKind() == JsonValueKind.String;

    /// <summary>Decides.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="pods">The pods that it selects.</param>
    /// <param name="scale">How many pods their controllers are to have in all; used where <see cref="NeedsScale"/>.</param>
    /// <param name="gone">Names of pods among these that are gone, or going, although they do not show it.</param>
    /// <param name="now">Now.</param>
    public static BudgetPlan For(BudgetView budget, IReadOnlyList<PodView> pods, int scale, IReadOnlyCollection<string> gone, DateTime now)
    {
        int expected, desired;
        if (budget.Spec.MaxUnavailable is { } most)
            (expected, desired) = (scale, Math.Max(scale - CountOrPercent.Of(most, scale, roundUp: true), 0));
        else if (NeedsScale(budget))
            (expected, desired) = (scale, CountOrPercent.Of(budget.Spec.MinAvailable, scale, roundUp: true));
        else
            (expected, desired) = (pods.Count, CountOrPercent.Of(budget.Spec.MinAvailable, pods.Count, roundUp: true));

        var disrupted = new Dictionary<string, DateTime>();
        var notDeleted = new List<string>();
        TimeSpan? again = null;
        foreach (var pod in pods)
        {
            if (pod.IsBeingDeleted || budget.Status?.DisruptedPods is not { } told || !told.TryGetValue(pod.Metadata.Name, out var since))
                continue;
            var left = since + DeletionPatience - now;
            if (left <= TimeSpan.Zero)
            {
                if (!gone.Contains(pod.Metadata.Name))
                {
                    notDeleted.Add(pod.Metadata.Name);
                    continue;
                }
                left = CachePatience;
            }
            disrupted[pod.Metadata.Name] = since;
            again = again < left ? again : left;
        }
        var healthy = pods.Count(pod => !pod.IsBeingDeleted && pod.IsReady && !disrupted.ContainsKey(pod.Metadata.Name));
        var allowed = expected <= 0 ? 0 : Math.Max(healthy - desired, 0);
        var status = (budget.Status ?? new()) with
        {
            CurrentHealthy = healthy,
            DesiredHealthy = desired,
            ExpectedPods = expected,
            DisruptionsAllowed = allowed,
            DisruptedPods = disrupted.Count == 0 ? null : disrupted,
            ObservedGeneration = budget.Metadata.Generation,
            Conditions = With(budget, allowed > 0 ? "True" : "False", allowed > 0 ? "SufficientPods" : "InsufficientPods", "", now),
        };
        return new(status, again, notDeleted);
    }

    /// <summary>The status when it cannot be told what is allowed: nothing is.</summary>
    public static BudgetStatusView Failed(BudgetView budget, string why, DateTime now) => (budget.Status ?? new()) with
    {
        DisruptionsAllowed = 0,
        ObservedGeneration = budget.Metadata.Generation,
        Conditions = With(budget, "False", "SyncFailed", why, now),
    };

    private static List<BudgetCondition> With(BudgetView budget, string status, string reason, string message, DateTime now)
    {
        var conditions = budget.Status?.Conditions ?? [];
        var old = conditions.Find(condition => condition.Type == Allowed);
        var condition = new BudgetCondition
        {
            Type = Allowed,
            Status = status,
            Reason = reason,
            Message = message,
            ObservedGeneration = budget.Metadata.Generation,
            LastTransitionTime = old?.Status == status ? old.LastTransitionTime : now,
        };
        return [.. conditions.Where(other => other.Type != Allowed), condition];
    }
}
