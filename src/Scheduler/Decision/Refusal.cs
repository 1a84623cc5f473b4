using System.Text;
using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>Says why no node takes a pod, in upstream's form, and then what would help.</summary>
/// <remarks>The advice names only what is declared, never what is free at the moment, so that it does not change with every pod that ends.</remarks>
internal static class Refusal
{
    public static string Explain(PodDemand pod, ReadOnlySpan<NodeInfo> nodes, Neighbours neighbours, PodStorage? storage)
    {
        if (nodes.Length == 0)
            return "no nodes available to schedule pods";

        var counts = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var blocked = new List<(NodeInfo Node, Obstacle Obstacle)>(nodes.Length);
        foreach (var node in nodes)
        {
            if (Obstacle.Between(pod, node, neighbours, storage) is not { } obstacle)
                continue;
            blocked.Add((node, obstacle));
            foreach (var reason in obstacle.Reasons)
                counts[reason] = counts.GetValueOrDefault(reason) + 1;
        }
        // Sorted as text with the count in front, as upstream.
        var reasons = counts.Select(pair => $"{pair.Value} {pair.Key}").Order(StringComparer.Ordinal);
        var text = new StringBuilder($"0/{nodes.Length} nodes are available: ").AppendJoin(", ", reasons).Append('.');
        if (blocked.Count > 0)
            text.Append(' ').Append(Advice(pod, blocked));
        return text.ToString();
    }

    private static string Advice(PodDemand pod, List<(NodeInfo Node, Obstacle Obstacle)> blocked)
    {
        // The nodes that came furthest are the nearest to fitting.
        var furthest = blocked.Max(pair => pair.Obstacle.Kind);
        var nearest = blocked.Where(pair => pair.Obstacle.Kind == furthest).Select(pair => pair.Node).OrderBy(node => node.Name, StringComparer.Ordinal).ToList();
        return furthest switch
        {
            ObstacleKind.Pods or ObstacleKind.Spread => CompanyAdvice(pod, blocked.First(pair => pair.Obstacle.Kind == furthest).Obstacle),
            ObstacleKind.Storage => StorageAdvice(blocked.First(pair => pair.Obstacle.Kind == furthest).Obstacle),
            ObstacleKind.Resources => ResourceAdvice(pod, nearest),
            ObstacleKind.Ports => $"Use another host port, or none; those of node {nearest[0].Name} become free when the pods that hold them end.",
            ObstacleKind.Affinity => $"Label a node as the pod's nodeSelector or node affinity asks{Selector(pod)}, or change these.",
            ObstacleKind.Taint => TaintAdvice(pod, nearest[0]),
            _ => $"Make a node schedulable again (kubectl uncordon {nearest[0].Name}).",
        };
    }

    private static string ResourceAdvice(PodDemand pod, List<NodeInfo> nodes)
    {
        if (nodes.Find(node => Obstacle.Named(pod.Requests).All(resource => pod.Requests.Of(resource) <= node.Allocatable.Of(resource)) && node.Allocatable.Pods > 0) is { } large)
            return $"Node {large.Name} is large enough: it takes the pod when pods there end; for an earlier start request less or add a node.";
        var tooLarge = Obstacle.Named(pod.Requests)
            .Select(resource => (Resource: resource, Asked: pod.Requests.Of(resource), Most: nodes.Max(node => node.Allocatable.Of(resource))))
            .Where(need => need.Asked > need.Most)
            .Select(need => $"{Text(need.Resource, need.Asked)} of {need.Resource} but no node has more than {Text(need.Resource, need.Most)}")
            .ToList();
        return tooLarge.Count == 0
            ? "No single node has all that the pod requests: request less or add a larger node."
            : $"It requests {string.Join(", ", tooLarge)}: request less or add a larger node.";
    }

    private static string CompanyAdvice(PodDemand pod, Obstacle obstacle) => obstacle switch
    {
        _ when obstacle == Obstacle.NoPlace => $"Label nodes with {string.Join(", ", pod.Spread.Where(constraint => constraint.IsRequired).Select(constraint => constraint.TopologyKey).Distinct())}, over whose values the pod is to be spread.",
        _ when obstacle == Obstacle.Uneven => "Make room where there are fewer of these pods, raise the constraint's maxSkew, or set its whenUnsatisfiable to ScheduleAnyway.",
        _ when obstacle == Obstacle.NoCompany => "The pods that its podAffinity requires are on none of these nodes: start them first, or prefer their company instead of requiring it.",
        _ when obstacle == Obstacle.Company => "Pods that its podAntiAffinity refuses are on these nodes: add a node, or prefer instead of require that they are apart.",
        _ => "Pods on these nodes refuse its company by their podAntiAffinity: add a node, or change theirs.",
    };

    private static string StorageAdvice(Obstacle obstacle) => obstacle switch
    {
        _ when obstacle == Obstacle.StorageElsewhere => "A volume of the pod is kept on another node: the pod can be there alone; make room there, or give it another claim.",
        _ when obstacle == Obstacle.NoStorage => "Create a PersistentVolume of the claim's class, size and access modes, or use a storage class that provides volumes.",
        _ when obstacle == Obstacle.StorageInUse => "One pod at a time may use its claim (ReadWriteOncePod): the pod is bound when the other one is gone.",
        _ => "The volume of its claim is gone, with its data: delete the claim and create it again.",
    };

    private static string TaintAdvice(PodDemand pod, NodeInfo node)
    {
        var taint = Taints.Untolerated(pod, node)!;
        var value = taint.Value is { Length: > 0 } ? $"={taint.Value}" : "";
        return $"Give the pod a toleration for {taint.Key}{value}:{taint.Effect}, or remove the taint from node {node.Name}.";
    }

    private static string Selector(PodDemand pod) =>
        pod.NodeSelector is { } selector ? $" ({string.Join(", ", selector.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"))})" : "";

    private static string Text(string resource, long amount) => resource switch
    {
        "cpu" => Quantity.OfMilli(amount).ToString(),
        "memory" or "ephemeral-storage" => Quantity.OfBytes(amount).ToString(),
        _ => Quantity.Of(amount).ToString(),
    };
}
