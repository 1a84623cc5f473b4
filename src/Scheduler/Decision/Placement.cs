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
    public static Placement For(PodDemand pod, Snapshot snapshot, int start = 0, PodStorage? storage = null)
    {
        var neighbours = Neighbours.Of(pod, snapshot);
        return Among(pod, snapshot, neighbours, start, storage) is var place and >= 0
            ? new(snapshot.Nodes[place].Name, null)
            : new(null, Refused(pod, snapshot, neighbours, storage));
    }

    /// <summary>Why no node takes the pod, and what would help.</summary>
    public static string Refused(PodDemand pod, Snapshot snapshot, Neighbours neighbours, PodStorage? storage) =>
        storage?.Blocker is { } blocker && snapshot.Nodes.Length > 0
            ? $"0/{snapshot.Nodes.Length} nodes are available: {blocker.Reason}. {blocker.Advice}"
            : Refusal.Explain(pod, snapshot.Nodes, neighbours, storage);

    /// <summary>The place of the best node; -1 when none takes the pod.</summary>
    public static int Among(PodDemand pod, Snapshot snapshot, Neighbours neighbours, int start, PodStorage? storage = null)
    {
        if (storage?.Blocker is not null)
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
                if (Obstacle.Between(pod, nodes[place], neighbours, storage) is null)
                    fitting[found++] = place;
            }
            return found == 0 ? -1 : Score.Best(pod, snapshot, fitting.AsSpan(0, found));
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
