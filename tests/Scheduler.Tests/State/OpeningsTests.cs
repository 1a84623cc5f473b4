namespace Slipway.Scheduler.Tests.State;

public sealed class OpeningsTests
{
    private const string Shy = """{"affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"web"}}}]}}}""";

    private readonly ClusterState _cluster = new();
    private readonly Openings _openings;

    public OpeningsTests()
    {
        _openings = new(_cluster);
        _cluster.SetNode(Make.NodeView("n1", "\"cpu\":\"2\",\"pods\":\"9\"", labels: "\"zone\":\"z\""));
        _cluster.SetNode(Make.NodeView("n2", "\"cpu\":\"2\",\"pods\":\"9\"", labels: "\"zone\":\"z\""));
    }

    [Fact]
    public void A_pod_that_comes_concerns_only_those_that_heed_pods()
    {
        _openings.Clear();
        Assert.False(_openings.Any);
        _openings.Add(_cluster.Assign(Make.Asking("\"cpu\":\"1\"", "other"), "n1"));
        Assert.True(_openings.Any);
        Assert.False(_openings.Concern(Make.Asking("\"cpu\":\"1\"", "member", ",\"schedulingGroup\":{\"podGroupName\":\"g\"}")));
        Assert.True(_openings.Concern(Make.Pod(Shy)));
        _openings.Clear();
        Assert.False(_openings.Concern(Make.Pod(Shy)));
    }

    [Theory]
    // a pod of one core has left a node of two; what is still there, what waits, and whether it may be let in
    [InlineData("", "\"cpu\":\"2\"", "", true)]
    [InlineData("", "\"cpu\":\"3\"", "", false)]
    [InlineData("\"cpu\":\"1\"", "\"cpu\":\"1\"", "", true)]
    [InlineData("\"cpu\":\"1\"", "\"cpu\":\"2\"", "", false)]
    [InlineData("\"cpu\":\"1\"", "\"cpu\":\"2\"", ",\"priority\":5", true)]
    [InlineData("\"cpu\":\"1\"", "\"cpu\":\"2\"", ",\"priority\":5,\"preemptionPolicy\":\"Never\"", false)]
    [InlineData("\"cpu\":\"1\"", "\"cpu\":\"2\"", ",\"priority\":5,\"nodeSelector\":{\"zone\":\"y\"}", false)]
    public void What_is_given_back_concerns_who_fits_there_or_would_when_others_make_room(string there, string asked, string more, bool expected)
    {
        _cluster.Assign(Make.Asking("\"cpu\":\"1\"", "leaving"), "n1");
        if (there.Length > 0)
            _cluster.Assign(Make.Asking(there, "stays"), "n1");
        _openings.Clear();
        _openings.Add(_cluster.Release(Make.Key("leaving")));
        Assert.Equal(expected, _openings.Concern(Make.Asking(asked, "waits", more)));
        Assert.Equal(expected, _openings.Concern(Make.Asking(asked, "member", more + ",\"schedulingGroup\":{\"podGroupName\":\"g\"}")));
    }

    [Fact]
    public void Who_kept_others_away_concerns_them_wherever_they_fit()
    {
        _cluster.Assign(Make.App("x", Shy, "shy"), "n1");
        _cluster.Assign(Make.Asking("\"cpu\":\"2\"", "large"), "n1");
        _openings.Clear();
        _openings.Add(_cluster.Release(Make.Key("shy")));
        var web = """{"containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}]}""";
        Assert.True(_openings.Concern(Make.App("web", web)));
        Assert.False(_openings.Concern(Make.App("db", web)));
    }

    [Fact]
    public void Who_used_a_claim_concerns_those_that_wait_for_it_on_other_nodes()
    {
        var uses = """{"nodeSelector":{"zone":"y"},"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"}}]}""";
        _cluster.Assign(Make.Pod(uses, "user"), "n1");
        _openings.Clear();
        _openings.Add(_cluster.Release(Make.Key("user")));
        Assert.True(_openings.Concern(Make.Pod(uses, "waits")));
        Assert.False(_openings.Concern(Make.Pod(uses.Replace("data", "other", StringComparison.Ordinal), "waits")));
    }

    [Fact]
    public void Nodes_that_change_concern_all()
    {
        _openings.Clear();
        _openings.AddEverything();
        Assert.True(_openings.Concern(Make.Asking("\"cpu\":\"9\"")));
        _openings.Clear();
        Assert.False(_openings.Any);
    }
}
