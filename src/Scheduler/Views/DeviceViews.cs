using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Slipway.Api.Devices;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>A claim of devices reduced to what scheduling reads.</summary>
[KubernetesEntity(Group = "resource.k8s.io", Kind = "ResourceClaim", ApiVersion = "v1", PluralName = "resourceclaims")]
internal sealed class DeviceClaimView : IKubernetesObject<V1ObjectMeta>
{
    /// <summary>Holds a claim while devices are allocated to it.</summary>
    public const string Finalizer = "resource.kubernetes.io/delete-protection";

    // ResourceClaimReservedForMaxSize of resource.k8s.io/v1.
    private const int MostUsers = 256;

    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DeviceClaimSpecView Spec { get; set; } = new();
    public DeviceClaimStatusView? Status { get; set; }

    /// <summary>What is allocated to it; null for nothing.</summary>
    public DeviceAllocationView? Allocation => Status?.Allocation;

    /// <summary>Whether it may be used by a pod as well.</summary>
    public bool CanBeUsedBy(string pod) => Status?.ReservedFor is not { } users || users.Count < MostUsers || IsUsedBy(pod);

    /// <summary>Whether it is kept for a pod, by its UID.</summary>
    public bool IsUsedBy(string pod) => Status?.ReservedFor?.Exists(user => user.Uid == pod) == true;

    /// <summary>Whether nobody uses it, a pod aside.</summary>
    public bool IsUnusedBut(string pod) => Status?.ReservedFor?.TrueForAll(user => user.Uid == pod) != false;

    /// <summary>Whether it was made for a pod.</summary>
    public bool IsOwnedBy(string pod) => Metadata.OwnerReferences?.Any(owner => owner.Controller == true && owner.Uid == pod) == true;
}

internal sealed class DeviceClaimSpecView
{
    public DeviceClaimDevicesView? Devices { get; set; }
}

internal sealed class DeviceClaimDevicesView
{
    public List<DeviceRequestView>? Requests { get; set; }
    public List<DeviceConstraintView>? Constraints { get; set; }

    /// <summary>Settings that only drivers understand.</summary>
    public JsonArray? Config { get; set; }
}

/// <summary>A request, or one of the alternatives of a request.</summary>
internal sealed class DeviceRequestView
{
    public string Name { get; set; } = "";

    /// <summary>What is asked for; null where there are alternatives.</summary>
    public DeviceRequestView? Exactly { get; set; }

    /// <summary>Alternatives, the best one first.</summary>
    public List<DeviceRequestView>? FirstAvailable { get; set; }
    public string? DeviceClassName { get; set; }
    public List<DeviceSelectorView>? Selectors { get; set; }
    public string? AllocationMode { get; set; }
    public long? Count { get; set; }
    public bool? AdminAccess { get; set; }
    public List<Toleration>? Tolerations { get; set; }
    public DeviceCapacityRequestView? Capacity { get; set; }
}

internal sealed class DeviceCapacityRequestView
{
    public Dictionary<string, string>? Requests { get; set; }
}

internal sealed class DeviceSelectorView
{
    public DeviceExpressionView? Cel { get; set; }
}

internal sealed class DeviceExpressionView
{
    public string? Expression { get; set; }
}

internal sealed class DeviceConstraintView
{
    /// <summary>The requests that it concerns; all when it names none.</summary>
    public List<string>? Requests { get; set; }
    public string? MatchAttribute { get; set; }
    public string? DistinctAttribute { get; set; }
}

internal sealed class DeviceClaimStatusView
{
    public DeviceAllocationView? Allocation { get; set; }
    public List<DeviceUserView>? ReservedFor { get; set; }

    /// <summary>What drivers tell of the devices.</summary>
    public List<DeviceStatusView>? Devices { get; set; }
}

internal sealed class DeviceStatusView
{
    public string Driver { get; set; } = "";
    public string Pool { get; set; } = "";
    public string Device { get; set; } = "";
    public string? ShareID { get; set; }
    public List<DeviceConditionView>? Conditions { get; set; }
}

internal sealed class DeviceConditionView
{
    public string Type { get; set; } = "";
    public string Status { get; set; } = "";
    public string? Reason { get; set; }
    public string? Message { get; set; }
}

internal sealed class DeviceUserView
{
    public string? Uid { get; set; }
}

internal sealed class DeviceAllocationView
{
    public DeviceResultsView? Devices { get; set; }
    public DateTime? AllocationTimestamp { get; set; }

    /// <summary>Where the devices can be used; everywhere when null.</summary>
    public NodeSelector? NodeSelector { get; set; }
}

internal sealed class DeviceResultsView
{
    public List<DeviceResultView>? Results { get; set; }
}

internal sealed class DeviceResultView
{
    public string Driver { get; set; } = "";
    public string Pool { get; set; } = "";
    public string Device { get; set; } = "";
    public bool? AdminAccess { get; set; }

    /// <summary>Tells this share of a device from others; null where there is one.</summary>
    public string? ShareID { get; set; }
    public Dictionary<string, string>? ConsumedCapacity { get; set; }
    public List<string>? BindingConditions { get; set; }
    public List<string>? BindingFailureConditions { get; set; }
}

/// <summary>A class of devices reduced to what scheduling reads.</summary>
[KubernetesEntity(Group = "resource.k8s.io", Kind = "DeviceClass", ApiVersion = "v1", PluralName = "deviceclasses")]
internal sealed class DeviceClassView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DeviceClassSpecView Spec { get; set; } = new();
}

internal sealed class DeviceClassSpecView
{
    public List<DeviceSelectorView>? Selectors { get; set; }

    /// <summary>Settings that only drivers understand.</summary>
    public JsonArray? Config { get; set; }
}

/// <summary>Devices that a driver offers, reduced to what scheduling reads.</summary>
[KubernetesEntity(Group = "resource.k8s.io", Kind = "ResourceSlice", ApiVersion = "v1", PluralName = "resourceslices")]
internal sealed class DeviceSliceView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DeviceSliceSpecView Spec { get; set; } = new();
}

internal sealed class DeviceSliceSpecView
{
    public string Driver { get; set; } = "";
    public DevicePoolView Pool { get; set; } = new();
    public string? NodeName { get; set; }
    public bool? AllNodes { get; set; }
    public NodeSelector? NodeSelector { get; set; }
    public bool? PerDeviceNodeSelection { get; set; }
    public List<DeviceView>? Devices { get; set; }
    public List<DeviceCountersView>? SharedCounters { get; set; }
}

internal sealed class DevicePoolView
{
    public string Name { get; set; } = "";
    public long Generation { get; set; }
    public long ResourceSliceCount { get; set; }
}

internal sealed class DeviceView
{
    public string Name { get; set; } = "";
    public Dictionary<string, DeviceAttribute>? Attributes { get; set; }
    public Dictionary<string, DeviceCapacityView>? Capacity { get; set; }
    public string? NodeName { get; set; }
    public bool? AllNodes { get; set; }
    public NodeSelector? NodeSelector { get; set; }
    public List<Taint>? Taints { get; set; }
    public List<DeviceCountersView>? ConsumesCounters { get; set; }
    public bool? AllowMultipleAllocations { get; set; }
    public bool? BindsToNode { get; set; }
    public List<string>? BindingConditions { get; set; }
    public List<string>? BindingFailureConditions { get; set; }
}

internal sealed class DeviceCapacityView
{
    public string? Value { get; set; }
    public DeviceRequestPolicyView? RequestPolicy { get; set; }
}

/// <summary>What a request may consume of a capacity, as quantities.</summary>
internal sealed class DeviceRequestPolicyView
{
    /// <summary>For who asks for nothing; all when null.</summary>
    public string? Default { get; set; }

    /// <summary>The only ones that there are, from the least.</summary>
    public List<string>? ValidValues { get; set; }
    public DeviceRangeView? ValidRange { get; set; }
}

internal sealed class DeviceRangeView
{
    public string? Min { get; set; }
    public string? Max { get; set; }
    public string? Step { get; set; }
}

/// <summary>Counters that devices of a pool share, or what one device takes of them.</summary>
internal sealed class DeviceCountersView
{
    public string? Name { get; set; }
    public string? CounterSet { get; set; }
    public Dictionary<string, DeviceCapacityView>? Counters { get; set; }
}

/// <summary>A rule that taints devices, reduced to what scheduling reads.</summary>
[KubernetesEntity(Group = "resource.k8s.io", Kind = "DeviceTaintRule", ApiVersion = "v1", PluralName = "devicetaintrules")]
internal sealed class DeviceTaintRuleView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DeviceTaintRuleSpec Spec { get; set; } = new();
}
