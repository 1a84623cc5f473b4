namespace Slipway.Scheduler;

/// <summary>Where the pods of a gang go, all or none (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/gang-scheduling/"/>).</summary>
/// <param name="Placed">Pods and their nodes: at least as many as are needed, or none.</param>
/// <param name="Preemptions">Who would have to make room for the gang as a whole; empty when that does not help.</param>
/// <param name="Message">Why too few fit, and what would help; null when enough do.</param>
internal sealed record GangPlacement(IReadOnlyList<(PodDemand Pod, string Node)> Placed, IReadOnlyList<(PodDemand Pod, Preemption By)> Preemptions, string? Message)
{
    /// <summary>
    /// Decides over a snapshot: each pod is placed beside those before it, in the order in which they come, and if too few fit in a few
    /// others (<see cref="GangOrder.Others"/>).
    /// </summary>
    /// <param name="gang">Name of the group.</param>
    /// <param name="members">Its pods that wait, the most important one first.</param>
    /// <param name="needed">How many of them must find a node.</param>
    /// <param name="snapshot">The nodes.</param>
    /// <param name="budgets">What may be disrupted.</param>
    /// <param name="start">Where the search begins.</param>
    /// <param name="claims">What pods claim of storage and devices; null when none claims any.</param>
    public static GangPlacement For(
        string gang, IReadOnlyList<PodDemand> members, int needed, Snapshot snapshot, IReadOnlyList<Budget> budgets, int start = 0, GangClaims? claims = null)
    {
        var asTheyCome = new GangOrder(members);
        foreach (var order in GangOrder.Others(members, needed, snapshot).Prepend(asTheyCome))
        {
            using var trial = new GangTrial(snapshot, start, claims);
            trial.Place(order);
            if (trial.Placed.Count >= needed)
                return new(trial.Placed, [], null);
        }

        using var last = new GangTrial(snapshot, start, claims);
        var left = last.Place(asTheyCome);
        var (fit, refused) = (last.Placed.Count, left[0]);
        var message = $"gang \"{gang}\" needs {needed} pods at once, and {(fit == 0 ? "none" : $"only {fit}")} of the {members.Count} that wait {(fit <= 1 ? "fits" : "fit")}. For {refused.Key.Name}: "
            + Placement.Refused(refused, snapshot, Neighbours.Of(refused, snapshot), last.NeedsOf(refused));
        return new([], last.RoomFor(left, needed - fit, budgets), message);
    }
}
