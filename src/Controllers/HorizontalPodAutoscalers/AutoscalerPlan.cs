using System.Text.Json.Nodes;
using Slipway.Api;

namespace Slipway.Controllers;

/// <summary>What an autoscaler does now. Decided without I/O.</summary>
/// <param name="Replicas">The replicas to ask for; null to leave them.</param>
/// <param name="Reason">Why they change.</param>
/// <param name="Status">The status.</param>
/// <param name="History">What to remember.</param>
/// <param name="Warnings">Events: reason and message.</param>
internal sealed record AutoscalerPlan(int? Replicas, string Reason, AutoscalerStatus Status, ScalingHistory History, IReadOnlyList<(string Reason, string Message)> Warnings)
{
    private const string AbleToScale = "AbleToScale", ScalingActive = "ScalingActive", ScalingLimited = "ScalingLimited";

    /// <summary>Whether the metrics decide: otherwise the replicas are out of bounds, or 0, which turns scaling off.</summary>
    public static bool NeedsMetrics(AutoscalerView autoscaler, ScaleView scale) =>
        !(scale.Desired == 0 && autoscaler.MinReplicas != 0) && scale.Desired <= autoscaler.Spec.MaxReplicas && scale.Desired >= autoscaler.MinReplicas && scale.SelectorProblem is null;

    /// <summary>Decides.</summary>
    /// <param name="autoscaler">The autoscaler.</param>
    /// <param name="scale">The scale of its target.</param>
    /// <param name="pods">The pods of its target; not used unless <see cref="NeedsMetrics"/>.</param>
    /// <param name="readings">What was read for each of its metrics; not used unless <see cref="NeedsMetrics"/>.</param>
    /// <param name="history">What is remembered of it; null when it is seen for the first time.</param>
    /// <param name="now">Now.</param>
    public static AutoscalerPlan For(AutoscalerView autoscaler, ScaleView scale, IReadOnlyList<ScaledPodView> pods, IReadOnlyList<MetricReading> readings, ScalingHistory? history, DateTime now)
    {
        var (spec, min, current) = (autoscaler.Spec, autoscaler.MinReplicas, scale.Desired);
        var before = history ?? ScalingHistory.From(current, now);
        var status = Set(autoscaler.Status ?? new(), AbleToScale, "True", ("SucceededGetScale", "the HPA controller was able to get the target's current scale"), now) with
        {
            ObservedGeneration = autoscaler.Metadata.Generation,
            CurrentReplicas = current,
        };
        if (current == 0 && min != 0)
            return Leave(Set(status, ScalingActive, "False", ("ScalingDisabled", "scaling is disabled since the replica count of the target is zero"), now) with { DesiredReplicas = 0, CurrentMetrics = null }, []);
        if (current > spec.MaxReplicas)
            return Change(status with { CurrentMetrics = null }, spec.MaxReplicas, "Current number of replicas above Spec.MaxReplicas", before);
        if (current < min)
            return Change(status with { CurrentMetrics = null }, min, "Current number of replicas below Spec.MinReplicas", before);
        if (scale.SelectorProblem is { } problem)
            return Leave(Set(status, ScalingActive, "False", ("InvalidSelector", problem.Condition), now), [(problem.Reason, problem.Event), ("FailedComputeMetricsReplicas", problem.Event)]);

        var proposals = new MetricProposals(new ReplicaCount(pods, ToleranceOf(spec.Behavior), now), scale);
        var told = autoscaler.Metrics.Zip(readings, proposals.For).ToList();
        var warnings = told.Where(p => p.Replicas is null).Select(p => (p.Reason, p.Message)).ToList();
        status = status with { CurrentMetrics = [.. told.Select(p => (JsonNode)p.Status)] };
        var best = told.Where(p => p.Replicas is not null).MaxBy(p => p.Replicas);
        // What the metrics that are silent would have said may be a reason to keep what there is.
        if (best is null || (warnings.Count > 0 && best.Replicas < current))
        {
            var (reason, message) = warnings.Count > 0 ? warnings[0] : ("InvalidMetricSourceType", "no metrics are given");
            warnings.Add(("FailedComputeMetricsReplicas", $"invalid metrics ({warnings.Count} invalid out of {told.Count}), first error is: {message}"));
            return Leave(Set(status, ScalingActive, "False", (reason, $"the HPA was unable to compute the replica count: {message}"), now), warnings);
        }

        var recommended = best.Replicas!.Value;
        var limited = ScalingLimits.Of(spec, min, current, recommended, before, now);
        status = Set(status, ScalingActive, "True", ("ValidMetricFound", $"the HPA was able to successfully calculate a replica count from {best.Name}"), now);
        status = Set(status, AbleToScale, "True", limited.Stabilized, now);
        status = Set(status, ScalingLimited, limited.IsLimited ? "True" : "False", limited.Limit, now);
        var after = before.Recommended(recommended, now);
        return limited.Replicas == current
            ? new(null, "", status with { DesiredReplicas = current }, after, warnings)
            : Change(status, limited.Replicas, recommended > current ? $"{best.Name} above target" : "All metrics below target", after, warnings);

        AutoscalerPlan Leave(AutoscalerStatus left, IReadOnlyList<(string, string)> warned) => new(null, "", left, before, warned);

        AutoscalerPlan Change(AutoscalerStatus changed, int replicas, string reason, ScalingHistory remembered, IReadOnlyList<(string, string)>? warned = null) => new(
            replicas, reason,
            Set(changed, AbleToScale, "True", ("SucceededRescale", $"the HPA controller was able to update the target scale to {replicas}"), now) with { DesiredReplicas = replicas, LastScaleTime = now },
            spec.Behavior is null ? remembered : remembered.Scaled(current, replicas, now), warned ?? []);
    }

    /// <summary>The status when the scale of the target cannot be read.</summary>
    public static AutoscalerStatus WithoutScale(AutoscalerView autoscaler, string why, DateTime now) =>
        Set(autoscaler.Status ?? new(), AbleToScale, "False", ("FailedGetScale", $"the HPA controller was unable to get the target's current scale: {why}"), now);

    /// <summary>The status when the scale of the target could not be written.</summary>
    public AutoscalerStatus NotScaled(AutoscalerView autoscaler, string why, DateTime now) =>
        Set(Status, AbleToScale, "False", ("FailedUpdateScale", $"the HPA controller was unable to update the target scale: {why}"), now) with
        {
            DesiredReplicas = autoscaler.Status?.DesiredReplicas ?? 0,
            LastScaleTime = autoscaler.Status?.LastScaleTime,
        };

    private static Tolerance ToleranceOf(ScalingBehavior? behavior) => new(Of(behavior?.ScaleDown), Of(behavior?.ScaleUp));

    private static double Of(ScalingRules? rules) => Quantity.TryParse(rules?.Tolerance, out var own) ? own.ToDouble() : Tolerance.Default;

    private static AutoscalerStatus Set(AutoscalerStatus status, string type, string value, (string Reason, string Message) why, DateTime now)
    {
        var conditions = status.Conditions ?? [];
        var old = conditions.Find(condition => condition.Type == type);
        var condition = new AutoscalerCondition { Type = type, Status = value, Reason = why.Reason, Message = why.Message, LastTransitionTime = old?.Status == value ? old.LastTransitionTime : now };
        return status with { Conditions = old is null ? [.. conditions, condition] : [.. conditions.Select(other => other == old ? condition : other)] };
    }
}
