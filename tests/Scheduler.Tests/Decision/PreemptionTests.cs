using Slipway.Api.Selectors;

namespace Slipway.Scheduler.Tests.Decision;

/// <summary>Who makes room for a pod of higher priority.</summary>
public sealed class PreemptionTests
{
    private static PodDemand Pod(string name, int priority, string cpu, string more = "", string app = "x", int started = 0) => PodDemand.Of(Make.PodView(
        $$$"""{"priority":{{{priority}}},"containers":[{"name":"c","resources":{"requests":{"cpu":"{{{cpu}}}"} } }]{{{more}}} }""", name,
        $$"""{"startTime":"2026-01-01T00:{{started:00}}:00Z"}""", $$""","labels":{"app":"{{app}}"} """));

    private static NodeInfo Node(string name, params PodDemand[] pods) => pods.Aggregate(Make.Node(name), (node, pod) => node.Plus(pod));

    private static string Decide(PodDemand pod, NodeInfo[] nodes, params Budget[] budgets) =>
        Preemption.For(pod, Snapshot.Of(nodes, Make.NoNamespaces), budgets) is { } preemption ? $"{preemption.Node}: {string.Join(' ', preemption.Victims.Select(victim => victim.Key.Name))}" : "none";

    [Fact]
    public void Only_pods_of_lower_priority_go_and_no_more_than_needed()
    {
        var full = Node("n1", Pod("low", 1, "500m"), Pod("lower", 0, "500m"), Pod("equal", 5, "1"));
        Assert.Equal("n1: lower", Decide(Pod("new", 5, "500m"), [full]));
        Assert.Equal("n1: low lower", Decide(Pod("new", 5, "1"), [full]));
        Assert.Equal("none", Decide(Pod("new", 5, "1500m"), [full]));
        Assert.Equal("none", Decide(Pod("new", 5, "500m", ""","preemptionPolicy":"Never" """), [full]));
        Assert.Equal("none", Decide(Pod("new", 0, "500m"), [full]));
    }

    [Fact]
    public void The_least_harm_is_done()
    {
        // By the most important victim, then by their sum, by their number, by who started last.
        Assert.Equal("n2: b", Decide(Pod("new", 5, "2"), [Node("n1", Pod("a", 2, "2")), Node("n2", Pod("b", 1, "2"))]));
        Assert.Equal("n2: c", Decide(Pod("new", 5, "2"), [Node("n1", Pod("a", 1, "1"), Pod("b", 1, "1")), Node("n2", Pod("c", 1, "2"))]));
        Assert.Equal("n2: b", Decide(Pod("new", 5, "2"), [Node("n1", Pod("a", 1, "2", started: 1)), Node("n2", Pod("b", 1, "2", started: 2))]));
        Assert.Equal("n1: a", Decide(Pod("new", 5, "2"), [Node("n1", Pod("a", 1, "2")), Node("n2", Pod("b", 1, "2"))]));
    }

    [Fact]
    public void Budgets_are_kept_where_they_can_be()
    {
        var guarded = new Budget("a", LabelSelector.Parse("app=guarded"), 0);
        Assert.Equal("n2: b", Decide(Pod("new", 5, "2"), [Node("n1", Pod("a", 0, "2", app: "guarded")), Node("n2", Pod("b", 1, "2"))], guarded));
        Assert.Equal("n1: b", Decide(Pod("new", 5, "1"), [Node("n1", Pod("a", 0, "1", app: "guarded"), Pod("b", 1, "1"))], guarded));
        Assert.Equal("n1: a", Decide(Pod("new", 5, "2"), [Node("n1", Pod("a", 0, "2", app: "guarded"))], guarded));
        Assert.Equal("n1: a", Decide(Pod("new", 5, "1"), [Node("n1", Pod("a", 0, "1", app: "guarded"), Pod("b", 1, "1"))], guarded with { Allowed = 1 }));
    }

    [Fact]
    public void Nothing_goes_where_it_would_not_help()
    {
        var tainted = Make.Node("n1", spec: """{"taints":[{"key":"k","effect":"NoSchedule"}]}""").Plus(Pod("a", 0, "2"));
        Assert.Equal("none", Decide(Pod("new", 5, "2"), [tainted]));
        Assert.Equal("none", Decide(Pod("new", 5, "3"), [Node("n1", Pod("a", 0, "2"))]));
    }

    [Fact]
    public void Pods_that_refuse_company_make_room()
    {
        const string alone = ""","affinity":{"podAntiAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"host","labelSelector":{"matchLabels":{"app":"x"} } }]} } """;
        var node = Make.Node("n1", labels: "\"host\":\"n1\"").Plus(Pod("a", 0, "100m", alone)).Plus(Pod("b", 0, "100m", app: "y"));
        Assert.Equal("n1: a", Decide(Pod("new", 5, "100m"), [node]));
    }
}
