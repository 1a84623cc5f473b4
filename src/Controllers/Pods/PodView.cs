using System.Globalization;
using k8s;
using k8s.Models;
using Slipway.Api.Nodes;
using Slipway.Client;

namespace Slipway.Controllers;

/// <summary>A pod reduced to what the controllers read.</summary>
[KubernetesEntity(Group = "", Kind = "Pod", ApiVersion = "v1", PluralName = "pods")]
internal sealed class PodView : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Holds a pod of a Job until its end has been counted.</summary>
    public const string TrackingFinalizer = "batch.kubernetes.io/job-tracking";

    /// <summary>Annotation and label with the index of a pod of an indexed Job.</summary>
    public const string IndexKey = "batch.kubernetes.io/job-completion-index";

    private const string DeletionCostKey = "controller.kubernetes.io/pod-deletion-cost";
    private bool _deletionSent;

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public PodSpecView? Spec { get; set; }
    public PodStatusView? Status { get; set; }

    public string Uid => Metadata.Uid;
    public bool IsTracked => Metadata.Finalizers?.Contains(TrackingFinalizer) == true;
    public bool IsBeingDeleted => Metadata.DeletionTimestamp is not null || _deletionSent;
    public bool HasSucceeded => Status?.Phase == "Succeeded";
    public bool HasFailed => Status?.Phase == "Failed";
    public bool HasEnded => HasSucceeded || HasFailed;

    /// <summary>Whether its node has ended it for want of resources.</summary>
    public bool IsEvicted => HasFailed && Status!.Reason == "Evicted";

    /// <summary>Whether it counts as running: neither ended nor being deleted.</summary>
    public bool IsActive => !HasEnded && !IsBeingDeleted;

    public bool IsReady => ReadyCondition?.Status == "True";

    /// <summary>Since when it is ready; null when it is not, or nobody says.</summary>
    public DateTime? ReadySince => ReadyCondition is { Status: "True" } ready ? ready.LastTransitionTime : null;

    /// <summary>Node on which it runs; null while it has none.</summary>
    public string? NodeName => Spec?.NodeName is { Length: > 0 } name ? name : null;

    /// <summary>The one node that it may run on by its affinity, as pods of daemons have it; null when it may choose.</summary>
    public string? PinnedNode => Spec?.Affinity?.NodeAffinity?.RequiredDuringSchedulingIgnoredDuringExecution?.NodeSelectorTerms?
        .SelectMany(term => term.MatchFields ?? [])
        .FirstOrDefault(wanted => wanted is { Key: "metadata.name", Operator: "In", Values.Count: 1 })?.Values![0];

    /// <summary>Names of the claims of storage that it uses.</summary>
    public IEnumerable<string> ClaimNames =>
        (Spec?.Volumes ?? []).Select(volume => volume.PersistentVolumeClaim?.ClaimName ?? EphemeralClaim.NameOf(Metadata.Name, volume.Name));

    /// <summary>Restarts of all of its containers.</summary>
    public int Restarts => Containers.Sum(container => container.RestartCount);

    /// <summary>Its completion index; null when it has none.</summary>
    public int? Index => Metadata.Annotations is { } annotations && annotations.TryGetValue(IndexKey, out var text) && int.TryParse(text, out var index) && index >= 0 ? index : null;

    /// <summary>What its deletion costs beside that of others; 0 unless an annotation says so.</summary>
    public int DeletionCost => Metadata.Annotations is { } annotations && annotations.TryGetValue(DeletionCostKey, out var text)
        && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var cost) ? cost : 0;

    /// <summary>The owner that controls it.</summary>
    public V1OwnerReference? Controller => Metadata.ControllerOf();

    /// <summary>When it ended: when its last container did; of one that is being deleted when that began.</summary>
    public DateTime EndTime =>
        Containers.Select(container => container.State?.Terminated?.FinishedAt).Max()
        ?? (ReadyCondition is { Status: "False" } ended ? ended.LastTransitionTime : null)
        ?? Metadata.DeletionTimestamp?.AddSeconds(-(Metadata.DeletionGracePeriodSeconds ?? 0)) ?? Metadata.CreationTimestamp ?? DateTime.MinValue;

    private PodCondition? ReadyCondition => ConditionOf("Ready");

    /// <summary>What is told of its containers, then of those that ran before them.</summary>
    public IEnumerable<ContainerView> Containers => (Status?.ContainerStatuses ?? []).Concat(Status?.InitContainerStatuses ?? []);

    public PodCondition? ConditionOf(string type) => Status?.Conditions?.Find(condition => condition.Type == type);

    /// <summary>When it is available, having been ready for a while without a break; null as long as it is not ready.</summary>
    /// <param name="minReadySeconds">That while; 0 when being ready is enough.</param>
    public DateTime? AvailableFrom(int minReadySeconds) =>
        !IsReady ? null : minReadySeconds <= 0 ? DateTime.MinValue : ReadySince?.AddSeconds(minReadySeconds);

    /// <summary>Whether it has been ready for a while without a break.</summary>
    public bool IsAvailable(int minReadySeconds, DateTime now) => AvailableFrom(minReadySeconds) <= now;

    /// <summary>Pods by their namespace.</summary>
    public static InformerIndex<PodView> ByNamespace(Informer<PodView> pods) => pods.SharedIndex("namespace", static pod => [pod.Metadata.NamespaceProperty ?? ""]);

    /// <summary>Pods by the node on which they run.</summary>
    public static InformerIndex<PodView> ByNode(Informer<PodView> pods) => pods.SharedIndex("node", static pod => pod.NodeName is { } node ? [node] : []);

    /// <summary>The same pod, known to be on its way out although its watch does not tell yet.</summary>
    public PodView AsBeingDeleted()
    {
        var pod = (PodView)MemberwiseClone();
        pod._deletionSent = true;
        return pod;
    }
}

internal sealed class PodSpecView
{
    private static readonly List<Toleration> Usual =
    [
        new() { Key = "node.kubernetes.io/not-ready", Operator = "Exists", Effect = "NoExecute", TolerationSeconds = 300 },
        new() { Key = "node.kubernetes.io/unreachable", Operator = "Exists", Effect = "NoExecute", TolerationSeconds = 300 },
    ];

    public string? RestartPolicy { get; set; }
    public string? NodeName { get; set; }
    public string? Hostname { get; set; }
    public string? Subdomain { get; set; }
    public PodAffinityView? Affinity { get; set; }

    /// <summary>Those that admission gives to all pods are the same list for all.</summary>
    public List<Toleration>? Tolerations { get; set => field = value?.SequenceEqual(Usual) == true ? Usual : value; }

    public List<PodContainerView>? Containers { get; set; }
    public List<PodContainerView>? InitContainers { get; set; }

    /// <summary>Its claims of devices; null when it has none, as most.</summary>
    public List<PodDeviceClaimView>? ResourceClaims { get; set => field = value is { Count: > 0 } ? value : null; }

    /// <summary>Those of its volumes that are claims of storage; null when it has none, as most.</summary>
    public List<PodVolumeView>? Volumes { get; set => field = value?.FindAll(volume => volume.IsClaim) is { Count: > 0 } claims ? claims : null; }
}

internal sealed class PodVolumeView
{
    public string Name { get; set; } = "";
    public ClaimVolumeView? PersistentVolumeClaim { get; set; }
    public EphemeralVolumeView? Ephemeral { get; set; }

    public bool IsClaim => PersistentVolumeClaim is not null || Ephemeral is not null;
}

internal sealed class ClaimVolumeView
{
    public string ClaimName { get; set; } = "";
}

internal sealed class PodContainerView
{
    public string? RestartPolicy { get; set; }
    public List<PodPortView>? Ports { get; set; }
}

internal sealed class PodPortView
{
    public string? Name { get; set; }
    public string? Protocol { get; set; }
    public int ContainerPort { get; set; }
}

internal sealed class PodAffinityView
{
    public NodeAffinityView? NodeAffinity { get; set; }
}

internal sealed class NodeAffinityView
{
    public NodeSelector? RequiredDuringSchedulingIgnoredDuringExecution { get; set; }
}

internal sealed class PodStatusView
{
    public string? Phase { get; set; }
    public string? Reason { get; set; }
    public string? PodIP { get; set; }
    public List<PodAddressView>? PodIPs { get; set; }
    public List<PodCondition>? Conditions { get; set; }
    public List<PodDeviceClaimView>? ResourceClaimStatuses { get; set; }
    public List<ContainerView>? ContainerStatuses { get; set; }
    public List<ContainerView>? InitContainerStatuses { get; set; }
}

internal sealed class PodAddressView
{
    public string? Ip { get; set; }
}

internal sealed class PodCondition
{
    public string? Type { get; set; }
    public string? Status { get; set; }
    public string? Reason { get; set; }
    public DateTime? LastTransitionTime { get; set; }
}

internal sealed class ContainerView
{
    public string? Name { get; set; }
    public int RestartCount { get; set; }
    public ContainerState? State { get; set; }
}

internal sealed class ContainerState
{
    public ContainerEnd? Terminated { get; set; }
}

internal sealed class ContainerEnd
{
    public int ExitCode { get; set; }
    public DateTime? FinishedAt { get; set; }
}
