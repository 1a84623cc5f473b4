namespace Slipway.Scheduler.Tests.Decision;

/// <summary>What pods mean for each other: affinity, anti-affinity, spread.</summary>
public sealed class NeighboursTests
{
    private const string ByZone = """ "topologyKey":"zone" """;
    private const string Web = """ "labelSelector":{"matchLabels":{"app":"web"} } """;

    // Nodes a1, a2 in zone a, b1 in zone b, and x in none; web pods are on a1.
    private static NodeInfo[] Nodes(params (string Node, PodDemand Pod)[] pods)
    {
        NodeInfo[] nodes =
        [
            Make.Node("a1", labels: "\"zone\":\"a\",\"host\":\"a1\""), Make.Node("a2", labels: "\"zone\":\"a\",\"host\":\"a2\""),
            Make.Node("b1", labels: "\"zone\":\"b\",\"host\":\"b1\""), Make.Node("x"),
        ];
        foreach (var (name, pod) in pods)
        {
            var index = Array.FindIndex(nodes, node => node.Name == name);
            nodes[index] = nodes[index].Plus(pod);
        }
        return nodes;
    }

    private static string Fitting(PodDemand pod, NodeInfo[] nodes, NamespaceLabels? namespaces = null)
    {
        var neighbours = Neighbours.Of(pod, Snapshot.Of(nodes, namespaces ?? Make.NoNamespaces));
        return string.Join(' ', nodes.Where(node => Obstacle.Between(pod, node, neighbours) is null).Select(node => node.Name));
    }

    private static string Affinity(string kind, string term) => $$$"""{"affinity":{"{{{kind}}}":{"requiredDuringSchedulingIgnoredDuringExecution":[{{{{term}}}}]} } }""";

    [Theory]
    [InlineData("podAffinity", Web + "," + ByZone, "a1 a2")]
    [InlineData("podAffinity", Web + ",\"topologyKey\":\"host\"", "a1")]
    [InlineData("podAntiAffinity", Web + "," + ByZone, "b1 x")]
    [InlineData("podAntiAffinity", Web + ",\"topologyKey\":\"host\"", "a2 b1 x")]
    [InlineData("podAffinity", "\"labelSelector\":{\"matchExpressions\":[{\"key\":\"app\",\"operator\":\"Exists\"}]}," + ByZone, "a1 a2 b1")]
    [InlineData("podAffinity", ByZone, "")]
    [InlineData("podAntiAffinity", ByZone, "a1 a2 b1 x")]
    [InlineData("podAffinity", Web + "," + ByZone + ",\"namespaces\":[\"b\"]", "b1")]
    [InlineData("podAffinity", Web + "," + ByZone + ",\"namespaceSelector\":{}", "a1 a2 b1")]
    [InlineData("podAffinity", Web + "," + ByZone + ",\"namespaceSelector\":{\"matchLabels\":{\"team\":\"two\"} }", "b1")]
    [InlineData("podAffinity", "\"labelSelector\":{},\"matchLabelKeys\":[\"app\"]," + ByZone, "b1")]
    [InlineData("podAntiAffinity", "\"labelSelector\":{},\"mismatchLabelKeys\":[\"app\"]," + ByZone, "b1 x")]
    public void Company_is_required_and_refused_by_place(string kind, string term, string fitting)
    {
        var nodes = Nodes(("a1", Make.App("web", name: "web")), ("b1", Make.App("web", name: "other", ns: "b")), ("b1", Make.App("db", name: "db")));
        Assert.Equal(fitting, Fitting(Make.App("db", Affinity(kind, term), "new"), nodes, name => new Dictionary<string, string> { ["team"] = name == "a" ? "one" : "two" }));
    }

    [Fact]
    public void Pods_that_are_there_refuse_others()
    {
        var lonely = Make.App("db", Affinity("podAntiAffinity", Web + "," + ByZone), "db");
        Assert.Equal("b1 x", Fitting(Make.App("web"), Nodes(("a2", lonely))));
        Assert.Equal("a1 a2 b1 x", Fitting(Make.App("api"), Nodes(("a2", lonely))));
    }

    [Fact]
    public void The_first_of_pods_that_seek_each_other_goes_to_any_place()
    {
        var pod = Make.App("web", Affinity("podAffinity", Web + "," + ByZone));
        Assert.Equal("a1 a2 b1", Fitting(pod, Nodes()));
        Assert.Equal("b1", Fitting(pod, Nodes(("b1", Make.App("web", name: "first")))));
    }

    [Theory]
    // web pods: two on a1, one on b1
    [InlineData("""{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"} } }""", "b1")]
    [InlineData("""{"maxSkew":2,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"} } }""", "a1 a2 b1")]
    [InlineData("""{"maxSkew":1,"topologyKey":"host","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"} } }""", "a2")]
    [InlineData("""{"maxSkew":2,"topologyKey":"zone","minDomains":3,"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"} } }""", "b1")]
    [InlineData("""{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"app":"web"} } }""", "a1 a2 b1 x")]
    [InlineData("""{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"db"} } }""", "a1 a2 b1")]
    [InlineData("""{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{},"matchLabelKeys":["app"]}""", "b1")]
    [InlineData("""{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchExpressions":[{"key":"app","operator":"In","values":["db"]}]},"matchLabelKeys":["app"]}""", "a1 a2 b1")]
    [InlineData("""{"maxSkew":1,"topologyKey":"rack","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"} } }""", "")]
    public void Pods_are_spread(string constraint, string fitting)
    {
        var nodes = Nodes(("a1", Make.App("web", name: "1")), ("a1", Make.App("web", name: "2")), ("b1", Make.App("web", name: "3")), ("b1", Make.App("web", name: "4", ns: "b")));
        Assert.Equal(fitting, Fitting(Make.App("web", $$"""{"topologySpreadConstraints":[{{constraint}}]}"""), nodes));
    }

    [Theory]
    [InlineData("", "a1 a2")]
    [InlineData(",\"nodeAffinityPolicy\":\"Ignore\"", "")]
    public void Nodes_that_are_ruled_out_do_not_count_unless_asked(string policy, string fitting)
    {
        // The pod may only go to zone a, which has a pod more than zone b.
        var spec = $$$"""{"nodeSelector":{"zone":"a"},"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"web"} }{{{policy}}} }]}""";
        Assert.Equal(fitting, Fitting(Make.App("web", spec), Nodes(("a1", Make.App("web", name: "1")))));
    }

    [Theory]
    [InlineData("""{"podAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":10,"podAffinityTerm":{"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"web"} } } }]} }""", "b1")]
    [InlineData("""{"podAntiAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":10,"podAffinityTerm":{"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"web"} } } }]} }""", "a1")]
    public void Preferred_company_decides_among_nodes_that_fit(string affinity, string best) =>
        Assert.Equal(best, Placement.For(Make.App("db", $$"""{"affinity":{{affinity}} }"""), Snapshot.Of(Nodes(("b1", Make.App("web", name: "w"))), Make.NoNamespaces)).Node);

    [Fact]
    public void Pods_draw_those_that_they_require_or_prefer()
    {
        var seeking = Make.App("db", Affinity("podAffinity", Web + "," + ByZone), "db");
        Assert.Equal("b1", Placement.For(Make.App("web"), Snapshot.Of(Nodes(("b1", seeking)), Make.NoNamespaces)).Node);
    }

    [Fact]
    public void A_wish_to_be_spread_decides_among_nodes_that_fit()
    {
        const string wish = """{"topologySpreadConstraints":[{"maxSkew":1,"topologyKey":"zone","whenUnsatisfiable":"ScheduleAnyway","labelSelector":{"matchLabels":{"app":"web"} } }]}""";
        Assert.Equal("b1", Placement.For(Make.App("web", wish), Snapshot.Of(Nodes(("a1", Make.App("web", name: "1"))), Make.NoNamespaces)).Node);
    }

    [Theory]
    [InlineData("ReplicaSet", "b1")]
    [InlineData("StatefulSet", "b1")]
    [InlineData("Job", "a2")]
    [InlineData("DaemonSet", "a2")]
    public void Pods_of_a_workload_are_spread_over_zones_and_nodes_where_nobody_says_otherwise(string owner, string node)
    {
        // Two large nodes in one zone, and a small one in another that has the least left.
        NodeInfo[] nodes = [Large("a1").Plus(Replica("1")), Large("a2"), Make.Node("b1", labels: "\"kubernetes.io/hostname\":\"b1\",\"topology.kubernetes.io/zone\":\"b\"")];
        Assert.Equal(node, Placement.For(Replica("2"), Snapshot.Of(nodes, Make.NoNamespaces)).Node);

        PodDemand Replica(string name) => PodDemand.Of(Make.PodView("""{"containers":[{"name":"c","resources":{"requests":{"cpu":"500m","memory":"1Gi"} } }]}""", name,
            metadata: $$""","labels":{"app":"web","statefulset.kubernetes.io/pod-name":"{{name}}"},"ownerReferences":[{"apiVersion":"x","kind":"{{owner}}","name":"o","uid":"u","controller":true}] """));
        static NodeInfo Large(string name) => Make.Node(name, "\"cpu\":\"16\",\"memory\":\"32Gi\",\"pods\":\"110\"", labels: $"\"kubernetes.io/hostname\":\"{name}\",\"topology.kubernetes.io/zone\":\"a\"");
    }

    [Fact]
    public void Nodes_in_no_zone_are_used_by_their_pods_alone()
    {
        NodeInfo[] nodes = [Make.Node("n1", labels: "\"kubernetes.io/hostname\":\"n1\"").Plus(Replica("1")), Make.Node("n2", labels: "\"kubernetes.io/hostname\":\"n2\"")];
        Assert.Equal("n2", Placement.For(Replica("2"), Snapshot.Of(nodes, Make.NoNamespaces)).Node);

        static PodDemand Replica(string name) => PodDemand.Of(Make.PodView("{}", name,
            metadata: ""","labels":{"app":"web"},"ownerReferences":[{"apiVersion":"x","kind":"ReplicaSet","name":"o","uid":"u","controller":true}] """));
    }

    [Fact]
    public void A_large_image_draws_its_pods()
    {
        var having = NodeInfo.Of(Kinds.Nodes.Read("""{"metadata":{"name":"n2"},"status":{"allocatable":{"cpu":"2","memory":"4Gi","pods":"110"},"images":[{"names":["i:1"],"sizeBytes":900000000}]}}"""u8.ToArray()));
        Assert.Equal("n2", Placement.For(Make.Pod("""{"containers":[{"name":"c","image":"i:1"}]}"""), Snapshot.Of([Make.Node("n1"), having], Make.NoNamespaces)).Node);
    }

    [Theory]
    [InlineData("podAffinity", "0/4 nodes are available: 4 node(s) didn't match pod affinity rules. The pods that its podAffinity requires (app=web in the same zone) are on none of these nodes: start them first, or prefer their company instead of requiring it.")]
    [InlineData("podAntiAffinity", null)]
    public void A_refusal_says_what_would_help(string kind, string? message) =>
        Assert.Equal(message, Placement.For(Make.App("db", Affinity(kind, Web + "," + ByZone)), Snapshot.Of(Nodes(), Make.NoNamespaces)).Message);
}
