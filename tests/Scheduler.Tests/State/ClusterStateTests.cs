namespace Slipway.Scheduler.Tests.State;

public sealed class ClusterStateTests
{
    private readonly ClusterState _cluster = new();

    [Fact]
    public void Pods_count_on_their_node_whichever_is_heard_of_first()
    {
        _cluster.Assign(Make.Asking("\"cpu\":\"1\"", "one"), "n1", out _);
        Assert.True(_cluster.SetNode(Make.NodeView()));
        _cluster.Assign(Make.Asking("\"cpu\":\"500m\"", "two"), "n1", out _);
        Assert.Equal((1500, 2), (_cluster.Node("n1")!.Requested.MilliCpu, _cluster.Node("n1")!.Requested.Pods));
        Assert.Equal("n1", _cluster.Release(Make.Key("one"))?.Node);
        Assert.Equal((500, 1), (_cluster.Node("n1")!.Requested.MilliCpu, _cluster.Node("n1")!.Requested.Pods));
        Assert.Null(_cluster.Release(Make.Key("one")));
    }

    [Fact]
    public void Nodes_and_pods_that_come_in_any_order_are_sorted_when_they_are_asked_for()
    {
        foreach (var name in new[] { "n3", "n1", "n2" })
        {
            _cluster.SetNode(Make.NodeView(name));
            _cluster.Assign(Make.App("web", """{"containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}]}""", $"on-{name}"), name, out _);
        }
        _cluster.Assign(Make.Asking("\"cpu\":\"1\"", "gone"), "n2", out _);
        _cluster.Release(Make.Key("gone"));
        Assert.True(_cluster.SetNode(Make.NodeView("n1", spec: """{"unschedulable":true}""")));
        Assert.Equal(["n1 1000 True", "n2 1000 False", "n3 1000 False"], _cluster.Nodes.ToArray().Select(node => $"{node.Name} {node.Requested.MilliCpu} {node.Unschedulable}"));
        // Known nodes and new ones together.
        _cluster.SetNode(Make.NodeView("n0"));
        _cluster.Assign(Make.Asking("\"cpu\":\"1\"", "late"), "n3", out _);
        _cluster.SetNode(Make.NodeView("n2", spec: """{"unschedulable":true}"""));
        Assert.Equal(["n0 0 False", "n1 1000 True", "n2 1000 True", "n3 2000 False"], _cluster.Nodes.ToArray().Select(node => $"{node.Name} {node.Requested.MilliCpu} {node.Unschedulable}"));
    }

    [Fact]
    public void A_heartbeat_offers_nothing_new_and_keeps_the_pods()
    {
        _cluster.SetNode(Make.NodeView());
        _cluster.Assign(Make.Asking("\"cpu\":\"1\""), "n1", out _);
        Assert.False(_cluster.SetNode(Make.NodeView()));
        Assert.Equal(1000, _cluster.Node("n1")!.Requested.MilliCpu);
        Assert.True(_cluster.SetNode(Make.NodeView(spec: """{"unschedulable":true}""")));
        Assert.True(_cluster.SetNode(Make.NodeView(spec: """{"taints":[{"key":"k","effect":"NoSchedule"}]}""")));
        Assert.True(_cluster.SetNode(Make.NodeView(labels: "\"a\":\"b\"")));
        Assert.True(_cluster.SetNode(Make.NodeView(allocatable: "\"cpu\":\"3\",\"example.com/gpu\":\"1\"")));
        Assert.Equal(1000, _cluster.Node("n1")!.Requested.MilliCpu);
    }

    [Fact]
    public void Assigning_again_counts_once()
    {
        _cluster.SetNode(Make.NodeView("n1"));
        _cluster.SetNode(Make.NodeView("n2"));
        Assert.True(_cluster.Assign(Make.Asking("\"cpu\":\"1\""), "n1", out var before));
        Assert.Null(before);
        Assert.False(_cluster.Assign(Make.Asking("\"cpu\":\"1\""), "n1", out _));
        Assert.Equal(1000, _cluster.Node("n1")!.Requested.MilliCpu);
        Assert.True(_cluster.Assign(Make.Asking("\"cpu\":\"1\""), "n2", out before));
        Assert.Equal("n1", before?.Node);
        Assert.Equal(0, _cluster.Node("n1")!.Requested.MilliCpu);
        Assert.True(_cluster.Assign(Make.Asking("\"cpu\":\"500m\""), "n2", out before)); // resized in place
        Assert.Equal(("n2", 1000), (before?.Node, before?.Pod.Requests.MilliCpu));
        Assert.Equal(500, _cluster.Node("n2")!.Requested.MilliCpu);
    }

    [Fact]
    public void A_node_that_returns_has_its_pods_again()
    {
        _cluster.SetNode(Make.NodeView("n2"));
        _cluster.SetNode(Make.NodeView("n1"));
        _cluster.Assign(Make.Asking("\"example.com/gpu\":\"1\""), "n1", out _);
        _cluster.RemoveNode("n1");
        Assert.Null(_cluster.Node("n1"));
        _cluster.SetNode(Make.NodeView("n1"));
        Assert.Equal(1, _cluster.Node("n1")!.Requested.Of("example.com/gpu"));
        Assert.Equal(["n1", "n2"], _cluster.Nodes.ToArray().Select(node => node.Name));
    }

    [Fact]
    public void Whoever_gives_up_a_place_says_where()
    {
        Assert.Null(_cluster.Nominate(Make.Asking("\"cpu\":\"1\""), "n1"));
        Assert.Null(_cluster.Nominate(Make.Asking("\"cpu\":\"1\""), "n1"));
        Assert.Equal("n1", _cluster.Nominate(Make.Asking("\"cpu\":\"1\""), "n2")?.Node);
        Assert.Equal("n2", _cluster.Denominate(Make.Key("pod"))?.Node);
        Assert.Null(_cluster.Denominate(Make.Key("pod")));
    }

    [Fact]
    public void A_namespace_that_changes_in_other_things_than_labels_changes_nothing()
    {
        var labels = new Dictionary<string, string> { ["team"] = "x" };
        Assert.True(_cluster.SetNamespace("a", labels));
        Assert.False(_cluster.SetNamespace("a", new Dictionary<string, string>(labels)));
        Assert.True(_cluster.SetNamespace("a", new Dictionary<string, string> { ["team"] = "y" }));
        Assert.True(_cluster.SetNamespace("a", null));
        Assert.False(_cluster.SetNamespace("a", null));
    }

    [Fact]
    public void A_claim_is_used_by_other_pods_on_nodes()
    {
        var claim = Make.Key("data");
        Assert.False(_cluster.UsesClaim(claim, except: Make.Key("one")));
        _cluster.Assign(User("one"), "n1", out _);
        _cluster.Assign(User("one") with { IsTerminating = true }, "n1", out _);
        Assert.Equal((false, true), (_cluster.UsesClaim(claim, except: Make.Key("one")), _cluster.UsesClaim(claim, except: Make.Key("two"))));
        _cluster.Assign(User("two"), "n2", out _);
        Assert.Equal((true, true), (_cluster.UsesClaim(claim, except: Make.Key("one")), _cluster.UsesClaim(claim, except: Make.Key("two"))));
        _cluster.Release(Make.Key("one"));
        Assert.Equal((true, false), (_cluster.UsesClaim(claim, except: Make.Key("one")), _cluster.UsesClaim(claim, except: Make.Key("two"))));
        _cluster.Release(Make.Key("two"));
        Assert.False(_cluster.UsesClaim(claim, except: Make.Key("one")));

        static PodDemand User(string name) => Make.Pod("""{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"}}]}""", name);
    }
}
