using System.Buffers;

namespace Slipway.Scheduler;

/// <summary>Where a pod goes, or why it cannot go anywhere.</summary>
/// <param name="Node">Name of the node; null when none takes it.</param>
/// <param name="Message">Why none takes it, and what would help; null when one does.</param>
internal readonly record struct Placement(string? Node, string? Message)
{
    /// <summary>
    /// Decides over a snapshot. In large clusters not every node that fits is scored, as upstream: the search begins at
    /// <paramref name="start"/> and ends when enough have been found.
    /// </summary>
    public static Placement For(PodDemand pod, Snapshot snapshot, int start = 0, PodNeeds? needs = null)
    {
        var neighbours = Neighbours.Of(pod, snapshot);
        return Among(pod, snapshot, neighbours, start, needs) is var place and >= 0
            ? new(snapshot.Nodes[place].Name, null)
            : new(null, Refused(pod, snapshot, neighbours, needs));
    }

    /// <summary>Why no node takes the pod, and what would help.</summary>
    public static string Refused(PodDemand pod, Snapshot snapshot, Neighbours neighbours, PodNeeds? needs) =>
        needs?.Blocker is { } blocker && snapshot.Nodes.Length > 0
            ? $"0/{snapshot.Nodes.Length} nodes are available: {blocker.Reason}. {blocker.Advice}"
            : Refusal.Explain(pod, snapshot.Nodes, neighbours, needs);

    /// <summary>The place of the best node; -1 when none takes the pod.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="snapshot">The nodes.</param>
    /// <param name="neighbours">What the pod asks of other pods.</param>
    /// <param name="start">Where the search begins.</param>
    /// <param name="needs">What it claims of storage and devices; null for nothing.</param>
    /// <param name="within">A label that the node must have beside what the pod requires; null for none.</param>
    /// <param name="packs">Whether the node is best that has the least left, whatever else the pod prefers.</param>
    public static int Among(
        PodDemand pod, Snapshot snapshot, Neighbours neighbours, int start, PodNeeds? needs = null, (string Key, string Value)? within = null, bool packs = false)
    {
        if (needs?.Blocker is not null)
            return -1;
        var nodes = snapshot.Nodes;
        var enough = EnoughOf(nodes.Length);
        var fitting = ArrayPool<int>.Shared.Rent(enough);
        try
        {
            var found = 0;
            for (int i = 0, place = start; i < nodes.Length && found < enough; i++, place++)
            {
                if (place >= nodes.Length)
                    place -= nodes.Length;
                if ((within is not { } label || nodes[place].Labels.GetValueOrDefault(label.Key) == label.Value) && Obstacle.Between(pod, nodes[place], neighbours, needs) is null)
                    fitting[found++] = place;
            }
            if (found == 0)
                return -1;
            return packs ? Score.Tightest(pod, snapshot, fitting.AsSpan(0, found)) : Score.Best(pod, snapshot, fitting.AsSpan(0, found));
        }
        finally
        {
            ArrayPool<int>.Shared.Return(fitting);
        }
    }

    /// <summary>How many fitting nodes are enough: all of 100, falling to 5 % of thousands.</summary>
    public static int EnoughOf(int nodes)
    {
        if (nodes <= 100)
            return Math.Max(nodes, 1);
        var percent = Math.Max(5, 50 - nodes / 125);
        return Math.Max(100, nodes * percent / 100);
    }
}
