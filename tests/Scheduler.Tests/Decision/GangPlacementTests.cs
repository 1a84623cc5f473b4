namespace Slipway.Scheduler.Tests.Decision;

public sealed class GangPlacementTests
{
    [Theory]
    // CPU of the nodes, CPU of each of the pods, how many are needed; where they go
    [InlineData("2 2", "1 1 1 1", 4, "n0 n0 n1 n1")]
    [InlineData("2 1", "1 1 1 1", 4, "")]
    [InlineData("2 1", "1 1 1 1", 3, "n0 n0 n1")]
    [InlineData("2 1", "1 1 1 1", 2, "n0 n0 n1")] // as many as fit
    [InlineData("2 2", "1 1 2", 3, "n0 n1 n1")] // the largest first
    [InlineData("6 4", "3 3 4", 3, "n0 n0 n1")] // and where it leaves the least
    [InlineData("2", "2 1 1", 2, "n0 n0")] // the smallest first
    [InlineData("3 3", "2 2 2", 3, "")] // enough in all, but nowhere
    [InlineData("1 1", "2", 1, "")]
    [InlineData("", "1", 1, "")]
    public void All_or_none_find_a_node(string nodes, string pods, int needed, string expected)
    {
        var snapshot = Nodes(nodes);
        var before = Text(snapshot);
        var placement = Decide(snapshot, pods, needed);
        Assert.Equal(expected, string.Join(' ', placement.Placed.Select(pair => pair.Node).Order()));
        Assert.Equal(expected.Length == 0, placement.Message is not null);
        Assert.Equal(before, Text(snapshot)); // what was tried is put back
    }

    [Fact]
    public void A_refusal_says_how_many_fit_and_why_the_next_does_not() => Assert.Equal(
        "gang \"g\" needs 3 pods at once, and only 2 of the 3 that wait fit. For p2: 0/2 nodes are available: 2 Insufficient cpu. "
        + "Node n0 is large enough and lacks 1 of cpu now: it takes the pod when pods there end; for an earlier start request that much less or add a node.",
        Decide(Nodes("1 1"), "1 1 1", 3).Message);

    [Fact]
    public void Pods_that_require_the_company_of_a_later_one_are_tried_again()
    {
        const string seeking = """{"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"host","labelSelector":{"matchLabels":{"app":"leader"}}}]}}}""";
        var snapshot = Snapshot.Of([Make.Node("n0", labels: "\"host\":\"n0\""), Make.Node("n1", labels: "\"host\":\"n1\"")], Make.NoNamespaces);
        var placement = GangPlacement.For("g", [Make.App("worker", seeking, "w"), Make.App("leader", name: "l")], 2, snapshot, []);
        Assert.Equal(["l", "w"], placement.Placed.Select(pair => pair.Pod.Key.Name));
        Assert.Single(placement.Placed.Select(pair => pair.Node).Distinct());
    }

    [Fact]
    public void Pods_that_seek_each_others_company_go_where_there_is_room_for_all_of_them()
    {
        const string seeking = """{"containers":[{"name":"c","resources":{"requests":{"cpu":"1"}}}],"affinity":{"podAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"g"}}}]}}}""";
        // The first pod alone would go to the larger node, where the others do not all find room.
        var snapshot = Snapshot.Of([Node("n0", "a", 3), Node("n1", "b", 2), Node("n2", "b", 2)], Make.NoNamespaces);
        var before = Text(snapshot);
        var placement = GangPlacement.For("g", [.. Enumerable.Range(0, 4).Select(i => Make.App("g", seeking, $"p{i}"))], 4, snapshot, []);
        Assert.Equal(["n1", "n1", "n2", "n2"], placement.Placed.Select(pair => pair.Node).Order());
        Assert.Equal(before, Text(snapshot));

        static NodeInfo Node(string name, string zone, int cpu) => Make.Node(name, $"\"cpu\":\"{cpu}\",\"memory\":\"4Gi\",\"pods\":\"110\"", labels: $"\"zone\":\"{zone}\"");
    }

    [Fact]
    public void Room_is_made_for_the_whole_gang_or_not_at_all()
    {
        var snapshot = Nodes("1 1");
        snapshot.Place(0, Pod("low0", 1, 0));
        snapshot.Place(1, Pod("low1", 1, 0));
        var before = Text(snapshot);
        PodDemand[] gang = [Pod("a", 1, 100), Pod("b", 1, 100)];
        var placement = GangPlacement.For("g", gang, 2, snapshot, []);
        Assert.Empty(placement.Placed);
        Assert.Equal(["a n0 low0", "b n1 low1"], placement.Preemptions.Select(p => $"{p.Pod.Key.Name} {p.By.Node} {string.Join(' ', p.By.Victims.Select(v => v.Key.Name))}").Order());
        Assert.Empty(GangPlacement.For("g", [.. gang, Pod("c", 1, 100)], 3, snapshot, []).Preemptions);
        Assert.Equal(before, Text(snapshot));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Random_gangs_are_placed_whole_within_what_nodes_have(int seed)
    {
        var random = new Random(seed);
        for (var round = 0; round < 200; round++)
        {
            var sizes = Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(1, 5)).ToArray();
            var pods = Enumerable.Range(0, random.Next(1, 7)).Select(_ => random.Next(1, 3)).ToArray();
            var needed = random.Next(1, pods.Length + 1);
            var placement = Decide(Nodes(string.Join(' ', sizes)), string.Join(' ', pods), needed);
            Assert.True(placement.Placed.Count == 0 || placement.Placed.Count >= needed);
            Assert.All(placement.Placed.GroupBy(pair => pair.Node), group =>
                Assert.True(group.Sum(pair => pair.Pod.Requests.MilliCpu) <= 1000 * sizes[int.Parse(group.Key[1..])]));
            Assert.Equal(IsPossible(sizes, [.. pods.Order().Take(needed)]), placement.Placed.Count > 0);
            if (placement.Placed.Count == 0)
                Assert.StartsWith($"gang \"g\" needs {needed} pods at once", placement.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void No_member_makes_room_for_another()
    {
        var snapshot = Nodes("4");
        snapshot.Place(0, Pod("stranger", 2, 50));
        var placement = GangPlacement.For("g", [Pod("a", 3, 100), Pod("b", 2, 10)], 2, snapshot, []);
        Assert.Empty(placement.Preemptions);
    }

    // For pods of one and two cores.
    private static bool IsPossible(int[] nodes, int[] pods) => pods.Sum() <= nodes.Sum() && pods.Count(cpu => cpu == 2) <= nodes.Sum(cpu => cpu / 2);

    private static GangPlacement Decide(Snapshot snapshot, string pods, int needed) =>
        GangPlacement.For("g", [.. pods.Split(' ').Select((cpu, i) => Make.Asking($"\"cpu\":\"{cpu}\"", $"p{i}"))], needed, snapshot, []);

    private static PodDemand Pod(string name, int cpu, int priority) => Make.Asking($"\"cpu\":\"{cpu}\"", name, $",\"priority\":{priority}");

    private static Snapshot Nodes(string cpus) => Snapshot.Of(
        cpus.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((cpu, i) => Make.Node($"n{i}", $"\"cpu\":\"{cpu}\",\"memory\":\"4Gi\",\"pods\":\"110\"")), Make.NoNamespaces);

    private static string Text(Snapshot snapshot) =>
        string.Join("; ", snapshot.Nodes.ToArray().Select(node => $"{node.Name} {node.Requested.MilliCpu} {string.Join(',', node.Pods.Select(pod => pod.Key.Name).Order())}"));
}
