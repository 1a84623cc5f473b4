namespace Slipway.Controllers;

/// <summary>What becomes of a recommendation.</summary>
/// <param name="Replicas">The replicas to ask for.</param>
/// <param name="Stabilized">Reason and message of the condition <c>AbleToScale</c>.</param>
/// <param name="IsLimited">Whether fewer or more were recommended.</param>
/// <param name="Limit">Reason and message of the condition <c>ScalingLimited</c>.</param>
internal sealed record LimitedScale(int Replicas, (string Reason, string Message) Stabilized, bool IsLimited, (string Reason, string Message) Limit);

/// <summary>
/// Holds a recommendation to the bounds, the speed and the steadiness that an autoscaler asks for
/// (<see href="https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior"/>).
/// </summary>
internal static class ScalingLimits
{
    private const int DownscaleWindowSeconds = 300;

    private static readonly (string, string) Ready = ("ReadyForNewScale", "recommended size matches current size");
    private static readonly (string, string) UpStabilized = ("ScaleUpStabilized", "recent recommendations were lower than current one, applying the lowest recent recommendation");
    private static readonly (string, string) DownStabilized = ("ScaleDownStabilized", "recent recommendations were higher than current one, applying the highest recent recommendation");
    private static readonly (string, string) WithinRange = ("DesiredWithinRange", "the desired count is within the acceptable range");
    private static readonly (string, string) TooFast = ("ScaleUpLimit", "the desired replica count is increasing faster than the maximum scale rate");
    private static readonly (string, string) TooFastDown = ("ScaleDownLimit", "the desired replica count is decreasing faster than the maximum scale rate");
    private static readonly (string, string) TooMany = ("TooManyReplicas", "the desired replica count is more than the maximum replica count");
    private static readonly (string, string) TooFew = ("TooFewReplicas", "the desired replica count is less than the minimum replica count");

    /// <summary>Decides.</summary>
    /// <param name="spec">Bounds and behaviour.</param>
    /// <param name="min">The least replicas.</param>
    /// <param name="current">The replicas that are asked for now.</param>
    /// <param name="recommended">Those that the metrics ask for.</param>
    /// <param name="history">What was recommended and done before.</param>
    /// <param name="now">Now.</param>
    public static LimitedScale Of(AutoscalerSpec spec, int min, int current, int recommended, ScalingHistory history, DateTime now)
    {
        var stabilized = Stabilize(spec.Behavior, current, recommended, history, now);
        var reason = stabilized == recommended ? Ready : recommended >= current && spec.Behavior is not null ? UpStabilized : DownStabilized;
        var (replicas, limit) = spec.Behavior is { } behavior
            ? ByRules(behavior, spec.MaxReplicas, min, current, stabilized, history, now)
            : ByDefault(spec.MaxReplicas, min, current, stabilized);
        return new(replicas, reason, replicas != stabilized, limit);
    }

    private static int Stabilize(ScalingBehavior? behavior, int current, int recommended, ScalingHistory history, DateTime now)
    {
        var highest = MostSince(behavior?.ScaleDown?.StabilizationWindowSeconds ?? DownscaleWindowSeconds, Math.Max);
        if (behavior is null)
            return highest;
        var lowest = MostSince(behavior.ScaleUp?.StabilizationWindowSeconds ?? 0, Math.Min);
        return Math.Min(Math.Max(current, lowest), highest);

        int MostSince(int seconds, Func<int, int, int> most) => history.Recommendations.Where(r => r.At > now.AddSeconds(-seconds)).Select(r => r.Replicas).Append(recommended).Aggregate(most);
    }

    private static (int, (string, string)) ByDefault(int max, int min, int current, int desired)
    {
        var fastest = Math.Max(2 * current, 4);
        if (desired < min)
            return (min, TooFew);
        return desired <= Math.Min(max, fastest) ? (desired, WithinRange) : max > fastest ? (fastest, TooFast) : (max, TooMany);
    }

    private static (int, (string, string)) ByRules(ScalingBehavior behavior, int max, int min, int current, int desired, ScalingHistory history, DateTime now)
    {
        if (desired > current)
        {
            var fastest = Math.Max(Fastest(behavior.ScaleUp, isUp: true), current);
            var most = Math.Min(max, fastest);
            return desired <= most ? (desired, WithinRange) : (most, max > fastest ? TooFast : TooMany);
        }
        if (desired < current)
        {
            var fastest = Math.Min(Fastest(behavior.ScaleDown, isUp: false), current);
            var least = Math.Max(min, fastest);
            return desired >= least ? (desired, WithinRange) : (least, min < fastest ? TooFastDown : TooFew);
        }
        return (desired, WithinRange);

        int Fastest(ScalingRules? rules, bool isUp)
        {
            if (rules?.SelectPolicy == "Disabled")
                return current;
            var proposals = (rules?.Policies ?? []).Select(rule => Proposal(rule, history.ReplicasBefore(current, rule.PeriodSeconds, now), isUp)).ToList();
            if (proposals.Count == 0)
                return isUp ? max : min;
            // The least change is the least number upwards, and the greatest downwards.
            return rules?.SelectPolicy == "Min" == isUp ? proposals.Min() : proposals.Max();
        }
    }

    // Rounded so that there is always a change.
    private static int Proposal(ScalingRule rule, int before, bool isUp) => (rule.Type, isUp) switch
    {
        ("Pods", true) => before + rule.Value,
        ("Pods", false) => before - rule.Value,
        (_, true) => (int)Math.Ceiling(before * (1 + rule.Value / 100.0)),
        (_, false) => (int)(before * (1 - rule.Value / 100.0)),
    };
}
