namespace Slipway.Scheduler;

/// <summary>Which pods make room for one of higher priority, and where.</summary>
/// <param name="Node">The node.</param>
/// <param name="Victims">The pods that have to go from it, the most important one first.</param>
/// <remarks><see href="https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/"/></remarks>
internal sealed record Preemption(string Node, IReadOnlyList<PodDemand> Victims)
{
    // As upstream: in large clusters a tenth of the nodes is looked at, but not fewer than these.
    private const int FewestCandidates = 100;

    /// <summary>The least harmful way to make room; null when there is none.</summary>
    public static Preemption? For(PodDemand pod, Snapshot snapshot, IReadOnlyList<Budget> budgets, int start = 0, PodNeeds? needs = null)
    {
        if (!pod.MayPreempt || needs?.Blocker is not null)
            return null;
        var nodes = snapshot.Nodes;
        var enough = Math.Max(FewestCandidates, nodes.Length / 10);
        var neighbours = Neighbours.Of(pod, snapshot);
        Candidate? best = null;
        for (int i = 0, found = 0; i < nodes.Length && found < enough; i++)
        {
            var index = (start + i) % nodes.Length;
            if (Obstacle.Between(pod, nodes[index], neighbours, needs) is not { IsLasting: false } || On(pod, snapshot, index, budgets, needs) is not { } candidate)
                continue;
            found++;
            if (best is null || candidate.CompareTo(best) < 0)
                best = candidate;
        }
        return best is null ? null : new(best.Node, best.Victims);
    }

    private static Candidate? On(PodDemand pod, Snapshot snapshot, int index, IReadOnlyList<Budget> budgets, PodNeeds? needs)
    {
        var lesser = snapshot.Nodes[index].Pods.Where(other => other.Priority < pod.Priority).ToList();
        if (lesser.Count == 0)
            return null;
        foreach (var victim in lesser)
            snapshot.Take(index, victim);
        var gone = lesser.ToHashSet(ReferenceEqualityComparer.Instance);
        try
        {
            if (!Fits() || needs?.Between(snapshot.Nodes[index]) is not null)
                return null;
            // Those that may stay are found from the most important one down, first those whose budget is used up.
            var (violating, others) = Split(lesser, budgets);
            var victims = new List<PodDemand>();
            var violations = 0;
            foreach (var (victim, violates) in violating.Select(v => (v, true)).Concat(others.Select(v => (v, false))))
            {
                Return(victim);
                if (Fits())
                    continue;
                snapshot.Take(index, victim);
                gone.Add(victim);
                victims.Add(victim);
                violations += violates ? 1 : 0;
            }
            victims.Sort(ByImportance);
            return victims.Count == 0 ? null : new(snapshot.Nodes[index].Name, victims, violations);
        }
        finally
        {
            foreach (var victim in gone.Cast<PodDemand>().ToList())
                Return(victim);
        }

        void Return(PodDemand victim)
        {
            snapshot.Place(index, victim);
            gone.Remove(victim);
        }

        bool Fits() => Obstacle.Between(pod, snapshot.Nodes[index]) is null && Neighbours.Of(pod, snapshot).Between(pod, snapshot.Nodes[index]) is null;
    }

    private static (List<PodDemand> Violating, List<PodDemand> Others) Split(List<PodDemand> pods, IReadOnlyList<Budget> budgets)
    {
        pods.Sort(ByImportance);
        int[] left = [.. budgets.Select(budget => budget.Allowed)];
        var (violating, others) = (new List<PodDemand>(), new List<PodDemand>());
        foreach (var pod in pods)
        {
            var violates = false;
            for (var i = 0; i < left.Length; i++)
                if (budgets[i].Covers(pod) && --left[i] < 0)
                    violates = true;
            (violates ? violating : others).Add(pod);
        }
        return (violating, others);
    }

    // Higher priority first; of the same, who has run longer.
    private static int ByImportance(PodDemand a, PodDemand b) =>
        a.Priority != b.Priority ? b.Priority.CompareTo(a.Priority) : (a.StartedAt ?? DateTime.MaxValue).CompareTo(b.StartedAt ?? DateTime.MaxValue);

    /// <summary>Ordered from the least harmful: budgets broken, the most important victim, all their importance, their number, how long they have run.</summary>
    private sealed record Candidate(string Node, List<PodDemand> Victims, int Violations) : IComparable<Candidate>
    {
        public int CompareTo(Candidate? other)
        {
            if (other is null)
                return 1;
            int order;
            if ((order = Violations.CompareTo(other.Violations)) != 0
                || (order = Victims[0].Priority.CompareTo(other.Victims[0].Priority)) != 0
                || (order = Importance.CompareTo(other.Importance)) != 0
                || (order = Victims.Count.CompareTo(other.Victims.Count)) != 0)
                return order;
            // The one whose most important victims started latest.
            return Earliest(other).CompareTo(Earliest(this)) is var age and not 0 ? age : string.CompareOrdinal(Node, other.Node);
        }

        // Shifted, so that a victim more always counts, whatever the signs of priorities.
        private long Importance => Victims.Sum(victim => (long)victim.Priority - int.MinValue);

        private static DateTime Earliest(Candidate candidate) =>
            candidate.Victims.Where(victim => victim.Priority == candidate.Victims[0].Priority).Min(victim => victim.StartedAt ?? DateTime.MaxValue);
    }
}
