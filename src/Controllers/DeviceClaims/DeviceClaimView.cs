using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api.Nodes;

namespace Slipway.Controllers;

/// <summary>A claim of devices reduced to what controllers read.</summary>
[KubernetesEntity(Group = "resource.k8s.io", Kind = "ResourceClaim", ApiVersion = "v1", PluralName = "resourceclaims")]
internal sealed class DeviceClaimView : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Holds a claim while devices are allocated to it.</summary>
    public const string Finalizer = "resource.kubernetes.io/delete-protection";

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DeviceClaimStatusView? Status { get; set; }

    public bool IsBeingDeleted => Metadata.DeletionTimestamp is not null;
    public bool IsAllocated => Status?.Allocation is not null;
    public IReadOnlyList<DeviceUserView> Users => Status?.ReservedFor ?? [];

    /// <summary>The pod that it was made for; null when it was made by somebody else.</summary>
    public V1OwnerReference? OwningPod => Metadata.ControllerOf() is { Kind: "Pod", ApiVersion: "v1" } pod ? pod : null;
}

internal sealed class DeviceClaimStatusView
{
    public DeviceAllocationView? Allocation { get; set; }
    public List<DeviceUserView>? ReservedFor { get; set; }
}

internal sealed class DeviceAllocationView
{
    public DeviceResultsView? Devices { get; set; }
}

internal sealed class DeviceResultsView
{
    public List<DeviceResultView>? Results { get; set; }
}

/// <summary>A device that a claim has been given.</summary>
internal sealed class DeviceResultView
{
    public string Driver { get; set; } = "";
    public string Pool { get; set; } = "";
    public string Device { get; set; } = "";
    public List<Toleration>? Tolerations { get; set; }
}

/// <summary>Who uses a claim.</summary>
internal sealed class DeviceUserView
{
    public string? ApiGroup { get; set; }
    public string Resource { get; set; } = "";
    public string Name { get; set; } = "";
    public string Uid { get; set; } = "";

    public bool IsPod => Resource == "pods" && ApiGroup is null or "";
}

/// <summary>What claims are made from, reduced to what controllers read.</summary>
[KubernetesEntity(Group = "resource.k8s.io", Kind = "ResourceClaimTemplate", ApiVersion = "v1", PluralName = "resourceclaimtemplates")]
internal sealed class DeviceClaimTemplateView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();

    /// <summary>Metadata and specification of the claims.</summary>
    public JsonObject? Spec { get; set; }
}

/// <summary>A claim of devices by which a pod asks for some, or what was made of it.</summary>
internal sealed class PodDeviceClaimView
{
    public string Name { get; set; } = "";

    /// <summary>The claim; null where one is made for the pod.</summary>
    public string? ResourceClaimName { get; set; }

    /// <summary>What the claim is made from.</summary>
    public string? ResourceClaimTemplateName { get; set; }
}
