using System.Text.Json.Nodes;
using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.HorizontalPodAutoscalers;

public sealed class AutoscalerPlanTests
{
    private const string Cpu = """{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}}""";
    private const string Queue = """{"type":"External","external":{"metric":{"name":"queue"},"target":{"type":"Value","value":"10"}}}""";

    [Theory]
    [InlineData(0, 1, 5, "AbleToScale=True SucceededGetScale, ScalingActive=False ScalingDisabled", null)]
    [InlineData(9, 1, 5, "AbleToScale=True SucceededRescale", 5)]
    [InlineData(1, 2, 5, "AbleToScale=True SucceededRescale", 2)]
    public void Out_of_bounds_the_metrics_do_not_count(int current, int min, int max, string conditions, int? replicas)
    {
        var autoscaler = Autoscaler(min, max, Cpu);
        Assert.False(AutoscalerPlan.NeedsMetrics(autoscaler, Scale(current)));
        var plan = AutoscalerPlan.For(autoscaler, Scale(current), [], [], null, Make.Now);
        Assert.Equal((replicas, conditions), (plan.Replicas, Shown(plan)));
        Assert.Equal(replicas is not null, plan.Status.LastScaleTime == Make.Now);
    }

    [Theory]
    // What the queue and the pods say (- for nothing), and what comes of it.
    [InlineData("20", "50", 4, "external metric queue above target", "AbleToScale=True SucceededRescale, ScalingActive=True ValidMetricFound, ScalingLimited=False DesiredWithinRange")]
    [InlineData("10", "100", 4, "cpu resource utilization (percentage of request) above target", "AbleToScale=True SucceededRescale, ScalingActive=True ValidMetricFound, ScalingLimited=False DesiredWithinRange")]
    [InlineData("10", "50", null, "", "AbleToScale=True ReadyForNewScale, ScalingActive=True ValidMetricFound, ScalingLimited=False DesiredWithinRange")]
    [InlineData("5", "10", null, "", "AbleToScale=True ScaleDownStabilized, ScalingActive=True ValidMetricFound, ScalingLimited=False DesiredWithinRange")]
    [InlineData("-", "100", 4, "cpu resource utilization (percentage of request) above target", "AbleToScale=True SucceededRescale, ScalingActive=True ValidMetricFound, ScalingLimited=False DesiredWithinRange")]
    [InlineData("-", "10", null, "", "AbleToScale=True SucceededGetScale, ScalingActive=False FailedGetExternalMetric")]
    [InlineData("-", "-", null, "", "AbleToScale=True SucceededGetScale, ScalingActive=False FailedGetExternalMetric")]
    public void The_metric_that_asks_for_the_most_counts_and_one_that_is_silent_keeps_from_scaling_down(string queue, string used, int? replicas, string reason, string conditions)
    {
        var pods = Enumerable.Range(0, 2).Select(Pod).ToList();
        MetricReading[] readings =
        [
            queue == "-" ? new MetricReading.Failed("nobody knows") : new MetricReading.OfWhole(long.Parse(queue) * 1000),
            used == "-" ? new MetricReading.Failed("nobody knows") : new MetricReading.OfPods(pods.ToDictionary(p => p.Name, _ => new PodSample(long.Parse(used), Make.Now, TimeSpan.Zero))),
        ];
        var autoscaler = Autoscaler(1, 9, $"{Queue},{Cpu}");
        Assert.True(AutoscalerPlan.NeedsMetrics(autoscaler, Scale(2)));
        var plan = AutoscalerPlan.For(autoscaler, Scale(2), pods, readings, null, Make.Now);
        Assert.Equal((replicas, reason, conditions), (plan.Replicas, plan.Reason, Shown(plan)));
        Assert.Equal(2, plan.Status.CurrentMetrics!.Count);
        Assert.Equal(queue == "-" ? """{"type":""}""" : $$$"""{"type":"External","external":{"metric":{"name":"queue"},"current":{"value":"{{{queue}}}"} } }""", plan.Status.CurrentMetrics[0]!.ToJsonString().Replace("}}}", "} } }", StringComparison.Ordinal));
        var silent = (queue == "-" ? 1 : 0) + (used == "-" ? 1 : 0);
        Assert.Equal(silent + (plan.Replicas is null && silent > 0 ? 1 : 0), plan.Warnings.Count);
    }

    [Fact]
    public void Without_a_selector_nothing_can_be_told()
    {
        var plan = AutoscalerPlan.For(Autoscaler(1, 9, Cpu), new(new JsonObject { ["spec"] = new JsonObject { ["replicas"] = 2 } }, "/"), [], [], null, Make.Now);
        Assert.Equal("AbleToScale=True SucceededGetScale, ScalingActive=False InvalidSelector", Shown(plan));
        Assert.Equal(["SelectorRequired", "FailedComputeMetricsReplicas"], plan.Warnings.Select(w => w.Reason));
    }

    [Fact]
    public void A_condition_keeps_the_time_of_its_last_change()
    {
        var autoscaler = Autoscaler(1, 9, Cpu);
        var first = AutoscalerPlan.WithoutScale(autoscaler, "why", Make.Now);
        var again = AutoscalerPlan.WithoutScale(autoscaler with { Status = first }, "why not", Make.Now.AddMinutes(1));
        Assert.Equal((Make.Now, "the HPA controller was unable to get the target's current scale: why not"), (again.Conditions!.Single().LastTransitionTime, again.Conditions![0].Message));
    }

    private static AutoscalerView Autoscaler(int min, int max, string metrics) => Make.Read(Kinds.Autoscalers, $$$"""
        {"metadata":{"name":"h","namespace":"default","uid":"h","generation":3},"spec":{"scaleTargetRef":{"kind":"Deployment","name":"d","apiVersion":"apps/v1"},"minReplicas":{{{min}}},"maxReplicas":{{{max}}},"metrics":[{{{metrics}}}]} }
        """);

    private static ScaleView Scale(int replicas) => new(new JsonObject
    {
        ["spec"] = new JsonObject { ["replicas"] = replicas },
        ["status"] = new JsonObject { ["replicas"] = replicas, ["selector"] = "app=x" },
    }, "/");

    private static ScaledPodView Pod(int index) => Make.Read(Kinds.ScaledPods, $$$"""
        {"metadata":{"name":"p{{{index}}}" },"spec":{"containers":[{"name":"c","resources":{"requests":{"cpu":"100m"} } }]},
         "status":{"phase":"Running","startTime":"2026-01-01T00:00:00Z","conditions":[{"type":"Ready","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z"}]} }
        """);

    private static string Shown(AutoscalerPlan plan) => string.Join(", ", plan.Status.Conditions!.Select(c => $"{c.Type}={c.Status} {c.Reason}"));
}
