namespace Slipway.Scheduler;

/// <summary>Pods of a gang that are placed to see how far it comes. What was tried is put back when it is disposed.</summary>
/// <param name="snapshot">The nodes.</param>
/// <param name="start">Where searches begin.</param>
/// <param name="claims">What pods claim of storage and devices; null when none claims any.</param>
internal sealed class GangTrial(Snapshot snapshot, int start, GangClaims? claims) : IDisposable
{
    private readonly Stack<(int Node, PodDemand Pod, bool IsVictim)> _steps = new();

    /// <summary>Pods and their nodes.</summary>
    public List<(PodDemand Pod, string Node)> Placed { get; } = [];

    /// <summary>
    /// Places each pod beside those before it. As pods of a gang may require each other's company, those that found no place are tried
    /// again as long as others find one.
    /// </summary>
    /// <returns>Those that found none, in their order.</returns>
    public List<PodDemand> Place(GangOrder order)
    {
        var left = order.Pods.ToList();
        while (left.RemoveAll(pod => TryPlace(pod, order)) > 0 && left.Count > 0)
        {
        }
        return left;
    }

    /// <summary>What a pod claims beside those that are placed.</summary>
    public PodNeeds? NeedsOf(PodDemand pod) => claims?.Of(pod);

    /// <summary>Who would have to make room for so many more of the pods; empty when that does not help.</summary>
    public List<(PodDemand Pod, Preemption By)> RoomFor(List<PodDemand> pods, int lacking, IReadOnlyList<Budget> budgets)
    {
        var preemptions = new List<(PodDemand, Preemption)>();
        foreach (var pod in pods)
        {
            if (preemptions.Count == lacking)
                break;
            var needs = NeedsOf(pod);
            if (Preemption.For(pod, snapshot, budgets, start, needs) is not { } preemption
                || preemption.Victims.Any(victim => Placed.Exists(member => member.Pod.Key == victim.Key)))
                continue;
            var node = snapshot.IndexOf(preemption.Node);
            foreach (var victim in preemption.Victims)
            {
                snapshot.Take(node, victim);
                _steps.Push((node, victim, true));
            }
            Put(node, pod, needs);
            preemptions.Add((pod, preemption));
        }
        return preemptions.Count == lacking ? preemptions : [];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_steps.TryPop(out var step))
            if (step.IsVictim)
            {
                snapshot.Place(step.Node, step.Pod);
            }
            else
            {
                claims?.Take(step.Pod);
                snapshot.Take(step.Node, step.Pod);
            }
    }

    private bool TryPlace(PodDemand pod, GangOrder order)
    {
        var from = snapshot.Nodes.Length == 0 ? 0 : (start + Placed.Count) % snapshot.Nodes.Length;
        var needs = NeedsOf(pod);
        var node = Placement.Among(pod, snapshot, Neighbours.Of(pod, snapshot), from, needs, Placed.Count == 0 ? order.First : null, order.Packs);
        if (node < 0)
            return false;
        Placed.Add((pod, snapshot.Nodes[node].Name));
        Put(node, pod, needs);
        return true;
    }

    private void Put(int node, PodDemand pod, PodNeeds? needs)
    {
        claims?.Place(pod, snapshot.Nodes[node], needs);
        snapshot.Place(node, pod);
        _steps.Push((node, pod, false));
    }
}
