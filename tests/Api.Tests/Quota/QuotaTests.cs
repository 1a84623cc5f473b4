using System.Text.Json.Nodes;
using Slipway.Api.Quota;

namespace Slipway.Api.Tests.Quota;

public sealed class QuotaTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("", "pods", "spec: {containers: [{name: a, resources: {requests: {cpu: 100m, memory: 1Gi, example.com/gpu: 2}, limits: {cpu: '1'}}}, {name: b, resources: {requests: {cpu: 200m}}}]}",
        "count/pods=1,cpu=300m,limits.cpu=1,memory=1Gi,pods=1,requests.cpu=300m,requests.example.com/gpu=2,requests.memory=1Gi")]
    [InlineData("", "pods", "spec: {initContainers: [{name: s, restartPolicy: Always, resources: {requests: {cpu: '1'}}}, {name: i, resources: {requests: {cpu: '3'}}}], containers: [{name: a, resources: {requests: {cpu: '2'}}}], overhead: {cpu: 250m}}",
        "count/pods=1,cpu=4250m,pods=1,requests.cpu=4250m")]
    [InlineData("", "pods", "{spec: {containers: [{name: a, resources: {requests: {cpu: '1'}}}]}, status: {phase: Succeeded}}", "count/pods=1")]
    [InlineData("", "pods", "{metadata: {deletionTimestamp: '2025-12-31T23:00:00Z', deletionGracePeriodSeconds: 30}, spec: {containers: [{name: a}]}}", "count/pods=1")]
    [InlineData("", "pods", "{spec: {containers: [{name: a, resources: {requests: {cpu: '100'}, limits: {cpu: '100'}}}]}, status: {conditions: [{type: PodResizePending, reason: Infeasible}], containerStatuses: [{name: a, resources: {requests: {cpu: '1'}, limits: {cpu: '2'}}, allocatedResources: {cpu: '1'}}]}}",
        "count/pods=1,cpu=1,limits.cpu=2,pods=1,requests.cpu=1")]
    [InlineData("", "pods", "{spec: {containers: [{name: a, resources: {requests: {cpu: '1'}, limits: {cpu: '1'}}}]}, status: {containerStatuses: [{name: a, resources: {requests: {cpu: '3'}, limits: {cpu: '4'}}}]}}",
        "count/pods=1,cpu=3,limits.cpu=4,pods=1,requests.cpu=3")]
    [InlineData("", "services", "spec: {type: NodePort, ports: [{port: 1}, {port: 2}]}", "count/services=1,services=1,services.loadbalancers=0,services.nodeports=2")]
    [InlineData("", "services", "spec: {type: LoadBalancer, allocateLoadBalancerNodePorts: false, ports: [{port: 1, nodePort: 30000}, {port: 2}]}", "count/services=1,services=1,services.loadbalancers=1,services.nodeports=1")]
    [InlineData("", "persistentvolumeclaims", "spec: {storageClassName: fast, resources: {requests: {storage: 5Gi}}}",
        "count/persistentvolumeclaims=1,fast.storageclass.storage.k8s.io/persistentvolumeclaims=1,fast.storageclass.storage.k8s.io/requests.storage=5Gi,persistentvolumeclaims=1,requests.storage=5Gi")]
    [InlineData("", "configmaps", "data: {}", "configmaps=1,count/configmaps=1")]
    [InlineData("batch", "jobs", "spec: {}", "count/jobs.batch=1")]
    [InlineData("stable.example.com", "crontabs", "spec: {}", "count/crontabs.stable.example.com=1")]
    public void What_objects_use(string group, string plural, string document, string expected) =>
        Assert.Equal(expected, QuotaUsage.Of(group, plural, Json.Of(document), Now).ToString());

    [Theory]
    [InlineData("status: {}", "cpu=2")]
    [InlineData("status: {containerStatuses: [{name: m}]}", "cpu=2")]
    [InlineData("status: {containerStatuses: [{name: m, resources: {requests: {cpu: 100m}}, allocatedResources: {cpu: 300m}}]}", "cpu=2")]
    [InlineData("status: {containerStatuses: [{name: m, resources: {requests: {cpu: '3'}}, allocatedResources: {cpu: '2'}}]}", "cpu=3")]
    [InlineData("status: {conditions: [{type: PodResizePending, reason: Deferred}], containerStatuses: [{name: m, resources: {requests: {cpu: 100m}}}]}", "cpu=2")]
    [InlineData("status: {conditions: [{type: PodResizePending, reason: Infeasible}], containerStatuses: [{name: m, resources: {requests: {cpu: 100m}}, allocatedResources: {cpu: 300m}}]}", "cpu=300m")]
    public void What_a_pod_holds_of_its_node(string status, string expected)
    {
        var pod = Json.Of(status);
        pod["spec"] = Json.Of("containers: [{name: m, resources: {requests: {cpu: '2'}}}]");
        Assert.Equal(expected, PodAmounts.Held(pod).ToString());
    }

    [Theory]
    [InlineData("3", "cpu=2")] // it asks anew, whatever became of what it asked for before
    [InlineData("64", "")]
    public void A_resize_is_counted_by_what_it_asks_for_now(string asked, string expected)
    {
        var before = Json.Of("""
            spec: {containers: [{name: m, resources: {requests: {cpu: '64'}}}]}
            status: {conditions: [{type: PodResizePending, reason: Infeasible}], containerStatuses: [{name: m, resources: {requests: {cpu: '1'}}}]}
            """);
        var after = before.DeepClone().AsObject();
        after["spec"]!["containers"]![0]!["resources"]!["requests"]!["cpu"] = asked;
        var quota = Quota("cpu: '100'", "cpu: '1'");
        Assert.Equal(expected, QuotaCheck.Increase(quota, new QuotaRequest("", "pods", after, before, Now)).ToString());
    }

    [Theory]
    [InlineData("scopes: [Terminating]", "spec: {activeDeadlineSeconds: 5}", true)]
    [InlineData("scopes: [Terminating]", "spec: {}", false)]
    [InlineData("scopes: [NotTerminating]", "spec: {}", true)]
    [InlineData("scopes: [BestEffort]", "spec: {containers: [{name: a}]}", true)]
    [InlineData("scopes: [BestEffort]", "spec: {containers: [{name: a, resources: {limits: {cpu: '1'}}}]}", false)]
    [InlineData("scopes: [NotBestEffort]", "spec: {containers: [{name: a, resources: {requests: {memory: '1'}}}]}", true)]
    [InlineData("scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}", "spec: {priorityClassName: high}", true)]
    [InlineData("scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: In, values: [high]}]}", "spec: {priorityClassName: low}", false)]
    [InlineData("scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: NotIn, values: [high]}]}", "spec: {}", true)]
    [InlineData("scopeSelector: {matchExpressions: [{scopeName: PriorityClass, operator: Exists}]}", "spec: {}", false)]
    [InlineData("scopeSelector: {matchExpressions: [{scopeName: CrossNamespacePodAffinity, operator: Exists}]}",
        "spec: {affinity: {podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{namespaceSelector: {}, topologyKey: k}]}}}", true)]
    public void Scopes(string spec, string pod, bool expected) =>
        Assert.Equal(expected, QuotaScope.Read(Json.Of(spec)).All(s => s.Matches("", "pods", Json.Of(pod))));

    [Theory]
    [InlineData("pods: '2'", "pods: '1'", "spec: {containers: [{name: a}]}", null)]
    [InlineData("pods: '2'", "pods: '2'", "spec: {containers: [{name: a}]}", "exceeded quota: q, requested: pods=1, used: pods=2, limited: pods=2")]
    [InlineData("{requests.cpu: '1', requests.memory: 1Gi}", "{requests.cpu: 800m, requests.memory: '0'}", "spec: {containers: [{name: a, resources: {requests: {cpu: 300m, memory: 1Mi}}}]}",
        "exceeded quota: q, requested: requests.cpu=300m, used: requests.cpu=800m, limited: requests.cpu=1")]
    [InlineData("{cpu: '1', limits.memory: 1Gi}", "{cpu: '0', limits.memory: '0'}", "spec: {containers: [{name: b}, {name: a, resources: {requests: {cpu: 100m}}}]}",
        "failed quota: q: must specify cpu for: b; limits.memory for: a,b")]
    [InlineData("{cpu: '1', pods: '1'}", "{}", "spec: {containers: [{name: a, resources: {requests: {cpu: 1m}}}]}", "status unknown for quota: q, resources: cpu,pods")]
    [InlineData("services: '0'", "services: '0'", "spec: {containers: [{name: a}]}", null)]
    public void Whether_a_pod_fits(string hard, string used, string pod, string? expected) =>
        Assert.Equal(expected, QuotaCheck.Refusal(Quota(hard, used), new("", "pods", Json.Of(pod), null, Now)));

    [Fact]
    public void An_update_is_charged_for_what_it_adds()
    {
        var quota = Quota("requests.storage: 10Gi", "requests.storage: 8Gi");
        static JsonObject Claim(string storage) => Json.Of($"spec: {{resources: {{requests: {{storage: {storage}}}}}}}");
        QuotaRequest Grows(string to) => new("", "persistentvolumeclaims", Claim(to), Claim("5Gi"), Now);
        Assert.Equal("requests.storage=2Gi", QuotaCheck.Increase(quota, Grows("7Gi")).ToString());
        Assert.Null(QuotaCheck.Refusal(quota, Grows("7Gi")));
        Assert.Equal("exceeded quota: q, requested: requests.storage=3Gi, used: requests.storage=8Gi, limited: requests.storage=10Gi", QuotaCheck.Refusal(quota, Grows("8Gi")));
        Assert.True(QuotaCheck.Increase(quota, Grows("1Gi")).IsEmpty);
    }

    [Fact]
    public void Usage_is_counted_anew_over_all_objects()
    {
        var quota = QuotaState.Read(Json.Of("{metadata: {name: q}, spec: {hard: {pods: '5', requests.cpu: '2', count/jobs.batch: '1', secrets: '3'}}}"));
        var used = quota.Recount(
        [
            ("", "pods", Json.Of("spec: {containers: [{name: a, resources: {requests: {cpu: 100m}}}]}")),
            ("", "pods", Json.Of("{spec: {containers: [{name: a, resources: {requests: {cpu: 100m}}}]}, status: {phase: Failed}}")),
            ("batch", "jobs", Json.Of("spec: {}")),
        ], Now);
        Assert.Equal("count/jobs.batch=1,pods=1,requests.cpu=100m,secrets=0", used.ToString());
    }

    private static QuotaState Quota(string hard, string used) =>
        QuotaState.Read(new JsonObject { ["metadata"] = new JsonObject { ["name"] = "q" }, ["status"] = new JsonObject { ["hard"] = Json.Of(hard), ["used"] = used == "{}" ? [] : Json.Of(used) } });
}
