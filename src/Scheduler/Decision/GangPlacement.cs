namespace Slipway.Scheduler;

/// <summary>Where the pods of a gang go, all or none (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/gang-scheduling/"/>).</summary>
/// <param name="Placed">Pods and their nodes: at least as many as are needed, or none.</param>
/// <param name="Preemptions">Who would have to make room for the gang as a whole; empty when that does not help.</param>
/// <param name="Message">Why too few fit, and what would help; null when enough do.</param>
internal sealed record GangPlacement(IReadOnlyList<(PodDemand Pod, string Node)> Placed, IReadOnlyList<(PodDemand Pod, Preemption By)> Preemptions, string? Message)
{
    /// <summary>
    /// Decides over a snapshot: each pod is placed beside those before it, and what was tried is put back. As pods of a gang may
    /// require each other's company, those that found no place are tried again as long as others find one.
    /// </summary>
    /// <param name="gang">Name of the group.</param>
    /// <param name="members">Its pods that wait, the most important one first.</param>
    /// <param name="needed">How many of them must find a node.</param>
    /// <param name="snapshot">The nodes.</param>
    /// <param name="budgets">What may be disrupted.</param>
    /// <param name="start">Where the search begins.</param>
    /// <param name="storage">What a pod claims of storage; without it, none claims any.</param>
    public static GangPlacement For(
        string gang, IReadOnlyList<PodDemand> members, int needed, Snapshot snapshot, IReadOnlyList<Budget> budgets, int start = 0, Func<PodDemand, PodStorage?>? storage = null)
    {
        var tried = new Stack<(int Node, PodDemand Pod, bool IsVictim)>();
        var placed = new List<(PodDemand Pod, string Node)>();
        try
        {
            var left = members.ToList();
            while (left.RemoveAll(TryPlace) > 0 && left.Count > 0)
            {
            }
            if (placed.Count >= needed)
                return new(placed, [], null);
            var refused = left[0];
            var message = $"gang \"{gang}\" needs {needed} pods at once, and {(placed.Count == 0 ? "none" : $"only {placed.Count}")} of the {members.Count} that wait {(placed.Count <= 1 ? "fits" : "fit")}. For {refused.Key.Name}: "
                + Placement.Refused(refused, snapshot, Neighbours.Of(refused, snapshot), storage?.Invoke(refused));
            return new([], RoomFor(left, needed - placed.Count), message);
        }
        finally
        {
            while (tried.TryPop(out var step))
                if (step.IsVictim)
                    snapshot.Place(step.Node, step.Pod);
                else
                    snapshot.Take(step.Node, step.Pod);
        }

        bool TryPlace(PodDemand pod)
        {
            var node = Placement.Among(pod, snapshot, Neighbours.Of(pod, snapshot), snapshot.Nodes.Length == 0 ? 0 : (start + placed.Count) % snapshot.Nodes.Length, storage?.Invoke(pod));
            if (node < 0)
                return false;
            placed.Add((pod, snapshot.Nodes[node].Name));
            Put(node, pod);
            return true;
        }

        List<(PodDemand, Preemption)> RoomFor(List<PodDemand> pods, int lacking)
        {
            var preemptions = new List<(PodDemand, Preemption)>();
            foreach (var pod in pods)
            {
                if (preemptions.Count == lacking)
                    break;
                if (Preemption.For(pod, snapshot, budgets, start, storage?.Invoke(pod)) is not { } preemption
                    || preemption.Victims.Any(victim => placed.Exists(member => member.Pod.Key == victim.Key)))
                    continue;
                var node = snapshot.IndexOf(preemption.Node);
                foreach (var victim in preemption.Victims)
                {
                    snapshot.Take(node, victim);
                    tried.Push((node, victim, true));
                }
                Put(node, pod);
                preemptions.Add((pod, preemption));
            }
            return preemptions.Count == lacking ? preemptions : [];
        }

        void Put(int node, PodDemand pod)
        {
            snapshot.Place(node, pod);
            tried.Push((node, pod, false));
        }
    }
}
