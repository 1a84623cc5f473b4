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
            cluster.Assign(pod, name, out _);
            there.Add(pod);
        }
        Assert.All(cluster.Nodes.ToArray(), node => Assert.True(node.Requested.Pods <= node.Allocatable.Pods));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Whom_a_change_does_not_concern_it_does_not_let_in(int seed)
    {
        var random = new Random(seed);
        var cluster = new ClusterState();
        var openings = new Openings(cluster);
        for (var i = 0; i < 6; i++)
            cluster.SetNode(Node(i, cpu: 2));
        var there = new List<PodDemand>();
        PodDemand[] waiting = [.. Enumerable.Range(0, 30).Select(i => Pod($"w{i}"))];
        var (refused, spared) = (new HashSet<PodDemand>(ReferenceEqualityComparer.Instance), 0);
        for (var step = 0; step < 1000; step++)
        {
            openings.Clear();
            Change(step);
            foreach (var pod in waiting)
            {
                var isRefused = cluster.Decide(pod, snapshot => Placement.For(pod, snapshot)).Node is null && cluster.Decide(pod, snapshot => Preemption.For(pod, snapshot, [])) is null;
                if (refused.Contains(pod) && !openings.Concern(pod))
                {
                    Assert.True(isRefused, $"step {step} lets in {pod.Key.Name}");
                    spared++;
                }
                if (isRefused)
                    refused.Add(pod);
                else
                    refused.Remove(pod);
            }
        }
        Assert.InRange(spared, 1000, int.MaxValue);

        void Change(int step)
        {
            var known = there.Count > 0 ? there[random.Next(there.Count)] : null;
            switch (random.Next(20))
            {
                case 0:
                    cluster.SetNode(Node(random.Next(6), cpu: random.Next(1, 4)));
                    openings.AddEverything();
                    break;
                case 1 when known is not null:
                    Assign(known with { Labels = new Dictionary<string, string> { ["app"] = random.Next(2) == 0 ? "a" : "b" } }, cluster.NodeOf(known.Key, known.Uid)!);
                    break;
                case 2 when known is not null:
                    Assign(known with { IsTerminating = true }, cluster.NodeOf(known.Key, known.Uid)!);
                    break;
                case < 10 when known is not null:
                    there.Remove(known);
                    openings.Add(cluster.Release(known.Key), null);
                    break;
                default:
                    var pod = Pod($"p{step}");
                    if (cluster.Decide(pod, snapshot => Placement.For(pod, snapshot)).Node is { } node)
                        Assign(pod, node);
                    break;
            }
        }

        void Assign(PodDemand pod, string node)
        {
            there.RemoveAll(known => known.Key == pod.Key);
            there.Add(pod);
            if (cluster.Assign(pod, node, out var before))
                openings.Add(before, new(node, pod));
        }

        PodDemand Pod(string name)
        {
            var spec = $$"""{"priority":{{random.Next(3)}},"containers":[{"name":"c","resources":{"requests":{"cpu":"{{random.Next(1, 7) * 250}}m"} } }],{{Specs[random.Next(Specs.Length)][1..]}}""".Replace(",}", "}", StringComparison.Ordinal);
            return Make.App(random.Next(2) == 0 ? "a" : "b", spec, name);
        }
    }

    private static NodeView Node(int i, int cpu = 8) => Make.NodeView($"n{i}", $"\"cpu\":\"{cpu}\",\"memory\":\"16Gi\",\"pods\":\"9\"", labels: $"\"host\":\"n{i}\",\"zone\":\"z{i % 3}\"");

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
