using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>Why one node does not take a pod, in the order in which it is asked.</summary>
internal enum ObstacleKind
{
    Unschedulable,
    Taint,
    Affinity,
    Ports,
    Resources,
    Storage,
    Devices,
    Spread,
    Pods,
}

/// <summary>Why one node does not take a pod.</summary>
/// <param name="Kind">The first thing in the way.</param>
/// <param name="Reasons">In upstream's words.</param>
/// <param name="IsLasting">Whether it stays when pods on the node go.</param>
/// <param name="Advice">What would help, where that depends on more than the kind.</param>
internal readonly record struct Obstacle(ObstacleKind Kind, IReadOnlyList<string> Reasons, bool IsLasting = false, string? Advice = null)
{
    private static readonly string[] NotAllClaims = ["cannot allocate all claims"], ClaimElsewhere = ["resourceclaim not available on the node"];

    /// <summary>The node lacks the label over whose values pods are to be spread.</summary>
    public static readonly Obstacle NoPlace = new(ObstacleKind.Spread, ["node(s) didn't match pod topology spread constraints (missing required label)"], IsLasting: true);

    /// <summary>Pods would be spread too unevenly.</summary>
    public static readonly Obstacle Uneven = new(ObstacleKind.Spread, ["node(s) didn't match pod topology spread constraints"]);

    /// <summary>The pods are not there whose company the pod requires.</summary>
    public static readonly Obstacle NoCompany = new(ObstacleKind.Pods, ["node(s) didn't match pod affinity rules"], IsLasting: true);

    /// <summary>Pods are there whose company the pod refuses.</summary>
    public static readonly Obstacle Company = new(ObstacleKind.Pods, ["node(s) didn't match pod anti-affinity rules"]);

    /// <summary>Pods are there that refuse the pod's company.</summary>
    public static readonly Obstacle Unwelcome = new(ObstacleKind.Pods, ["node(s) didn't satisfy existing pods anti-affinity rules"]);

    /// <summary>A volume of the pod can be had on other nodes only.</summary>
    public static readonly Obstacle StorageElsewhere = new(ObstacleKind.Storage, ["node(s) didn't match PersistentVolume's node affinity"], IsLasting: true);

    /// <summary>There is no volume for a claim of the pod, and none can be provided.</summary>
    public static readonly Obstacle NoStorage = new(ObstacleKind.Storage, ["node(s) didn't find available persistent volumes to bind"], IsLasting: true);

    /// <summary>A claim of the pod has lost its volume.</summary>
    public static readonly Obstacle StorageMissing = new(ObstacleKind.Storage, ["node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"], IsLasting: true);

    /// <summary>Another pod has a claim that one pod at a time may have.</summary>
    public static readonly Obstacle StorageInUse =
        new(ObstacleKind.Storage, ["node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode"], IsLasting: true);

    private const int ExtendedShort = 16;
    private static readonly string[] Common = ["pods", "cpu", "memory", "ephemeral-storage"];
    private static readonly string[][] CommonShortages =
        [.. Enumerable.Range(0, ExtendedShort).Select(set => Common.Where((_, i) => (set >> i & 1) == 1).Select(ReasonFor).ToArray())];
    private static readonly string[] Cordoned = ["node(s) were unschedulable"];
    // Who tolerates the taint that a cordoned node gets is let in, as daemons do, whether it has it yet or not.
    private static readonly Taint Cordon = new() { Key = "node.kubernetes.io/unschedulable", Effect = "NoSchedule" };
    private static readonly string[] NoMatch = ["node(s) didn't match Pod's node affinity/selector"];
    private static readonly string[] NoPorts = ["node(s) didn't have free ports for the requested pod ports"];

    /// <summary>The devices that the pod claims are not there: it must not run without them.</summary>
    public static Obstacle NoDevices(string node, string lack) => new(ObstacleKind.Devices, NotAllClaims, IsLasting: true,
        $"On node {node}, {lack}: kubectl get resourceslices,resourceclaims -A shows what devices there are and who has them.");

    /// <summary>The devices that a claim of the pod has are on another node.</summary>
    public static Obstacle DevicesElsewhere(string claim) => new(ObstacleKind.Devices, ClaimElsewhere, IsLasting: true,
        $"The devices of claim {claim} are on another node, and other pods use it: make room there, or give the pod a claim of its own (resourceClaimTemplateName).");

    /// <summary>The first obstacle; null when the pod fits.</summary>
    public static Obstacle? Between(PodDemand pod, NodeInfo node, Neighbours neighbours, PodNeeds? needs = null) =>
        Between(pod, node) ?? needs?.Between(node) ?? neighbours.Between(pod, node);

    /// <summary>The first obstacle, other pods and claims aside; null when there is none.</summary>
    public static Obstacle? Between(PodDemand pod, NodeInfo node)
    {
        if (node.Unschedulable && !Cordon.IsTolerated(pod.Tolerations))
            return new(ObstacleKind.Unschedulable, Cordoned, IsLasting: true);
        if (node.Taints.Count > 0 && Taints.Untolerated(pod, node) is { } taint)
            return new(ObstacleKind.Taint, [$"node(s) had untolerated taint {{{taint.Key}: {taint.Value}}}"], IsLasting: true);
        if (!NodeAffinity.IsMet(pod, node))
            return new(ObstacleKind.Affinity, NoMatch, IsLasting: true);
        if (pod.HostPorts.Count > 0 && IsTaken(pod.HostPorts, node))
            return new(ObstacleKind.Ports, NoPorts);
        return ShortOf(pod.Requests, node) switch
        {
            0 => null,
            var common and < ExtendedShort => new Obstacle(ObstacleKind.Resources, CommonShortages[common]),
            _ => new Obstacle(ObstacleKind.Resources, [.. Shortages(pod.Requests, node).Select(ReasonFor)]),
        };
    }

    /// <summary>The resources that are short, by name.</summary>
    public static IEnumerable<string> Shortages(Amounts requests, NodeInfo node)
    {
        if (node.Requested.Pods + requests.Pods > node.Allocatable.Pods)
            yield return "pods";
        foreach (var resource in Named(requests))
            if (requests.Of(resource) > node.Allocatable.Of(resource) - node.Requested.Of(resource))
                yield return resource;
    }

    /// <summary>The resources that are requested.</summary>
    public static IEnumerable<string> Named(Amounts requests)
    {
        if (requests.MilliCpu > 0)
            yield return "cpu";
        if (requests.Memory > 0)
            yield return "memory";
        if (requests.Storage > 0)
            yield return "ephemeral-storage";
        foreach (var (name, amount) in requests.Extended)
            if (amount > 0)
                yield return name;
    }

    private static bool IsTaken(IReadOnlyList<HostPort> ports, NodeInfo node) => ports.Any(port => node.HostPorts.Exists(port.Conflicts));

    // The hot path, also of pods that fit nowhere: no allocation. A pod that requests none of a resource is not stopped by its shortage.
    private static int ShortOf(Amounts requests, NodeInfo node)
    {
        var (all, used) = (node.Allocatable, node.Requested);
        var set = used.Pods + requests.Pods > all.Pods ? 1 : 0;
        if (requests.MilliCpu > 0 && requests.MilliCpu > all.MilliCpu - used.MilliCpu)
            set |= 2;
        if (requests.Memory > 0 && requests.Memory > all.Memory - used.Memory)
            set |= 4;
        if (requests.Storage > 0 && requests.Storage > all.Storage - used.Storage)
            set |= 8;
        if (!requests.Extended.IsEmpty)
            foreach (var (name, amount) in requests.Extended)
                if (amount > 0 && amount > all.Of(name) - used.Of(name))
                    set |= ExtendedShort;
        return set;
    }

    private static string ReasonFor(string resource) => resource == "pods" ? "Too many pods" : $"Insufficient {resource}";
}
