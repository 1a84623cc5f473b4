using System.Text;
using System.Text.Json.Nodes;
using Slipway.Api;
using Slipway.ApiServer;
using Slipway.Client;
using Slipway.Controllers.Tests.Workloads;
using Slipway.Testing;

namespace Slipway.Controllers.Tests.HorizontalPodAutoscalers;

public sealed class AutoscalerControllerTests : IAsyncLifetime
{
    private const string Autoscalers = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers";
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly Agent _agent = new();
    private readonly Adapter _custom = new("custom.metrics.k8s.io", "v1beta2");
    private readonly Adapter _external = new("external.metrics.k8s.io", "v1beta1");
    private TestCluster _cluster = null!;

    public async ValueTask InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync(new() { Nodes = _agent, Extensions = [_custom, _external] });
        var host = new ControllerHost(_cluster.As("system:kube-controller-manager"), _cluster.Clock, _cluster.Logs);
        ReplicaSetController.Register(host);
        DeploymentController.Register(host);
        AutoscalerController.Register(host);
        _cluster.Run(host.RunAsync);
        _agent.Cluster = _cluster;
    }

    public ValueTask DisposeAsync() => _cluster.DisposeAsync();

    [Fact]
    public async Task A_deployment_grows_while_its_pods_are_busy_and_shrinks_again()
    {
        FakeNode.Run(_cluster);
        await DeployAsync(2);
        await _cluster.CreateAsync(Autoscalers, """
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},
             "minReplicas":1,"maxReplicas":5,"behavior":{"scaleDown":{"stabilizationWindowSeconds":30}},
             "metrics":[{"type":"ContainerResource","containerResource":{"name":"memory","container":"c","target":{"type":"AverageValue","averageValue":"100Mi"}}}]}}
            """);
        _agent.MemoryBytes = 200 << 20;
        var grown = await StatusAsync(status => status is { DesiredReplicas: 5, CurrentReplicas: 5 } && Condition(status, "ScalingLimited") == "True TooManyReplicas");
        Assert.Equal(5, (await DeploymentAsync(d => d.Replicas == 5)).Replicas);
        Assert.Equal("""[{"type":"ContainerResource","containerResource":{"name":"memory","container":"c","current":{"averageValue":"209715200"}}}]""", grown.CurrentMetrics!.ToJsonString());
        _agent.MemoryBytes = 10 << 20;
        await StatusAsync(status => status is { DesiredReplicas: 1, CurrentReplicas: 1 });
        await EventAsync("SuccessfulRescale: New size: 1; reason: All metrics below target");
    }

    [Fact]
    public async Task Metrics_of_pods_objects_and_the_outside_come_from_who_serves_them()
    {
        FakeNode.Run(_cluster);
        await DeployAsync(1);
        await _cluster.CreateAsync(Autoscalers, """
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{"scaleTargetRef":{"apiVersion":"apps/v1","kind":"Deployment","name":"web"},"maxReplicas":9,"metrics":[
              {"type":"Pods","pods":{"metric":{"name":"requests"},"target":{"type":"AverageValue","averageValue":"10"}}},
              {"type":"Object","object":{"describedObject":{"apiVersion":"v1","kind":"Service","name":"s"},"metric":{"name":"hits"},"target":{"type":"Value","value":"10"}}},
              {"type":"External","external":{"metric":{"name":"queue","selector":{"matchLabels":{"q":"a"}}},"target":{"type":"AverageValue","averageValue":"10"}}}]}}
            """);
        await StatusAsync(status => Condition(status, "ScalingActive") == "False FailedGetPodsMetric");
        await EventAsync("FailedGetExternalMetric: failed to get queue external metric value: unable to get external metric default/queue: ");
        _custom.Answers["/namespaces/default/pods/*/requests"] = async _ => Values(((await _cluster.Admin.ListAsync(Kinds.ScaledPods)).Items.Select(p => p.Name), "20"));
        _custom.Answers["/namespaces/default/services/s/hits"] = _ => Task.FromResult(Values((["s"], "11")));
        _external.Answers["/namespaces/default/queue"] = path => path.Contains("q%3Da") ? Task.FromResult(Values(([""], "29"))) : throw new InvalidOperationException(path);
        var status = await StatusAsync(status => status.DesiredReplicas == 3 || status.CurrentReplicas == 3);
        Assert.Equal("Pods Object External", string.Join(' ', status.CurrentMetrics!.Select(m => (string?)m!["type"])));
    }

    [Fact]
    public async Task Custom_resources_are_scaled_and_a_target_that_is_not_there_is_told_of()
    {
        await _cluster.CreateAsync("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", """
            {"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition","metadata":{"name":"crews.example.org"},"spec":{"group":"example.org","scope":"Namespaced",
             "names":{"plural":"crews","singular":"crew","kind":"Crew","listKind":"CrewList"},"versions":[{"name":"v1","served":true,"storage":true,
              "subresources":{"scale":{"specReplicasPath":".spec.replicas","statusReplicasPath":".status.replicas","labelSelectorPath":".status.selector"}},
              "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}
            """);
        await _cluster.CreateAsync(Autoscalers, """
            {"apiVersion":"autoscaling/v2","kind":"HorizontalPodAutoscaler","metadata":{"name":"h"},"spec":{"scaleTargetRef":{"apiVersion":"example.org/v1","kind":"Crew","name":"c"},"minReplicas":3,"maxReplicas":5}}
            """);
        await StatusAsync(status => Condition(status, "AbleToScale") == "False FailedGetScale");
        await EventAsync("FailedGetScale: ");
        await _cluster.CreateAsync("/apis/example.org/v1/namespaces/default/crews", """{"apiVersion":"example.org/v1","kind":"Crew","metadata":{"name":"c"},"spec":{"replicas":1}}""");
        await StatusAsync(status => Condition(status, "AbleToScale") == "True SucceededRescale");
        Assert.Equal(3, (int?)JsonNode.Parse((await _cluster.Admin.SendForBodyAsync(new("GET", "/apis/example.org/v1/namespaces/default/crews/c"))).Span)!["spec"]!["replicas"]);
        await StatusAsync(status => Condition(status, "ScalingActive") == "False InvalidSelector");
    }

    private Task<JsonObject> DeployAsync(int replicas) => _cluster.CreateAsync("/apis/apps/v1/namespaces/default/deployments", $$$"""
        {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":{{{replicas}}},"selector":{"matchLabels":{"app":"x"} },
         "template":{"metadata":{"labels":{"app":"x"} },"spec":{"nodeName":"n","containers":[{"name":"c","image":"i"}]} } } }
        """);

    private async Task<AutoscalerStatus> StatusAsync(Func<AutoscalerStatus, bool> condition) => (await _cluster.WhileTimePassesAsync(
        _cluster.WaitAsync(Kinds.Autoscalers, "default", "h", h => h?.Status is { } status && condition(status)), Step))!.Status!;

    private async Task<DeploymentView> DeploymentAsync(Func<DeploymentView, bool> condition) => (await _cluster.WhileTimePassesAsync(
        _cluster.WaitAsync(Kinds.Deployments, "default", "web", d => d is not null && condition(d)), Step))!;

    private async Task EventAsync(string start)
    {
        using var patience = new CancellationTokenSource(TestCluster.Patience);
        while (true)
        {
            var list = JsonNode.Parse((await _cluster.Admin.SendForBodyAsync(new("GET", "/api/v1/namespaces/default/events"), patience.Token)).Span)!["items"]!.AsArray();
            if (list.Any(e => $"{e!["reason"]}: {e["message"]}".StartsWith(start, StringComparison.Ordinal)))
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, patience.Token);
        }
    }

    private static string Condition(AutoscalerStatus status, string type) => status.Conditions?.Find(c => c.Type == type) is { } condition ? $"{condition.Status} {condition.Reason}" : "";

    private static string Values((IEnumerable<string> Names, string Value) values) => $$"""
        {"kind":"MetricValueList","items":[{{string.Join(',', values.Names.Select(name => $$"""{"describedObject":{"name":"{{name}}"},"value":"{{values.Value}}","timestamp":"2026-01-01T00:00:00Z"}"""))}}]}
        """;

    /// <summary>The agent of every node: each pod uses the same.</summary>
    private sealed class Agent : INodeTransport
    {
        public TestCluster? Cluster { get; set; }

        public long MemoryBytes { get; set; }

        public async ValueTask<ApiResponse> SendAsync(string node, ApiRequest request, CancellationToken cancellation)
        {
            var pods = (await Cluster!.Admin.ListAsync(Kinds.ScaledPods, cancellation: cancellation)).Items;
            var told = pods.Select(p => $$$"""
                {"podRef":{"uid":"{{{p.Metadata.Uid}}}"},"containers":[{"name":"c","cpu":{"time":"2026-01-01T00:00:00Z","usageNanoCores":1},"memory":{"workingSetBytes":{{{MemoryBytes}}} } }]}
                """);
            return new() { StatusCode = 200, Body = Encoding.UTF8.GetBytes($$"""{"pods":[{{string.Join(',', told)}}]}""") };
        }
    }

    /// <summary>An adapter that serves metrics of its own.</summary>
    private sealed class Adapter(string group, string version) : IExtensionApi
    {
        public Dictionary<string, Func<string, Task<string>>> Answers { get; } = [];

        public string PathPrefix => $"/apis/{group}/{version}";

        public async ValueTask<ApiResponse> SendAsync(UserInfo user, ApiRequest request, CancellationToken cancellation)
        {
            var path = request.PathAndQuery.StartsWith(PathPrefix, StringComparison.Ordinal) ? request.PathAndQuery[PathPrefix.Length..] : request.PathAndQuery;
            if (path.Length == 0)
                return new() { StatusCode = 200, Body = """{"kind":"APIResourceList","resources":[]}"""u8.ToArray() };
            return Answers.TryGetValue(path.Split('?')[0], out var answer)
                ? new() { StatusCode = 200, Body = Encoding.UTF8.GetBytes(await answer(path)) }
                : new() { StatusCode = 404, Body = """{"kind":"Status","code":404,"message":"not told"}"""u8.ToArray() };
        }
    }
}
