namespace Slipway.Scheduler.Tests.State;

public sealed class OpeningsTests
{
    private const string Member = ",\"schedulingGroup\":{\"podGroupName\":\"g\"}";

    private readonly ClusterState _cluster = new();
    private readonly Openings _openings;

    public OpeningsTests()
    {
        _openings = new(_cluster);
        _cluster.SetNode(Make.NodeView("n1", "\"cpu\":\"2\",\"pods\":\"9\"", labels: "\"zone\":\"z\""));
        _cluster.SetNode(Make.NodeView("n2", "\"cpu\":\"2\",\"pods\":\"9\"", labels: "\"zone\":\"z\""));
    }

    [Fact]
    public void At_first_and_after_decisions_nothing_concerns_anybody()
    {
        Assert.False(_openings.Any);
        _openings.AddEverything();
        _openings.AddCompany();
        _openings.Add(On("n1", Make.App("web")), null);
        _openings.Add(null, On("n1", Make.App("web")));
        _openings.Clear();
        Assert.False(_openings.Any);
        Assert.False(_openings.Concern(Make.App("web", Heeding("podAntiAffinity", "web"))));
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
        _cluster.Assign(Make.Asking("\"cpu\":\"1\"", "leaving"), "n1", out _);
        if (there.Length > 0)
            _cluster.Assign(Make.Asking(there, "stays"), "n1", out _);
        _openings.Add(_cluster.Release(Make.Key("leaving")), null);
        Assert.Equal(expected, _openings.Concern(Make.Asking(asked, "waits", more)));
        Assert.Equal(expected, _openings.Concern(Make.Asking(asked, "member", more + Member)));
    }

    [Theory]
    // Meanwhile the node was cordoned, or a pod has come beside the one that goes that is worth more.
    [InlineData(true, "")]
    [InlineData(true, Member)]
    [InlineData(false, "")]
    [InlineData(false, Member)]
    public void Who_leaves_a_place_that_is_kept_concerns_who_has_it_even_if_it_suits_no_longer(bool isCordoned, string more)
    {
        PodDemand Asks(string name) => Make.Asking("\"cpu\":\"2\"", name, $",\"priority\":10{more}");
        _cluster.Assign(Make.Asking("\"cpu\":\"1\"", "leaving"), "n1", out _);
        _cluster.Nominate(Asks("waits"), "n1");
        if (isCordoned)
            _cluster.SetNode(Make.NodeView("n1", "\"cpu\":\"2\",\"pods\":\"9\"", """{"unschedulable":true}""", "\"zone\":\"z\""));
        else
            _cluster.Assign(Make.Asking("\"cpu\":\"1\"", "beside", ",\"priority\":20"), "n1", out _);
        Assert.False(_openings.Concern(Asks("waits")));

        _openings.Add(_cluster.Release(Make.Key("leaving")), null);
        Assert.True(_openings.Concern(Asks("waits")));
        Assert.False(_openings.Concern(Asks("other")));
        _cluster.Nominate(Asks("waits"), "n2");
        Assert.False(_openings.Concern(Asks("waits")));
    }

    [Theory]
    // what the pod that waits heeds, and whether a pod of the app "web" concerns it that comes, leaves, or is deleted but not gone yet
    [InlineData("", false, false, false)]
    [InlineData("podAffinity web", true, true, true)]
    [InlineData("podAffinity db", false, false, false)]
    [InlineData("podAntiAffinity web", false, true, true)]
    [InlineData("podAntiAffinity db", false, false, false)]
    [InlineData("DoNotSchedule web", true, true, true)]
    [InlineData("DoNotSchedule db", false, false, false)]
    [InlineData("ScheduleAnyway web", false, false, false)]
    public void Company_concerns_who_seeks_or_shuns_it(string heeds, bool comes, bool leaves, bool ends)
    {
        // It fits nowhere but for its neighbours.
        var spec = heeds.Length == 0 ? "{}" : heeds.Split(' ') is ["podAffinity" or "podAntiAffinity", var app] ? Heeding(heeds.Split(' ')[0], app)
            : $$"""{"topologySpreadConstraints":[{"topologyKey":"zone","maxSkew":1,"whenUnsatisfiable":"{{heeds.Split(' ')[0]}}","labelSelector":{"matchLabels":{"app":"{{heeds.Split(' ')[1]}}"} } }]}""";
        var waits = Make.App("x", $$"""{"nodeSelector":{"zone":"other"},{{spec[1..]}}""".Replace(",}", "}", StringComparison.Ordinal));
        var web = Make.App("web", name: "web");
        Assert.Equal((comes, leaves, ends),
            (After(null, On("n1", web)), After(On("n1", web), null), After(On("n1", web), On("n1", web with { IsTerminating = true }))));
        Assert.False(After(On("n1", web), On("n1", web with { StartedAt = DateTime.UnixEpoch })));
        Assert.Equal(leaves, After(On("n1", web), On("n1", Make.App("other", name: "web"))));

        bool After(Assignment? before, Assignment? now)
        {
            _openings.Clear();
            _openings.Add(before, now);
            return _openings.Concern(waits);
        }
    }

    [Fact]
    public void What_takes_less_in_place_or_makes_way_for_a_namesake_concerns_who_fits_there()
    {
        var waits = Make.Asking("\"cpu\":\"1\"");
        _openings.Add(On("n1", Make.Asking("\"cpu\":\"2\"", "large")), On("n1", Make.Asking("\"cpu\":\"1\"", "large")));
        Assert.True(_openings.Concern(waits));
        _openings.Clear();
        _openings.Add(On("n1", Make.Asking("\"cpu\":\"1\"", "same")), On("n1", Make.Asking("\"cpu\":\"1\"", "same")));
        Assert.False(_openings.Any);
        _openings.Add(On("n1", Make.Asking("\"cpu\":\"1\"", "same")), On("n1", Make.Asking("\"cpu\":\"1\"", "same") with { Uid = "another" }));
        Assert.True(_openings.Concern(waits));
    }

    [Fact]
    public void Who_kept_others_away_concerns_them_wherever_they_fit()
    {
        _cluster.Assign(Make.Asking("\"cpu\":\"2\"", "large"), "n1", out _);
        _openings.Add(On("n1", Make.App("x", Heeding("podAntiAffinity", "web"))), null);
        var asks = """{"containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}]}""";
        Assert.True(_openings.Concern(Make.App("web", asks)));
        Assert.False(_openings.Concern(Make.App("db", asks)));
    }

    [Fact]
    public void Who_used_a_claim_concerns_those_that_wait_for_it_on_other_nodes()
    {
        var uses = """{"nodeSelector":{"zone":"y"},"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"}}]}""";
        _openings.Add(On("n1", Make.Pod(uses, "user")), null);
        Assert.True(_openings.Concern(Make.Pod(uses, "waits")));
        Assert.False(_openings.Concern(Make.Pod(uses.Replace("data", "other", StringComparison.Ordinal), "waits")));
    }

    [Fact]
    public void More_than_can_be_looked_at_concern_all_that_heed_pods()
    {
        for (var i = 0; i < 2000; i++)
            _openings.Add(null, On("n1", Make.App("db", name: $"p{i}")));
        Assert.True(_openings.Concern(Make.App("x", Heeding("podAffinity", "web"))));
        Assert.False(_openings.Concern(Make.App("x")));
    }

    [Fact]
    public void Nodes_that_change_concern_all_and_namespaces_those_that_heed_pods()
    {
        _openings.AddCompany();
        Assert.True(_openings.Concern(Make.App("x", Heeding("podAffinity", "web"))));
        Assert.False(_openings.Concern(Make.App("x")));
        _openings.AddEverything();
        Assert.True(_openings.Concern(Make.Asking("\"cpu\":\"9\"")));
    }

    private static Assignment On(string node, PodDemand pod) => new(node, pod);

    private static string Heeding(string kind, string app) =>
        $$"""{"affinity":{"{{kind}}":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"{{app}}"} } }]} } }""";
}
