using Slipway.Api.Conversions;
using Slipway.Api.Documents;

namespace Slipway.Api.Tests;

public sealed class AutoscalerConversionTests
{
    private const string V2 = """
        {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h","annotations":{"a":"b"}},
         "spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},"minReplicas":2,"maxReplicas":9,"metrics":[
           {"type":"Pods","pods":{"metric":{"name":"queue","selector":{"matchLabels":{"x":"y"}}},"target":{"type":"AverageValue","averageValue":"1k"}}},
           {"type":"Object","object":{"describedObject":{"kind":"Ingress","name":"i"},"metric":{"name":"hits"},"target":{"type":"Value","value":"10k"}}},
           {"type":"Object","object":{"describedObject":{"kind":"Ingress","name":"i"},"metric":{"name":"hits"},"target":{"type":"AverageValue","averageValue":"5"}}},
           {"type":"External","external":{"metric":{"name":"lag","selector":{"matchLabels":{"x":"y"}}},"target":{"type":"AverageValue","averageValue":"30"}}},
           {"type":"ContainerResource","containerResource":{"name":"cpu","container":"c","target":{"type":"Utilization","averageUtilization":60}}},
           {"type":"Resource","resource":{"name":"memory","target":{"type":"AverageValue","averageValue":"1Gi"}}},
           {"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":50}}}],
          "behavior":{"scaleDown":{"stabilizationWindowSeconds":60,"selectPolicy":"Min","policies":[{"type":"Pods","value":4,"periodSeconds":15}]}}},
         "status":{"observedGeneration":1,"currentReplicas":3,"desiredReplicas":4,
          "currentMetrics":[{"type":"Resource","resource":{"name":"cpu","current":{"averageUtilization":47,"averageValue":"470m"}}}],
          "conditions":[{"type":"AbleToScale","status":"True","lastTransitionTime":"2026-01-01T00:00:00Z","reason":"r","message":"m"}]}}
        """;

    [Fact]
    public void NothingIsLostOnTheWayThroughV1() => Json.AssertEqual(V2, AutoscalerConversion.ToV2(AutoscalerConversion.FromV2(Json.Node(V2)!.AsObject())));

    [Fact]
    public void V1ShowsTheCpuAndKeepsTheRestInAnnotations()
    {
        var v1 = AutoscalerConversion.FromV2(Json.Node(V2)!.AsObject());
        Assert.Equal("autoscaling/v1", v1.ApiVersion);
        Json.AssertEqual("""{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},"minReplicas":2,"maxReplicas":9,"targetCPUUtilizationPercentage":50}""", v1["spec"]);
        Json.AssertEqual("""{"observedGeneration":1,"currentReplicas":3,"desiredReplicas":4,"currentCPUUtilizationPercentage":47}""", v1["status"]);
        Assert.Equal(
            ["a", "autoscaling.alpha.kubernetes.io/behavior", "autoscaling.alpha.kubernetes.io/conditions", "autoscaling.alpha.kubernetes.io/current-metrics", "autoscaling.alpha.kubernetes.io/metrics"],
            v1.Annotations!.Select(a => a.Key).Order(StringComparer.Ordinal));
        Json.AssertEqual("""
            [{"type":"Pods","pods":{"metricName":"queue","selector":{"matchLabels":{"x":"y"}},"targetAverageValue":"1k"}},
             {"type":"Object","object":{"target":{"kind":"Ingress","name":"i"},"metricName":"hits","targetValue":"10k"}},
             {"type":"Object","object":{"target":{"kind":"Ingress","name":"i"},"metricName":"hits","averageValue":"5"}},
             {"type":"External","external":{"metricName":"lag","metricSelector":{"matchLabels":{"x":"y"}},"targetAverageValue":"30"}},
             {"type":"ContainerResource","containerResource":{"name":"cpu","container":"c","targetAverageUtilization":60}},
             {"type":"Resource","resource":{"name":"memory","targetAverageValue":"1Gi"}}]
            """, Json.Node(v1.Annotations!.Text("autoscaling.alpha.kubernetes.io/metrics")!));
        Json.AssertEqual("""{"ScaleDown":{"StabilizationWindowSeconds":60,"SelectPolicy":"Min","Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}]}}""",
            Json.Node(v1.Annotations!.Text("autoscaling.alpha.kubernetes.io/behavior")!));
    }

    [Theory]
    [InlineData("{desiredReplicas: 0}", """{"desiredReplicas":0,"currentReplicas":0}""")]
    [InlineData("{desiredReplicas: 2, currentReplicas: 1}", """{"desiredReplicas":2,"currentReplicas":1}""")]
    public void V1SaysHowManyReplicasThereAreEvenIfThereAreNone(string status, string shown) =>
        Json.AssertEqual(shown, AutoscalerConversion.FromV2(Json.Of($"metadata: {{name: h}}\nspec: {{}}\nstatus: {status}"))["status"]);

    [Theory]
    [InlineData("{}", """[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":80}}}]""")]
    [InlineData("{targetCPUUtilizationPercentage: 10}", """[{"type":"Resource","resource":{"name":"cpu","target":{"type":"Utilization","averageUtilization":10}}}]""")]
    public void V1AimsAtTheCpu(string spec, string metrics) =>
        Json.AssertEqual(metrics, AutoscalerConversion.ToV2(Json.Of($"metadata: {{name: h}}\nspec: {spec}")).At("spec.metrics"));

    [Fact]
    public void AnAnnotationThatCannotBeReadIsDropped()
    {
        var v2 = AutoscalerConversion.ToV2(Json.Of("metadata: {name: h, annotations: {autoscaling.alpha.kubernetes.io/metrics: '[{'}}\nspec: {targetCPUUtilizationPercentage: 10}"));
        Assert.Null(v2.Annotations);
        Assert.Single(v2.At("spec.metrics")!.AsArray());
    }

    [Theory]
    [InlineData("""[{"type":"Pods","type":"Object"}]""")]
    [InlineData("""[{""")]
    [InlineData("")]
    public void AnnotationsThatCannotBeReadCountForNothing(string annotation)
    {
        var v1 = AutoscalerConversion.FromV2(Json.Node(V2)!.AsObject());
        v1.Annotations!["autoscaling.alpha.kubernetes.io/metrics"] = annotation;
        Assert.Equal(["cpu"], AutoscalerConversion.ToV2(v1).Object("spec")!.Objects("metrics").Select(m => m.Object("resource")?.Text("name") ?? ""));
    }
}
