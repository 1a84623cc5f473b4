using System.Text;

namespace Slipway.Scheduler;

/// <summary>Says why no node takes a pod, in upstream's form, and then what would help.</summary>
internal static class Refusal
{
    public static string Explain(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, Neighbours neighbours, PodNeeds? needs)
    {
        if (nodes.Length == 0)
            return "no nodes available to schedule pods";

        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var blocked = new List<(NodeInfo Node, Obstacle Obstacle)>(nodes.Length);
        foreach (var node in nodes)
        {
            if (Obstacle.Between(pod, node, neighbours, needs) is not { } obstacle)
                continue;
            blocked.Add((node, obstacle));
            foreach (var reason in obstacle.Reasons)
                counts[reason] = counts.GetValueOrDefault(reason) + 1;
        }
        // Sorted as text with the count in front, as upstream.
        var reasons = counts.Select(pair => $"{pair.Value} {pair.Key}").Order(StringComparer.Ordinal);
        var text = new StringBuilder($"0/{nodes.Length} nodes are available: ").AppendJoin(", ", reasons).Append('.');
        if (blocked.Count > 0)
            text.Append(' ').Append(Advice.For(pod, blocked, neighbours));
        return text.ToString();
    }
}
