using Slipway.Controllers.Tests.Workloads;

namespace Slipway.Controllers.Tests.DaemonSets;

public sealed class DaemonSetPlanTests
{
    [Theory]
    // template spec; node; should run, may stay
    [InlineData("{}", "{}", true, true)]
    [InlineData("""{"nodeName":"other"}""", "{}", false, false)]
    [InlineData("""{"nodeSelector":{"disk":"ssd"}}""", """{"metadata":{"labels":{"disk":"ssd"}}}""", true, true)]
    [InlineData("""{"nodeSelector":{"disk":"ssd"}}""", "{}", false, false)]
    [InlineData("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"NotIn","values":["n"]}]}]}}}}""", "{}", false, false)]
    [InlineData("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]}]}}}}""", "{}", true, true)]
    [InlineData("{}", """{"spec":{"taints":[{"key":"gpu","effect":"NoSchedule"}]}}""", false, true)]
    [InlineData("{}", """{"spec":{"taints":[{"key":"gpu","effect":"NoExecute"}]}}""", false, false)]
    [InlineData("{}", """{"spec":{"taints":[{"key":"gpu","effect":"PreferNoSchedule"}]}}""", true, true)]
    [InlineData("""{"tolerations":[{"key":"gpu","operator":"Exists"}]}""", """{"spec":{"taints":[{"key":"gpu","value":"x","effect":"NoExecute"}]}}""", true, true)]
    [InlineData("{}", """{"spec":{"unschedulable":true,"taints":[{"key":"node.kubernetes.io/unschedulable","effect":"NoSchedule"},{"key":"node.kubernetes.io/not-ready","effect":"NoExecute"}]}}""", true, true)]
    [InlineData("{}", """{"spec":{"taints":[{"key":"node.kubernetes.io/network-unavailable","effect":"NoSchedule"}]}}""", false, true)]
    [InlineData("""{"hostNetwork":true}""", """{"spec":{"taints":[{"key":"node.kubernetes.io/network-unavailable","effect":"NoSchedule"}]}}""", true, true)]
    public void A_node_is_fit_by_affinity_and_taints(string template, string node, bool run, bool stay) =>
        Assert.Equal((run, stay), new DaemonFit(Set("{}", template).Spec.Template).On(Node("n", node)));

    [Theory]
    // strategy; pods (hash=new or old); nodes are n1, n2, n3; created, deleted
    [InlineData("{}", "", "n1 n2 n3", "")]
    [InlineData("{}", "a node=n1 ready h=new, b node=n2 ready h=new, c node=n3 x h=new", "", "")] // n3's is still going
    [InlineData("{}", "a node=n1 ready h=new, b node=n2 ready h=new, c node=n3 Failed h=new", "", "c")]
    [InlineData("{}", "a node=n1 ready h=new, b node=n2 ready h=new, c node=n3 ready h=new age=9, d node=n3 ready h=new age=5", "", "d")]
    [InlineData("{}", "a node=n1 ready h=new, b node=n2 ready h=new, c node=n3 ready h=new, d node=gone ready h=new", "", "")] // pods of nodes that are gone are not its business
    [InlineData("""{"rollingUpdate":{"maxUnavailable":1}}""", "a node=n1 ready h=old, b node=n2 ready h=old, c node=n3 ready h=old", "", "a")]
    [InlineData("""{"rollingUpdate":{"maxUnavailable":"50%"}}""", "a node=n1 ready h=old, b node=n2 ready h=old, c node=n3 ready h=old", "", "a b")]
    [InlineData("""{"rollingUpdate":{"maxUnavailable":1}}""", "a node=n1 Running h=new, b node=n2 ready h=old, c node=n3 ready h=old", "", "")]
    [InlineData("""{"rollingUpdate":{"maxUnavailable":1}}""", "a node=n1 Running h=old, b node=n2 Running h=old, c node=n3 ready h=old", "", "a b")] // nothing is lost
    [InlineData("""{"rollingUpdate":{"maxUnavailable":1}}""", "b node=n2 ready h=old, c node=n3 ready h=old", "n1", "")]
    [InlineData("""{"type":"OnDelete"}""", "a node=n1 ready h=old, b node=n2 ready h=old, c node=n3 ready h=old", "", "")]
    [InlineData("""{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}""", "a node=n1 ready h=old, b node=n2 ready h=old, c node=n3 ready h=old", "n1", "")]
    [InlineData("""{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}""", "a node=n1 ready h=old, d node=n1 Running h=new, b node=n2 ready h=old, c node=n3 ready h=old", "", "")]
    [InlineData("""{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}""", "a node=n1 ready h=old, d node=n1 ready h=new, b node=n2 ready h=old, c node=n3 ready h=old", "n2", "a")]
    [InlineData("""{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}""", "a node=n1 ready h=old, b node=n2 Running h=old, c node=n3 ready h=old", "n2 n1", "")]
    [InlineData("""{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}""", "a node=n1 ready h=older, d node=n1 ready h=old, b node=n2 ready h=old, c node=n3 ready h=old", "n2", "a")]
    [InlineData("""{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}""", "a node=n1 ready h=older, d node=n1 Running h=old, b node=n2 ready h=old, c node=n3 ready h=old", "n2", "d")]
    public void Each_node_has_one_pod_of_the_newest_template_in_the_end(string strategy, string pods, string create, string delete)
    {
        var plan = Plan(Set(strategy), pods);
        Assert.Equal((create, delete), (string.Join(' ', plan.Create), string.Join(' ', plan.Delete.Select(pod => pod.Uid))));
    }

    [Fact]
    public void Failures_are_replaced_after_a_while()
    {
        var plan = Plan(Set("{}"), "a node=n1 Failed h=new, b node=n2 ready h=new, c node=n3 ready h=new", backoff: TimeSpan.FromSeconds(4));
        Assert.Empty(plan.Delete);
        Assert.Equal(TimeSpan.FromSeconds(4), plan.Again);

        var failures = new FailureBackoff();
        Assert.Null(failures.Left("s", "n", Make.Now));
        failures.Add("s", "n", Make.Now);
        failures.Add("s", "n", Make.Now);
        Assert.Equal(TimeSpan.FromSeconds(1), failures.Left("s", "n", Make.Now.AddSeconds(1)));
        Assert.Null(failures.Left("s", "n", Make.Now.AddSeconds(2)));
    }

    [Fact]
    public void The_status_counts_nodes()
    {
        var status = Plan(Set("{}", """{"nodeSelector":{"a":"b"}}"""), "a node=n1 ready h=new, b node=n2 ready=0 h=old, c node=n3 ready h=new",
            ["""{"metadata":{"labels":{"a":"b"}}}""", """{"metadata":{"labels":{"a":"b"}}}""", "{}"]).Status;
        Assert.Equal((2, 2, 1, 2, 1, 2, null), (status.DesiredNumberScheduled, status.CurrentNumberScheduled, status.NumberMisscheduled, status.NumberReady,
            status.UpdatedNumberScheduled, status.NumberAvailable, status.NumberUnavailable));
    }

    [Fact]
    public void A_node_is_updated_when_its_old_pod_is_gone()
    {
        var status = Plan(Set("""{"rollingUpdate":{"maxSurge":1,"maxUnavailable":0}}"""), "a node=n1 ready h=old, b node=n1 age=10 h=new, c node=n2 ready h=new, d node=n3 ready h=old").Status;
        Assert.Equal((3, 3, 1, 3), (status.DesiredNumberScheduled, status.CurrentNumberScheduled, status.UpdatedNumberScheduled, status.NumberAvailable));
    }

    [Fact]
    public void A_pod_requires_its_node_and_bears_what_befalls_nodes()
    {
        var pod = DaemonPod.For(Set("{}", """{"affinity":{"podAffinity":{"x":1}},"tolerations":[{"operator":"Exists"}]}"""), "n1", "h");
        Assert.Equal("""{"podAffinity":{"x":1},"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchFields":[{"key":"metadata.name","operator":"In","values":["n1"]}]}]}}}""",
            pod["spec"]!["affinity"]!.ToJsonString());
        Assert.Equal(7, pod["spec"]!["tolerations"]!.AsArray().Count);
        Assert.Equal(("h", "ds-"), ((string?)pod["metadata"]!["labels"]!["controller-revision-hash"], (string?)pod["metadata"]!["generateName"]));
        Assert.Equal("n1", Make.Read(Kinds.Pods, pod.ToJsonString()).PinnedNode);
    }

    private static DaemonSetPlan Plan(DaemonSetView set, string pods, string[]? nodes = null, TimeSpan? backoff = null) => DaemonSetPlan.For(set,
        Enumerable.Range(1, 3).Select(i => Node($"n{i}", nodes?[i - 1] ?? "{}")),
        Make.Pods(pods.Replace("h=", "controller-revision-hash=")), "new", _ => backoff, Make.Now);

    private static NodeView Node(string name, string json)
    {
        var node = Make.Read(Kinds.Nodes, json.Contains("metadata") ? json : $$"""{"metadata":{},{{json[1..]}}""".Replace(",}", "}"));
        node.Metadata.Name = name;
        return node;
    }

    private static DaemonSetView Set(string strategy, string template = "{}") => Make.Read(Kinds.DaemonSets,
        $$$"""{"metadata":{"name":"ds","uid":"ds","namespace":"default"},"spec":{"updateStrategy":{{{strategy}}},"template":{"spec":{{{template}}} } } }""");
}
