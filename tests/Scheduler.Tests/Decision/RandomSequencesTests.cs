namespace Slipway.Scheduler.Tests.Decision;

/// <summary>Random pods that come and go, against a model that counts everything anew: what a decision finds indexed is what is there.</summary>
public sealed class RandomSequencesTests
{
    private static readonly string[] Specs =
    [
        "{}",
        Affinity("podAntiAffinity", "a", "host"),
        Affinity("podAntiAffinity", "b", "zone"),
        Affinity("podAffinity", "a", "zone"),
        """{"affinity":{"podAffinity":{"preferredDuringSchedulingIgnoredDuringExecution":[{"weight":5,"podAffinityTerm":{"topologyKey":"zone","labelSelector":{"matchLabels":{"app":"b"}}}}]}}}""",
        Spread("zone", 1, "DoNotSchedule"),
        Spread("host", 2, "DoNotSchedule"),
        Spread("zone", 1, "ScheduleAnyway"),
        """{"nodeSelector":{"zone":"z1"},"topologySpreadConstraints":[{"topologyKey":"host","maxSkew":1,"whenUnsatisfiable":"DoNotSchedule","labelSelector":{"matchLabels":{"app":"a"}}}]}""",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_is_decided_is_what_a_fresh_look_at_all_nodes_decides_and_no_rule_is_broken(int seed)
    {
        var random = new Random(seed);
        var cluster = new ClusterState();
        for (var i = 0; i < 12; i++)
            cluster.SetNode(Node(i));
        var there = new List<PodDemand>();
        for (var step = 0; step < 1500; step++)
        {
            if (there.Count > 0 && random.Next(3) == 0)
            {
                var gone = there[random.Next(there.Count)];
                there.Remove(gone);
                cluster.Release(gone.Key);
                continue;
            }
            if (random.Next(100) == 0)
            {
                var node = random.Next(12);
                if (random.Next(2) == 0)
                    cluster.RemoveNode($"n{node}");
                else
                    cluster.SetNode(Node(node));
            }
            var pod = Make.App(random.Next(2) == 0 ? "a" : "b", Specs[random.Next(Specs.Length)], $"p{step}");
            var fresh = Snapshot.Of(cluster.Nodes.ToArray(), Make.NoNamespaces);
            var expected = Placement.For(pod, fresh, step % Math.Max(1, cluster.Nodes.Length));
            var placement = cluster.Decide(pod, snapshot => Placement.For(pod, snapshot, step % Math.Max(1, snapshot.Nodes.Length)));
            Assert.Equal(expected, placement);
            if (placement.Node is not { } name)
                continue;
            Model.Check(pod, cluster.Node(name)!, cluster.Nodes.ToArray());
            cluster.Assign(pod, name);
            there.Add(pod);
        }
        Assert.All(cluster.Nodes.ToArray(), node => Assert.True(node.Requested.Pods <= node.Allocatable.Pods));
    }

    private static NodeView Node(int i) => Make.NodeView($"n{i}", "\"cpu\":\"8\",\"memory\":\"16Gi\",\"pods\":\"9\"", labels: $"\"host\":\"n{i}\",\"zone\":\"z{i % 3}\"");

    private static string Affinity(string kind, string app, string key) =>
        $$"""{"affinity":{"{{kind}}":{"requiredDuringSchedulingIgnoredDuringExecution":[{"topologyKey":"{{key}}","labelSelector":{"matchLabels":{"app":"{{app}}"} } }]} } }""";

    private static string Spread(string key, int skew, string how) =>
        $$"""{"topologySpreadConstraints":[{"topologyKey":"{{key}}","maxSkew":{{skew}},"whenUnsatisfiable":"{{how}}","labelSelector":{"matchLabels":{"app":"a"} } }]}""";

    /// <summary>The rules as the documentation states them, over all pods one by one.</summary>
    private static class Model
    {
        public static void Check(PodDemand pod, NodeInfo node, NodeInfo[] nodes)
        {
            foreach (var term in pod.AntiAffinity)
                Assert.DoesNotContain(Together(term.TopologyKey), other => term.Selects(other, Make.NoNamespaces));
            foreach (var other in nodes.SelectMany(n => n.Pods.Select(p => (Node: n, Pod: p))))
                foreach (var term in other.Pod.AntiAffinity)
                    Assert.False(term.Selects(pod, Make.NoNamespaces) && Place(other.Node, term.TopologyKey) == Place(node, term.TopologyKey), $"{other.Pod.Key} refuses {pod.Key}");
            foreach (var term in pod.Affinity)
                Assert.True(Together(term.TopologyKey).Any(other => term.Selects(other, Make.NoNamespaces))
                    || (term.Selects(pod, Make.NoNamespaces) && !nodes.SelectMany(n => n.Pods).Any(other => term.Selects(other, Make.NoNamespaces))));
            foreach (var constraint in pod.Spread.Where(c => c.IsRequired))
            {
                var counts = nodes.Where(n => constraint.CountsOn(pod, n)).GroupBy(n => Place(n, constraint.TopologyKey))
                    .ToDictionary(group => group.Key!, group => group.Sum(n => n.Pods.Count(other => constraint.Counts(other, "a"))));
                var itself = constraint.Selector!.Matches(pod.Labels) ? 1 : 0;
                Assert.True(counts[Place(node, constraint.TopologyKey)!] + itself - counts.Values.Min() <= constraint.MaxSkew);
            }

            IEnumerable<PodDemand> Together(string key) => nodes.Where(n => Place(n, key) == Place(node, key)).SelectMany(n => n.Pods);
        }

        private static string? Place(NodeInfo node, string key) => node.Labels.GetValueOrDefault(key);
    }
}
