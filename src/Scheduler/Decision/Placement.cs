using System.Buffers;

namespace Slipway.Scheduler;

/// <summary>Where a pod goes, or why it cannot go anywhere.</summary>
/// <param name="Node">Name of the node; null when none takes it.</param>
/// <param name="Message">Why none takes it, and what would help; null when one does.</param>
internal readonly record struct Placement(string? Node, string? Message)
{
    /// <summary>
    /// Decides over an immutable snapshot. In large clusters not every node that fits is scored, as upstream:
    /// the search begins at <paramref name="start"/> and ends when enough have been found.
    /// </summary>
    public static Placement For(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, NamespaceLabels namespaces, int start = 0, PodStorage? storage = null)
    {
        if (storage?.Blocker is { } blocker && nodes.Length > 0)
            return new(null, $"0/{nodes.Length} nodes are available: {blocker.Reason}. {blocker.Advice}");
        var enough = EnoughOf(nodes.Length);
        var neighbours = Neighbours.Of(pod, nodes, namespaces);
        var fitting = ArrayPool<NodeInfo>.Shared.Rent(enough);
        try
        {
            var found = 0;
            for (var i = 0; i < nodes.Length && found < enough; i++)
            {
                var node = nodes[(start + i) % nodes.Length];
                if (Obstacle.Between(pod, node, neighbours, storage) is null)
                    fitting[found++] = node;
            }
            if (found > 0)
                return new(Score.Best(pod, fitting.AsSpan(0, found), nodes, namespaces).Name, null);
        }
        finally
        {
            ArrayPool<NodeInfo>.Shared.Return(fitting, clearArray: true);
        }
        return new(null, Refusal.Explain(pod, nodes, neighbours, storage));
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
