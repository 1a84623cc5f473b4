namespace Slipway.Scheduler.Tests.State;

public sealed class PodDemandTests
{
    [Theory]
    // containers are added up
    [InlineData("""{"containers":[{"resources":{"requests":{"cpu":"100m","memory":"1Mi"}}},{"resources":{"requests":{"cpu":"1"}}}]}""", 1100, 1 << 20)]
    // a limit alone is a request
    [InlineData("""{"containers":[{"resources":{"limits":{"cpu":"300m","memory":"1Mi"},"requests":{"cpu":"100m"}}}]}""", 100, 1 << 20)]
    // init containers run one after the other, before the containers
    [InlineData("""{"initContainers":[{"resources":{"requests":{"cpu":"2"}}},{"resources":{"requests":{"memory":"2Mi"}}}],"containers":[{"resources":{"requests":{"cpu":"1","memory":"1Mi"}}}]}""", 2000, 2 << 20)]
    // a sidecar runs with all that comes after it
    [InlineData("""{"initContainers":[{"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}},{"resources":{"requests":{"cpu":"3"}}}],"containers":[{"resources":{"requests":{"cpu":"2"}}}]}""", 4000, 0)]
    [InlineData("""{"initContainers":[{"resources":{"requests":{"cpu":"3"}}},{"restartPolicy":"Always","resources":{"requests":{"cpu":"1"}}}],"containers":[{"resources":{"requests":{"cpu":"1"}}}]}""", 3000, 0)]
    // overhead is added
    [InlineData("""{"overhead":{"cpu":"50m","memory":"1Mi"},"containers":[{"resources":{"requests":{"cpu":"1"}}}]}""", 1050, 1 << 20)]
    // the pod as a whole
    [InlineData("""{"resources":{"requests":{"cpu":"4"}},"containers":[{"resources":{"requests":{"cpu":"1","memory":"1Mi"}}}]}""", 4000, 1 << 20)]
    [InlineData("""{"containers":[{}]}""", 0, 0)]
    public void Requests_are_those_of_the_pod_at_its_largest(string spec, long milliCpu, long memory)
    {
        var demand = Make.Pod(spec);
        Assert.Equal((milliCpu, memory, 1), (demand.Requests.MilliCpu, demand.Requests.Memory, demand.Requests.Pods));
    }

    [Theory]
    // what is to be given counts beside what has been
    [InlineData("", "100m", "100m", 2000)]
    [InlineData("Deferred", "100m", "100m", 2000)]
    // what can never be given does not
    [InlineData("Infeasible", "100m", "100m", 100)]
    [InlineData("Infeasible", "100m", "300m", 300)]
    // what has not been given back yet counts
    [InlineData("", "3", "3", 3000)]
    [InlineData("", "3", "1", 3000)]
    public void Of_a_pod_that_is_resized_counts_what_it_has_and_may_still_get(string reason, string actual, string allocated, long milliCpu)
    {
        const string Asks = """{"name":"m","restartPolicy":"Always","resources":{"requests":{"cpu":"2"}}}""";
        var status = $$$"""[{"name":"other"},{"name":"m","resources":{"requests":{"cpu":"{{{actual}}}"}},"allocatedResources":{"cpu":"{{{allocated}}}"}}]""";
        var conditions = $$"""[{"type":"PodResizePending","status":"True","reason":"{{reason}}"}]""";
        Assert.Equal(milliCpu, PodDemand.Of(Make.PodView($$"""{"containers":[{{Asks}}]}""", status: $$"""{"conditions":{{conditions}},"containerStatuses":{{status}} }""")).Requests.MilliCpu);
        Assert.Equal(milliCpu, PodDemand.Of(Make.PodView($$"""{"initContainers":[{{Asks}}]}""", status: $$"""{"conditions":{{conditions}},"initContainerStatuses":{{status}} }""")).Requests.MilliCpu);
    }

    [Fact]
    public void A_container_that_has_not_started_counts_with_what_it_asks() =>
        Assert.Equal(2000, PodDemand.Of(Make.PodView("""{"containers":[{"name":"m","resources":{"requests":{"cpu":"2"}}}]}""", status: """{"containerStatuses":[{"name":"m"}]}""")).Requests.MilliCpu);

    [Fact]
    public void Host_ports_are_taken_and_with_the_host_network_all_ports()
    {
        Assert.Equal([new("", "TCP", 80), new("10.0.0.1", "UDP", 53)],
            Make.Pod("""{"containers":[{"ports":[{"containerPort":8080,"hostPort":80},{"containerPort":1},{"containerPort":53,"hostPort":53,"hostIP":"10.0.0.1","protocol":"UDP"}]}]}""").HostPorts);
        Assert.Equal([new("", "TCP", 9)], Make.Pod("""{"hostNetwork":true,"containers":[{"ports":[{"containerPort":9}]}]}""").HostPorts);
    }

    [Theory]
    [InlineData("""{"nodeName":"n"}""", "{}", false)]
    [InlineData("{}", "{}", true)]
    [InlineData("""{"schedulerName":"default-scheduler"}""", "{}", true)]
    [InlineData("""{"schedulerName":"other"}""", "{}", false)]
    [InlineData("""{"schedulingGates":[{"name":"g"}]}""", "{}", false)]
    [InlineData("""{"schedulingGates":[]}""", "{}", true)]
    [InlineData("{}", """{"phase":"Failed"}""", false)]
    public void Only_some_pods_wait_for_a_node(string spec, string status, bool waits) =>
        Assert.Equal(waits, Make.PodView(spec, status: status).WaitsForNode);

    [Fact]
    public void A_pod_that_is_being_deleted_waits_no_more() =>
        Assert.False(Make.PodView("{}", metadata: ",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\"").WaitsForNode);

    [Fact]
    public void What_is_kept_of_a_pod_on_a_node_counts_as_before_and_shares_its_labels()
    {
        var labels = new SharedLabels();
        static PodDemand Web(string name) => Make.App("web",
            """{"nodeSelector":{"a":"b"},"tolerations":[{"operator":"Exists"}],"containers":[{"name":"c","image":"i","resources":{"requests":{"cpu":"1"}}}]}""", name);
        var (one, two) = (Web("one").Placed(labels), Web("two").Placed(labels));
        Assert.True(one.CountsAs(Web("one")));
        Assert.Equal(Web("one").Weight, one.Weight);
        Assert.Empty(one.Tolerations);
        Assert.Null(one.NodeSelector);
        Assert.Same(one.Labels, two.Labels);
        Assert.NotSame(one.Labels, Make.App("other").Placed(labels).Labels);
    }

    [Fact]
    public void Labels_are_shared_whatever_their_number()
    {
        var labels = new SharedLabels();
        for (var i = 0; i < 10_000; i++)
        {
            var mine = new Dictionary<string, string> { ["app"] = $"app-{i}", ["x"] = "y" };
            Assert.Same(mine, labels.Share(mine));
            Assert.Same(mine, labels.Share(new Dictionary<string, string> { ["x"] = "y", ["app"] = $"app-{i}" }));
        }
    }
}
