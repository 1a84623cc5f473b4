using k8s;
using k8s.Models;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>A pod reduced to what scheduling reads: a fraction of the memory and decoding time of the full model.</summary>
[KubernetesEntity(Group = "", Kind = "Pod", ApiVersion = "v1", PluralName = "pods")]
internal sealed class PodView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public PodSpecView Spec { get; set; } = new();
    public PodStatusView? Status { get; set; }

    /// <summary>Whether its containers will never run again, so that it holds no resources.</summary>
    public bool HasEnded => Status?.Phase is "Succeeded" or "Failed";

    /// <summary>The node on which a place is kept for it; null when there is none.</summary>
    public string? NominatedNode => Status?.NominatedNodeName is { Length: > 0 } node ? node : null;

    // Of all pods that have a node: which one, and what they asked, has been taken in.
    private static readonly PodSpecView Placed = new() { NodeName = "-" };

    /// <summary>What to keep of it: all while it has no node, and then who it is and that it has one; the rest has been taken in.</summary>
    public PodView Trimmed() => Spec.NodeName is null or "" ? this : new()
    {
        ApiVersion = ApiVersion,
        Kind = Kind,
        Metadata = new() { Name = Metadata.Name, NamespaceProperty = Metadata.NamespaceProperty, Uid = Metadata.Uid, ResourceVersion = Metadata.ResourceVersion },
        Spec = Placed,
    };

    /// <summary>Whether it waits for a node from this scheduler.</summary>
    public bool WaitsForNode =>
        Spec.NodeName is null or "" && Metadata.DeletionTimestamp is null && !HasEnded
        && Spec.SchedulerName is null or "" or "default-scheduler" && Spec.SchedulingGates is null or [];
}

internal sealed class PodSpecView
{
    public string? NodeName { get; set; }
    public string? SchedulerName { get; set; }
    public int? Priority { get; set; }
    public string? PreemptionPolicy { get; set; }
    public Dictionary<string, string>? NodeSelector { get; set; }
    public AffinityView? Affinity { get; set; }
    public List<Toleration>? Tolerations { get; set; }
    public List<SpreadConstraintView>? TopologySpreadConstraints { get; set; }
    public List<ContainerView>? Containers { get; set; }
    public List<ContainerView>? InitContainers { get; set; }
    public Dictionary<string, string>? Overhead { get; set; }
    public ResourcesView? Resources { get; set; }
    public bool? HostNetwork { get; set; }
    public List<GateView>? SchedulingGates { get; set; }

    /// <summary>Those of its volumes that are claims of storage; null when it has none, as most.</summary>
    public List<PodVolumeView>? Volumes
    {
        get;
        set => field = value?.FindAll(static volume => volume.PersistentVolumeClaim is not null || volume.Ephemeral is not null) is { Count: > 0 } claims ? claims : null;
    }
    public SchedulingGroupView? SchedulingGroup { get; set; }
    public List<PodDeviceClaimView>? ResourceClaims { get; set; }
}

/// <summary>A claim of devices by which a pod asks for some, or what was made of it.</summary>
internal sealed class PodDeviceClaimView
{
    public string Name { get; set; } = "";

    /// <summary>The claim; null where one is made for the pod, and in the status where none is needed.</summary>
    public string? ResourceClaimName { get; set; }
}

internal sealed class PodVolumeView
{
    public string Name { get; set; } = "";
    public ClaimVolumeView? PersistentVolumeClaim { get; set; }
    public EphemeralVolumeView? Ephemeral { get; set; }
}

internal sealed class ClaimVolumeView
{
    public string ClaimName { get; set; } = "";
}

internal sealed class EphemeralVolumeView;

internal sealed class PodStatusView
{
    public string? Phase { get; set; }
    public DateTime? StartTime { get; set; }
    public string? NominatedNodeName { get; set; }
    public List<ConditionView>? Conditions { get; set; }
    public List<PodDeviceClaimView>? ResourceClaimStatuses { get; set; }
    public List<ContainerStatusView>? ContainerStatuses { get; set; }
    public List<ContainerStatusView>? InitContainerStatuses { get; set; }

    /// <summary>Whether its node can never give its containers the resources that they are to have now.</summary>
    public bool IsResizeInfeasible => Conditions?.Exists(static condition => condition is { Type: "PodResizePending", Reason: "Infeasible" }) == true;
}

internal sealed class ContainerStatusView
{
    public string? Name { get; set; }
    public ResourcesView? Resources { get; set; }
    public Dictionary<string, string>? AllocatedResources { get; set; }
}

internal sealed class ConditionView
{
    public string? Type { get; set; }
    public string? Status { get; set; }
    public string? Reason { get; set; }
    public string? Message { get; set; }
}

internal sealed class GateView
{
    public string? Name { get; set; }
}

internal sealed class ContainerView
{
    public string? Name { get; set; }
    public string? Image { get; set; }
    public ResourcesView? Resources { get; set; }
    public List<PortView>? Ports { get; set; }

    /// <summary><c>Always</c> makes an init container a sidecar.</summary>
    public string? RestartPolicy { get; set; }
}

internal sealed class ResourcesView
{
    public Dictionary<string, string>? Requests { get; set; }
    public Dictionary<string, string>? Limits { get; set; }
}

internal sealed class PortView
{
    public int? HostPort { get; set; }
    public int ContainerPort { get; set; }
    public string? HostIP { get; set; }
    public string? Protocol { get; set; }
}
