using System.Collections.Immutable;
using System.Text.Json;
using k8s.Models;
using Slipway.Api;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>A port of the node that a pod takes.</summary>
/// <param name="Address">Address of the node; empty for all.</param>
/// <param name="Protocol"><c>TCP</c>, <c>UDP</c> or <c>SCTP</c>.</param>
/// <param name="Port">The port.</param>
internal readonly record struct HostPort(string Address, string Protocol, int Port)
{
    /// <summary>Whether both cannot be had at once.</summary>
    public bool Conflicts(HostPort other) =>
        Port == other.Port && Protocol == other.Protocol && (Address == other.Address || Address.Length == 0 || other.Address.Length == 0);
}

/// <summary>What one pod asks of a node. Immutable; computed once for each version of the pod.</summary>
internal sealed record PodDemand
{
    // As upstream: pods that request nothing are still spread.
    private const long AssumedMilliCpu = 100;
    private const long AssumedMemory = 200 * 1024 * 1024;

    private static readonly IReadOnlyDictionary<string, string> Nothing = ImmutableDictionary<string, string>.Empty;

    public required ObjectKey Key { get; init; }
    public required string Uid { get; init; }
    public required int Priority { get; init; }

    /// <summary>Requests; <see cref="Amounts.Pods"/> is 1.</summary>
    public required Amounts Requests { get; init; }

    /// <summary>CPU and memory as scores count them, assumed where nothing is requested.</summary>
    public required (long MilliCpu, long Memory) Weight { get; init; }
    public required IReadOnlyList<HostPort> HostPorts { get; init; }
    public required IReadOnlyList<Toleration> Tolerations { get; init; }
    public required IReadOnlyDictionary<string, string>? NodeSelector { get; init; }
    public required NodeAffinityView? NodeAffinity { get; init; }
    public required IReadOnlyDictionary<string, string> Labels { get; init; }

    /// <summary>What it requires of nodes, in one text; empty when that is nothing.</summary>
    public string NodeAffinityKey => NodeSelector is null && NodeAffinity is null ? ""
        : $"{string.Join(',', (NodeSelector ?? Nothing).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"))}/{(NodeAffinity is null ? "" : JsonSerializer.Serialize(NodeAffinity, SchedulerJson.Default.NodeAffinityView))}";

    /// <summary>Places where pods must be that these terms select.</summary>
    public required IReadOnlyList<PodTerm> Affinity { get; init; }

    /// <summary>Places where no pod may be that these terms select.</summary>
    public required IReadOnlyList<PodTerm> AntiAffinity { get; init; }

    /// <summary>What it prefers of the pods around it; negative weights are what it avoids.</summary>
    public required IReadOnlyList<PodTerm> Preferences { get; init; }
    public required IReadOnlyList<SpreadConstraint> Spread { get; init; }

    /// <summary>The images of its containers, as they are written.</summary>
    public required IReadOnlyList<string> Images { get; init; }

    /// <summary>The claims of storage that it uses.</summary>
    public required IReadOnlyList<PodClaim> Claims { get; init; }

    /// <summary>The keys of <see cref="Claims"/>.</summary>
    public IEnumerable<ObjectKey> ClaimKeys => Claims.Count == 0 ? [] : Claims.Select(claim => new ObjectKey(Key.Namespace, claim.Name));

    /// <summary>The claims of devices that it uses (<c>spec.resourceClaims</c>); none for most.</summary>
    public IReadOnlyList<PodDeviceClaim> Devices { get; init; } = [];

    /// <summary>Whether pods of lower priority may be removed for it.</summary>
    public required bool MayPreempt { get; init; }

    /// <summary>Whether it is being deleted.</summary>
    public required bool IsTerminating { get; init; }

    /// <summary>When it was started; null when it was not.</summary>
    public required DateTime? StartedAt { get; init; }

    /// <summary>The group with which it is scheduled; null when it is none's.</summary>
    public ObjectKey? Group { get; init; }

    /// <summary>Whether it matters for it which pods are where.</summary>
    public bool HeedsPods => Affinity.Count > 0 || AntiAffinity.Count > 0 || (Spread.Count > 0 && Spread.Any(static constraint => constraint.IsRequired));

    /// <summary>
    /// What of it counts once it has a node, which is kept for every pod of the cluster: what it asked of nodes has been answered.
    /// </summary>
    /// <param name="labels">Gives for its labels the one copy of them that all pods share.</param>
    public PodDemand Placed(SharedLabels labels) => this with { Labels = labels.Share(Labels), Tolerations = [], NodeSelector = null, NodeAffinity = null, Images = [], Spread = [], Devices = [] };

    /// <summary>Whether another version of the pod counts the same for every other pod.</summary>
    public bool CountsAs(PodDemand other) =>
        Uid == other.Uid && Priority == other.Priority && StartedAt == other.StartedAt && Requests.Equals(other.Requests)
        && LooksLike(other);

    /// <summary>Whether another version of the pod is the same company for other pods.</summary>
    public bool LooksLike(PodDemand other) => IsTerminating == other.IsTerminating && AreSame(Labels, other.Labels);

    /// <summary>Whether labels are the same.</summary>
    public static bool AreSame(IReadOnlyDictionary<string, string> some, IReadOnlyDictionary<string, string> others) =>
        some.Count == others.Count && some.All(label => others.TryGetValue(label.Key, out var value) && value == label.Value);

    public static PodDemand Of(PodView pod)
    {
        var spec = pod.Spec;
        var requests = RequestsOf(pod);
        var ns = pod.Metadata.NamespaceProperty ?? "";
        var labels = LabelsOf(pod.Metadata);
        return new()
        {
            Key = new(ns, pod.Metadata.Name),
            Uid = pod.Metadata.Uid ?? "",
            Priority = spec.Priority ?? 0,
            Requests = requests with { Pods = 1 },
            Weight = (requests.MilliCpu == 0 ? AssumedMilliCpu : requests.MilliCpu, requests.Memory == 0 ? AssumedMemory : requests.Memory),
            HostPorts = HostPortsOf(spec) is { Count: > 0 } ports ? ports : [],
            Tolerations = spec.Tolerations ?? [],
            NodeSelector = spec.NodeSelector is { Count: > 0 } selector ? selector : null,
            NodeAffinity = spec.Affinity?.NodeAffinity,
            Labels = labels,
            Affinity = PodTerm.Required(spec.Affinity?.PodAffinity, ns, labels),
            AntiAffinity = PodTerm.Required(spec.Affinity?.PodAntiAffinity, ns, labels),
            Preferences = spec.Affinity is { } affinity
                ?
                [
                    .. PodTerm.Preferred(affinity.PodAffinity, ns, labels),
                    .. PodTerm.Preferred(affinity.PodAntiAffinity, ns, labels).Select(term => term with { Weight = -term.Weight }),
                ]
                : [],
            Spread = spec.TopologySpreadConstraints is { Count: > 0 } constraints ? SpreadConstraint.Of(constraints, labels)
                : string.IsNullOrEmpty(spec.NodeName) ? SpreadConstraint.Defaults(OwnerKindOf(pod.Metadata), labels) : [],
            Images = [.. from container in spec.Containers ?? [] where container.Image is { Length: > 0 } select container.Image],
            Claims = PodClaim.Of(pod),
            Devices = PodDeviceClaim.Of(pod),
            MayPreempt = spec.PreemptionPolicy != "Never",
            IsTerminating = pod.Metadata.DeletionTimestamp is not null,
            StartedAt = pod.Status?.StartTime,
            Group = GroupOf(pod),
        };
    }

    /// <summary>The group that a pod names; null when it names none.</summary>
    public static ObjectKey? GroupOf(PodView pod) =>
        pod.Spec.SchedulingGroup?.PodGroupName is { Length: > 0 } group ? new(pod.Metadata.NamespaceProperty ?? "", group) : null;

    private static string? OwnerKindOf(V1ObjectMeta metadata)
    {
        foreach (var owner in metadata.OwnerReferences ?? [])
            if (owner.Controller == true)
                return owner.Kind;
        return null;
    }

    /// <summary>The labels of an object; empty when it has none.</summary>
    public static IReadOnlyDictionary<string, string> LabelsOf(V1ObjectMeta metadata) =>
        (IReadOnlyDictionary<string, string>?)metadata.Labels?.AsReadOnly() ?? ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// All containers run together with all sidecars; init containers run one after the other, each together with
    /// the sidecars before it. The pod needs the larger of both, and its overhead.
    /// (<see href="https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/#resource-sharing-within-containers"/>)
    /// </summary>
    private static Amounts RequestsOf(PodView pod)
    {
        var (spec, status) = (pod.Spec, pod.Status);
        var sidecars = Amounts.None;
        var starting = Amounts.None;
        foreach (var container in spec.InitContainers ?? [])
        {
            if (container.RestartPolicy == "Always")
            {
                sidecars += RequestsOf(container, status, status?.InitContainerStatuses);
                starting = Amounts.Max(starting, sidecars);
            }
            else
                starting = Amounts.Max(starting, sidecars + RequestsOf(container.Resources));
        }
        var running = sidecars;
        foreach (var container in spec.Containers ?? [])
            running += RequestsOf(container, status, status?.ContainerStatuses);
        var total = Amounts.Max(starting, running);

        // Requests of the pod as a whole stand above those of its containers.
        if (spec.Resources is { Requests.Count: > 0 })
        {
            var whole = RequestsOf(spec.Resources);
            total = total with
            {
                MilliCpu = spec.Resources.Requests.ContainsKey("cpu") ? whole.MilliCpu : total.MilliCpu,
                Memory = spec.Resources.Requests.ContainsKey("memory") ? whole.Memory : total.Memory,
            };
        }
        return spec.Overhead is { Count: > 0 } ? total + Amounts.Read(spec.Overhead) : total;
    }

    // What a container has counts until it has given it back, and what it is to have unless its node can never give it
    // (component-helpers' resource.PodRequests with UseStatusResources).
    private static Amounts RequestsOf(ContainerView container, PodStatusView? status, List<ContainerStatusView>? statuses)
    {
        var asked = RequestsOf(container.Resources);
        if (statuses?.Find(one => one.Name == container.Name) is not { Resources: { } given, AllocatedResources: var allocated })
            return asked;
        var held = Amounts.Max(Amounts.Read(given.Requests), Amounts.Read(allocated));
        return status!.IsResizeInfeasible ? held : Amounts.Max(asked, held);
    }

    // A limit without a request is requested too.
    private static Amounts RequestsOf(ResourcesView? resources) => resources switch
    {
        null => Amounts.None,
        { Limits: null or { Count: 0 } } => Amounts.Read(resources.Requests),
        { Requests: null or { Count: 0 } } => Amounts.Read(resources.Limits),
        _ => Amounts.Read(resources.Limits.Where(limit => !resources.Requests.ContainsKey(limit.Key)).Concat(resources.Requests)),
    };

    private static List<HostPort> HostPortsOf(PodSpecView spec)
    {
        var ports = new List<HostPort>();
        foreach (var container in (spec.Containers ?? []).Concat((spec.InitContainers ?? []).Where(init => init.RestartPolicy == "Always")))
            foreach (var port in container.Ports ?? [])
            {
                var number = port.HostPort is { } host and not 0 ? host : spec.HostNetwork == true ? port.ContainerPort : 0;
                if (number > 0)
                    ports.Add(new(port.HostIP is null or "0.0.0.0" ? "" : port.HostIP, port.Protocol ?? "TCP", number));
            }
        return ports;
    }
}
