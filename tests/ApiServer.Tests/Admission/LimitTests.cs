using System.Text.Json.Nodes;
using Slipway.ApiServer.Admission.Limits;

namespace Slipway.ApiServer.Tests.Admission;

public sealed class LimitTests
{
    [Theory]
    // Default and defaultRequest where nothing is said.
    [InlineData("""{"type":"Container","default":{"cpu":"1","memory":"1Gi"},"defaultRequest":{"cpu":"100m"}}""", "{}",
        """{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"100m","memory":"1Gi"}}""", "LimitRanger plugin set: cpu, memory request for container a; cpu, memory limit for container a")]
    // What is said stays.
    [InlineData("""{"type":"Container","default":{"cpu":"1"},"defaultRequest":{"cpu":"100m"}}""", """{"requests":{"cpu":"2"},"limits":{"cpu":"3"}}""",
        """{"requests":{"cpu":"2"},"limits":{"cpu":"3"}}""", null)]
    // Bounds are defaults too.
    [InlineData("""{"type":"Container","max":{"cpu":"2"},"min":{"memory":"1Mi"}}""", "{}",
        """{"limits":{"cpu":"2"},"requests":{"cpu":"2","memory":"1Mi"}}""", "LimitRanger plugin set: cpu, memory request for container a; cpu limit for container a")]
    [InlineData("""{"type":"Pod","max":{"cpu":"2"}}""", "{}", "{}", null)]
    public void Defaults_of_containers(string limit, string resources, string expected, string? annotation)
    {
        var pod = Pod(resources);
        LimitRules.Complete(pod, Range(limit));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), pod["spec"]!["containers"]![0]!["resources"]), pod.ToJsonString());
        Assert.Equal(annotation, pod["metadata"]?["annotations"]?["kubernetes.io/limit-ranger"]?.ToString());
    }

    [Theory]
    [InlineData("""{"type":"Container","min":{"cpu":"200m"}}""", """{"requests":{"cpu":"100m"}}""", "minimum cpu usage per Container is 200m, but request is 100m")]
    [InlineData("""{"type":"Container","min":{"cpu":"200m"}}""", "{}", "minimum cpu usage per Container is 200m.  No request is specified")]
    [InlineData("""{"type":"Container","min":{"cpu":"200m"}}""", """{"requests":{"cpu":"1"},"limits":{"cpu":"100m"}}""", "minimum cpu usage per Container is 200m, but limit is 100m")]
    [InlineData("""{"type":"Container","max":{"memory":"1Gi"}}""", """{"limits":{"memory":"2Gi"}}""", "maximum memory usage per Container is 1Gi, but limit is 2Gi")]
    [InlineData("""{"type":"Container","max":{"memory":"1Gi"}}""", """{"requests":{"memory":"1Mi"}}""", "maximum memory usage per Container is 1Gi.  No limit is specified")]
    [InlineData("""{"type":"Container","max":{"memory":"1Gi"}}""", """{"requests":{"memory":"3Gi"},"limits":{"memory":"1Gi"}}""", "maximum memory usage per Container is 1Gi, but request is 3Gi")]
    [InlineData("""{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", """{"requests":{"cpu":"100m"},"limits":{"cpu":"300m"}}""",
        "cpu max limit to request ratio per Container is 2, but provided ratio is 3.000000")]
    [InlineData("""{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", """{"limits":{"cpu":"300m"}}""", "cpu max limit to request ratio per Container is 2, but no request is specified or request is 0")]
    [InlineData("""{"type":"Container","maxLimitRequestRatio":{"cpu":"2"}}""", """{"requests":{"cpu":"300m"}}""", "cpu max limit to request ratio per Container is 2, but no limit is specified or limit is 0")]
    [InlineData("""{"type":"Container","min":{"cpu":"1","memory":"1Gi"}}""", "{}",
        "[minimum cpu usage per Container is 1.  No request is specified, minimum memory usage per Container is 1Gi.  No request is specified]")]
    [InlineData("""{"type":"Pod","max":{"cpu":"1"}}""", """{"limits":{"cpu":"1500m"}}""", "maximum cpu usage per Pod is 1, but limit is 1500m")]
    [InlineData("""{"type":"Container","min":{"cpu":"100m"},"max":{"cpu":"1"},"maxLimitRequestRatio":{"cpu":"4"}}""", """{"requests":{"cpu":"250m"},"limits":{"cpu":"1"}}""", "")]
    public void Bounds_of_pods(string limit, string resources, string expected)
    {
        var faults = LimitRules.Faults(Pod(resources), Range(limit));
        Assert.Equal(expected, faults.Count == 0 ? "" : LimitRules.Told(faults));
    }

    [Fact]
    public void The_bound_of_a_pod_is_for_the_sum_of_its_containers()
    {
        var pod = JsonNode.Parse("""{"spec":{"containers":[{"name":"a","resources":{"limits":{"cpu":"600m"}}},{"name":"b","resources":{"limits":{"cpu":"600m"}}}]}}""")!.AsObject();
        Assert.Equal(["maximum cpu usage per Pod is 1, but limit is 1200m"], LimitRules.Faults(pod, Range("""{"type":"Pod","max":{"cpu":"1"}}""")));
    }

    [Theory]
    [InlineData("500Mi", "minimum storage usage per PersistentVolumeClaim is 1Gi, but request is 500Mi")]
    [InlineData("5Gi", "")]
    [InlineData("20Gi", "maximum storage usage per PersistentVolumeClaim is 10Gi, but request is 20Gi")]
    public void Bounds_of_claims(string storage, string expected)
    {
        var claim = JsonNode.Parse($$$$$"""{"spec":{"resources":{"requests":{"storage":"{{{{{storage}}}}}"}}}}""")!.AsObject();
        var faults = LimitRules.ClaimFaults(claim, Range("""{"type":"PersistentVolumeClaim","min":{"storage":"1Gi"},"max":{"storage":"10Gi"}}"""));
        Assert.Equal(expected, faults.Count == 0 ? "" : LimitRules.Told(faults));
    }

    private static JsonObject Pod(string resources) => JsonNode.Parse($$$$"""{"metadata":{"name":"p"},"spec":{"containers":[{"name":"a","resources":{{{{resources}}}}}]}}""")!.AsObject();

    private static LimitRange Range(string limit) => LimitRange.Read(JsonNode.Parse($$$"""{"spec":{"limits":[{{{limit}}}]}}""")!.AsObject());
}
