using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>
/// What would make a pod fit that fits nowhere: the smallest change, at the node that is nearest to taking it. A pure function of
/// what the decision saw; it stands at the end of the message of the pod's condition <c>PodScheduled</c>.
/// </summary>
internal static class Advice
{
    /// <param name="pod">The pod.</param>
    /// <param name="blocked">Each node, and the first obstacle there.</param>
    /// <param name="neighbours">What the pods on nodes mean for it.</param>
    public static string For(PodDemand pod, List<(NodeInfo Node, Obstacle Obstacle)> blocked, Neighbours neighbours)
    {
        // The nodes that came furthest are the nearest to fitting.
        var furthest = blocked.Max(pair => pair.Obstacle.Kind);
        var nearest = blocked.Where(pair => pair.Obstacle.Kind == furthest).OrderBy(pair => pair.Node.Name, StringComparer.Ordinal).ToList();
        var nodes = nearest.ConvertAll(pair => pair.Node);
        // Where none of those will ever have enough, others that would are nearer, whatever keeps the pod away from them.
        if (furthest == ObstacleKind.Resources && !nodes.Exists(node => IsLargeEnough(pod, node))
            && blocked.FindAll(pair => pair.Obstacle.Kind != furthest && IsLargeEnough(pod, pair.Node)) is { Count: > 0 } large)
            return For(pod, large, neighbours);
        return furthest switch
        {
            ObstacleKind.Pods or ObstacleKind.Spread => ForCompany(pod, nearest[0].Node, nearest[0].Obstacle, neighbours),
            ObstacleKind.Storage => ForStorage(nearest[0].Obstacle),
            ObstacleKind.Resources => ForResources(pod, nodes),
            ObstacleKind.Ports => ForPorts(pod, nodes[0]),
            ObstacleKind.Affinity => ForAffinity(pod, nodes),
            ObstacleKind.Taint => ForTaints(pod, nodes),
            ObstacleKind.Devices => nearest[0].Obstacle.Advice!,
            _ => $"Make a node schedulable again (kubectl uncordon {nodes[0].Name}).",
        };
    }

    private static string ForResources(PodDemand pod, List<NodeInfo> nodes)
    {
        var large = nodes.FindAll(node => IsLargeEnough(pod, node));
        if (large.Count > 0)
        {
            var node = large.MinBy(node => Obstacle.Shortages(pod.Requests, node).Sum(resource => (double)Lacking(pod, node, resource) / Math.Max(1, node.Allocatable.Of(resource))))!;
            var lacks = Obstacle.Shortages(pod.Requests, node).Select(resource => resource == "pods" ? "room for another pod" : $"{Text(resource, Lacking(pod, node, resource))} of {resource}");
            return $"Node {node.Name} is large enough and lacks {string.Join(" and ", lacks)} now: it takes the pod when pods there end; for an earlier start request that much less or add a node.";
        }
        var tooLarge = Obstacle.Named(pod.Requests)
            .Select(resource => (Resource: resource, Asked: pod.Requests.Of(resource), Most: nodes.Max(node => node.Allocatable.Of(resource))))
            .Where(need => need.Asked > need.Most)
            .Select(need => $"{Text(need.Resource, need.Asked)} of {need.Resource} but no node has more than {Text(need.Resource, need.Most)}")
            .ToList();
        return tooLarge.Count == 0
            ? "No single node has all that the pod requests: request less or add a larger node."
            : $"It requests {string.Join(", ", tooLarge)}: request less or add a larger node.";
    }

    private static bool IsLargeEnough(PodDemand pod, NodeInfo node) =>
        node.Allocatable.Pods > 0 && Obstacle.Named(pod.Requests).All(resource => pod.Requests.Of(resource) <= node.Allocatable.Of(resource));

    private static long Lacking(PodDemand pod, NodeInfo node, string resource) => pod.Requests.Of(resource) - (node.Allocatable.Of(resource) - node.Requested.Of(resource));

    private static string ForPorts(PodDemand pod, NodeInfo node)
    {
        var taken = pod.HostPorts.First(port => node.HostPorts.Exists(port.Conflicts));
        return $"Use another host port than {taken.Port}/{taken.Protocol}, or none; that of node {node.Name} becomes free when the pod that holds it ends.";
    }

    private static string ForAffinity(PodDemand pod, List<NodeInfo> nodes)
    {
        var (node, missing) = nodes.Select(node => (Node: node, Missing: NodeAffinity.Unmet(pod, node))).MinBy(pair => pair.Missing.Count);
        return missing.Count == 0
            ? "The pod's node affinity selects no node at all: give it a term."
            : $"Node {node.Name} comes nearest and has not {string.Join(", nor ", missing)}: label a node so, or change the pod's nodeSelector or node affinity.";
    }

    private static string ForTaints(PodDemand pod, List<NodeInfo> nodes)
    {
        var (node, taints) = nodes.Select(node => (Node: node, Taints: Taints.AllUntolerated(pod, node).ToList())).MinBy(pair => pair.Taints.Count);
        var texts = taints.Select(taint => $"{taint.Key}{(taint.Value is { Length: > 0 } value ? $"={value}" : "")}:{taint.Effect}");
        return $"Give the pod {(taints.Count == 1 ? "a toleration" : "tolerations")} for {string.Join(" and ", texts)}, or remove {(taints.Count == 1 ? "the taint" : "these taints")} from node {node.Name}.";
    }

    private static string ForCompany(PodDemand pod, NodeInfo node, Obstacle obstacle, Neighbours neighbours) => obstacle switch
    {
        _ when obstacle == Obstacle.NoPlace => $"Label nodes with {string.Join(", ", pod.Spread.Where(constraint => constraint.IsRequired).Select(constraint => constraint.TopologyKey).Distinct())}, over whose values the pod is to be spread.",
        _ when obstacle == Obstacle.Uneven => neighbours.Unevenness(pod, node),
        _ when obstacle == Obstacle.NoCompany => $"The pods that its podAffinity requires{Selected(pod.Affinity)} are on none of these nodes: start them first, or prefer their company instead of requiring it.",
        _ when obstacle == Obstacle.Company => $"Pods that its podAntiAffinity refuses{Selected(pod.AntiAffinity)} are on these nodes: add a node, or prefer instead of require that they are apart.",
        _ => "Pods on these nodes refuse its company by their podAntiAffinity: add a node, or change theirs.",
    };

    private static string ForStorage(Obstacle obstacle) => obstacle switch
    {
        _ when obstacle == Obstacle.StorageElsewhere => "A volume of the pod is kept on another node: the pod can be there alone; make room there, or give it another claim.",
        _ when obstacle == Obstacle.NoStorage => "Create a PersistentVolume of the claim's class, size and access modes, or use a storage class that provides volumes.",
        _ when obstacle == Obstacle.StorageInUse => "One pod at a time may use its claim (ReadWriteOncePod): the pod is bound when the other one is gone.",
        _ => "The volume of its claim is gone, with its data: delete the claim and create it again.",
    };

    private static string Selected(IReadOnlyList<PodTerm> terms) => terms is [{ Selector: { SelectsEverything: false } selector } term]
        ? $" ({selector} in the same {term.TopologyKey})"
        : "";

    private static string Text(string resource, long amount) => resource switch
    {
        "cpu" => Quantity.OfMilli(amount).ToString(),
        "memory" or "ephemeral-storage" => Quantity.OfBytes(amount).ToString(),
        _ => Quantity.Of(amount).ToString(),
    };
}
