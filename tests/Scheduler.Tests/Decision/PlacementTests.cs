namespace Slipway.Scheduler.Tests.Decision;

public sealed class PlacementTests
{
    private const string GpuTaint = """{"taints":[{"key":"gpu","value":"yes","effect":"NoSchedule"}]}""";

    [Theory]
    // what a pod says, what a node has, whether they go together
    [InlineData("""{"nodeSelector":{"disk":"ssd"}}""", "\"disk\":\"ssd\"", true)]
    [InlineData("""{"nodeSelector":{"disk":"ssd"}}""", "\"disk\":\"hdd\"", false)]
    [InlineData("""{"nodeSelector":{"disk":"ssd"}}""", "", false)]
    public void A_node_selector_is_met_by_labels(string spec, string labels, bool fits) =>
        Assert.Equal(fits, Obstacle.Between(Make.Pod(spec), Make.Node(labels: labels)) is null);

    [Theory]
    [InlineData("""{"key":"zone","operator":"In","values":["a","b"]}""", true)]
    [InlineData("""{"key":"zone","operator":"In","values":["c"]}""", false)]
    [InlineData("""{"key":"zone","operator":"NotIn","values":["c"]}""", true)]
    [InlineData("""{"key":"absent","operator":"NotIn","values":["c"]}""", true)]
    [InlineData("""{"key":"zone","operator":"Exists"}""", true)]
    [InlineData("""{"key":"absent","operator":"Exists"}""", false)]
    [InlineData("""{"key":"absent","operator":"DoesNotExist"}""", true)]
    [InlineData("""{"key":"cores","operator":"Gt","values":["7"]}""", true)]
    [InlineData("""{"key":"cores","operator":"Gt","values":["8"]}""", false)]
    [InlineData("""{"key":"cores","operator":"Lt","values":["9"]}""", true)]
    [InlineData("""{"key":"zone","operator":"Lt","values":["9"]}""", false)]
    public void Required_node_affinity_is_met_by_expressions(string expression, bool fits)
    {
        var pod = Make.Pod($$$"""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{{{expression}}}]}]} } } }""");
        Assert.Equal(fits, Obstacle.Between(pod, Make.Node(labels: "\"zone\":\"a\",\"cores\":\"8\"")) is null);
    }

    [Fact]
    public void Terms_are_alternatives_and_may_name_the_node()
    {
        var pod = Make.Pod("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{},{"matchFields":[{"key":"metadata.name","operator":"In","values":["n2"]}]}]}}}}""");
        Assert.Equal("n2", Place(pod, new[] { Make.Node("n1"), Make.Node("n2") }).Node);
    }

    [Theory]
    [InlineData("", "NoSchedule", false)]
    [InlineData("", "NoExecute", false)]
    [InlineData("", "PreferNoSchedule", true)]
    [InlineData("""{"key":"k","operator":"Equal","value":"v","effect":"NoSchedule"}""", "NoSchedule", true)]
    [InlineData("""{"key":"k","value":"v"}""", "NoExecute", true)]
    [InlineData("""{"key":"k","value":"other"}""", "NoSchedule", false)]
    [InlineData("""{"key":"k","operator":"Exists"}""", "NoSchedule", true)]
    [InlineData("""{"operator":"Exists"}""", "NoExecute", true)]
    [InlineData("""{"key":"k","operator":"Exists","effect":"NoExecute"}""", "NoSchedule", false)]
    public void Taints_keep_away_what_does_not_tolerate_them(string toleration, string effect, bool fits) =>
        Assert.Equal(fits, Obstacle.Between(
            Make.Pod($$"""{"tolerations":[{{toleration}}]}"""),
            Make.Node(spec: $$"""{"taints":[{"key":"k","value":"v","effect":"{{effect}}"}]}""")) is null);

    [Theory]
    [InlineData("\"cpu\":\"2\"", true)]
    [InlineData("\"cpu\":\"2001m\"", false)]
    [InlineData("\"memory\":\"4Gi\",\"ephemeral-storage\":\"10Gi\"", true)]
    [InlineData("\"ephemeral-storage\":\"11Gi\"", false)]
    [InlineData("\"example.com/gpu\":\"1\"", false)]
    [InlineData("\"example.com/gpu\":\"0\"", true)]
    public void Requests_fit_into_what_is_left(string requests, bool fits) =>
        Assert.Equal(fits, Obstacle.Between(Make.Asking(requests), Make.Node()) is null);

    [Fact]
    public void A_pod_that_requests_nothing_fits_on_a_node_whose_cpu_is_all_taken() =>
        Assert.Null(Obstacle.Between(Make.Pod("{}"), Make.Node().Plus(Make.Asking("\"cpu\":\"2\""))));

    [Fact]
    public void Host_ports_are_given_once()
    {
        var pod = Make.Pod("""{"containers":[{"ports":[{"containerPort":80,"hostPort":80}]}]}""");
        var node = Make.Node().Plus(pod);
        Assert.Equal(ObstacleKind.Ports, Obstacle.Between(pod, node)!.Value.Kind);
        Assert.Null(Obstacle.Between(pod, node.Minus(pod)));
        Assert.Null(Obstacle.Between(Make.Pod("""{"containers":[{"ports":[{"containerPort":80,"hostPort":80,"protocol":"UDP"}]}]}"""), node));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("""{"operator":"Exists"}""", true)]
    [InlineData("""{"key":"node.kubernetes.io/unschedulable","operator":"Exists","effect":"NoSchedule"}""", true)]
    [InlineData("""{"key":"node.kubernetes.io/unschedulable","operator":"Equal"}""", true)]
    public void A_cordoned_node_takes_only_what_tolerates_that(string toleration, bool fits) =>
        Assert.Equal(fits, Obstacle.Between(Make.Pod($$"""{"tolerations":[{{toleration}}]}"""), Make.Node(spec: """{"unschedulable":true}""")) is null);

    [Fact]
    public void The_emptiest_node_wins_and_among_equals_the_first_by_name()
    {
        NodeInfo[] nodes = [Make.Node("n1").Plus(Make.Asking("\"cpu\":\"1\"")), Make.Node("n3"), Make.Node("n2")];
        for (var start = 0; start < 3; start++)
            Assert.Equal("n2", Place(Make.Pod("{}"), nodes, start).Node);
    }

    [Fact]
    public void Pods_without_requests_are_spread()
    {
        NodeInfo[] nodes = [Make.Node("n1"), Make.Node("n2")];
        for (var i = 0; i < 10; i++)
        {
            var pod = Make.Pod("{}", $"p{i}");
            var chosen = Array.FindIndex(nodes, node => node.Name == Place(pod, nodes).Node);
            nodes[chosen] = nodes[chosen].Plus(pod);
        }
        Assert.All(nodes, node => Assert.Equal(5, node.Requested.Pods));
    }

    [Fact]
    public void A_node_that_would_rather_not_is_taken_last()
    {
        NodeInfo[] nodes = [Make.Node("n1", spec: """{"taints":[{"key":"k","effect":"PreferNoSchedule"}]}"""), Make.Node("n2").Plus(Make.Asking("\"cpu\":\"1\""))];
        Assert.Equal("n2", Place(Make.Pod("{}"), nodes).Node);
        Assert.Equal("n1", Place(Make.Asking("\"cpu\":\"1500m\""), nodes).Node);
    }

    [Fact]
    public void A_preferred_node_wins_over_an_emptier_one()
    {
        var pod = Make.Pod("""{"affinity":{"nodeAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":5,"preference":{"matchExpressions":[{"key":"a","operator":"Exists"}]}}]}}}""");
        NodeInfo[] nodes = [Make.Node("n1"), Make.Node("n2", labels: "\"a\":\"\"").Plus(Make.Asking("\"cpu\":\"1\""))];
        Assert.Equal("n2", Place(pod, nodes).Node);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(100, 100)]
    [InlineData(1000, 420)]
    [InlineData(5000, 500)]
    [InlineData(0, 1)]
    public void In_large_clusters_some_fitting_nodes_are_enough(int nodes, int enough) => Assert.Equal(enough, Placement.EnoughOf(nodes));

    [Fact]
    public void A_refusal_counts_reasons_and_says_what_would_help()
    {
        Assert.Equal(
            "0/3 nodes are available: 1 Insufficient memory, 2 node(s) had untolerated taint {gpu: yes}. It requests 8Gi of memory but no node has more than 4Gi: request less or add a larger node.",
            Place(Make.Asking("\"memory\":\"8Gi\""), new[] { Make.Node("n1", spec: GpuTaint), Make.Node("n2"), Make.Node("n3", spec: GpuTaint) }).Message);
    }

    [Fact]
    public void Each_obstacle_has_its_advice()
    {
        var full = Make.Node().Plus(Make.Asking("\"cpu\":\"2\",\"memory\":\"4Gi\""));
        Assert.Equal(
            "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient memory. Node n1 is large enough and lacks 1 of cpu and 1Gi of memory now: it takes the pod when pods there end; for an earlier start request that much less or add a node.",
            Refuse(Make.Asking("\"cpu\":\"1\",\"memory\":\"1Gi\""), full));
        Assert.Equal(
            "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. Node n1 comes nearest and has not disk=ssd: label a node so, or change the pod's nodeSelector or node affinity.",
            Refuse(Make.Pod("""{"nodeSelector":{"disk":"ssd"}}"""), Make.Node()));
        Assert.Equal(
            "0/1 nodes are available: 1 node(s) had untolerated taint {gpu: yes}. Give the pod a toleration for gpu=yes:NoSchedule, or remove the taint from node n1.",
            Refuse(Make.Pod("{}"), Make.Node(spec: GpuTaint)));
        Assert.Equal(
            "0/1 nodes are available: 1 node(s) were unschedulable. Make a node schedulable again (kubectl uncordon n1).",
            Refuse(Make.Pod("{}"), Make.Node(spec: """{"unschedulable":true}""")));
        Assert.Equal(
            "0/1 nodes are available: 1 Too many pods. Node n1 is large enough and lacks room for another pod now: it takes the pod when pods there end; for an earlier start request that much less or add a node.",
            Refuse(Make.Pod("{}"), Make.Node(allocatable: "\"cpu\":\"1\",\"pods\":\"1\"").Plus(Make.Pod("{}", "other"))));
        Assert.Equal(
            "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient example.com/gpu. It requests 2500m of cpu but no node has more than 2, 1 of example.com/gpu but no node has more than 0: request less or add a larger node.",
            Refuse(Make.Asking("\"cpu\":\"2500m\",\"example.com/gpu\":\"1\""), Make.Node()));
        Assert.Equal("no nodes available to schedule pods", Refuse(Make.Pod("{}")));
    }

    [Fact]
    public void The_advice_is_the_smallest_change_at_the_nearest_node()
    {
        Assert.EndsWith("Node n2 is large enough and lacks 500m of cpu now: it takes the pod when pods there end; for an earlier start request that much less or add a node.",
            Refuse(Make.Asking("\"cpu\":\"1\""), Make.Node("n1").Plus(Make.Asking("\"cpu\":\"2\"")), Make.Node("n2").Plus(Make.Asking("\"cpu\":\"1500m\""))), StringComparison.Ordinal);
        Assert.EndsWith("Node n2 comes nearest and has not disk=ssd: label a node so, or change the pod's nodeSelector or node affinity.",
            Refuse(Make.Pod("""{"nodeSelector":{"disk":"ssd","zone":"a"}}"""), Make.Node("n1"), Make.Node("n2", labels: "\"zone\":\"a\"")), StringComparison.Ordinal);
        Assert.EndsWith("Node n1 comes nearest and has not arch NotIn (amd64, arm64), nor cores Gt (8): label a node so, or change the pod's nodeSelector or node affinity.",
            Refuse(Make.Pod("""{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"cores","operator":"Gt","values":["8"]},{"key":"arch","operator":"NotIn","values":["amd64","arm64"]}]},{"matchExpressions":[{"key":"a","operator":"Exists"},{"key":"b","operator":"Exists"},{"key":"c","operator":"Exists"}]}]}}}}"""),
                Make.Node("n1", labels: "\"arch\":\"amd64\",\"cores\":\"4\"")), StringComparison.Ordinal);
        Assert.EndsWith("Give the pod tolerations for a=b:NoSchedule and c:NoExecute, or remove these taints from node n1.",
            Refuse(Make.Pod("{}"), Make.Node("n1", spec: """{"taints":[{"key":"a","value":"b","effect":"NoSchedule"},{"key":"c","effect":"NoExecute"}]}""")), StringComparison.Ordinal);
        Assert.EndsWith("Give the pod a toleration for gpu=yes:NoSchedule, or remove the taint from node n2.",
            Refuse(Make.Asking("\"cpu\":\"3\""), Make.Node("n1"), Make.Node("n2", "\"cpu\":\"4\",\"memory\":\"4Gi\",\"pods\":\"9\"", GpuTaint)), StringComparison.Ordinal);
        var port = Make.Pod("""{"containers":[{"ports":[{"containerPort":80,"hostPort":8080}]}]}""");
        Assert.EndsWith("Use another host port than 8080/TCP, or none; that of node n1 becomes free when the pod that holds it ends.",
            Refuse(port, Make.Node("n1").Plus(port)), StringComparison.Ordinal);
        var spread = Make.App("web", """{"topologySpreadConstraints":[{"topologyKey":"zone","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"}}}],"containers":[{"resources":{"requests":{"cpu":"1"}}}]}""");
        Assert.EndsWith("By zone, a has 1 of these pods and the emptiest place 0, and 1 more than that is allowed: make room where there are fewer, raise the constraint's maxSkew, or set its whenUnsatisfiable to ScheduleAnyway.",
            Refuse(spread, Make.Node("n1", labels: "\"zone\":\"a\"").Plus(Make.App("web", name: "other")), Make.Node("n2", "\"cpu\":\"0\",\"pods\":\"9\"", labels: "\"zone\":\"b\"")), StringComparison.Ordinal);
    }

    private static Placement Place(PodDemand pod, NodeInfo[] nodes, int start = 0) => Placement.For(pod, Snapshot.Of(nodes, Make.NoNamespaces), start);

    private static string? Refuse(PodDemand pod, params NodeInfo[] nodes) => Place(pod, nodes).Message;
}
