using k8s;
using k8s.Models;
using Slipway.Api.Devices;
using Slipway.Api.Nodes;

namespace Slipway.Controllers;

/// <summary>Devices that a driver offers, reduced to what their taints say.</summary>
[KubernetesEntity(Group = "resource.k8s.io", Kind = "ResourceSlice", ApiVersion = "v1", PluralName = "resourceslices")]
internal sealed class DeviceSliceView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DeviceSliceSpecView Spec { get; set; } = new();

    /// <summary>Whether it has a device that pods may have to leave.</summary>
    public bool Evicts => Spec.Devices?.Exists(device => device.Taints?.Exists(DeviceTaints.Evicts) == true) == true;
}

internal sealed class DeviceSliceSpecView
{
    public string Driver { get; set; } = "";
    public DevicePoolView Pool { get; set; } = new();
    public List<DeviceView>? Devices { get; set; }
}

internal sealed class DevicePoolView
{
    public string Name { get; set; } = "";
    public long Generation { get; set; }
}

internal sealed class DeviceView
{
    public string Name { get; set; } = "";
    public List<Taint>? Taints { get; set; }
}

/// <summary>A rule that taints devices, reduced to what its controllers read.</summary>
[KubernetesEntity(Group = "resource.k8s.io", Kind = "DeviceTaintRule", ApiVersion = "v1", PluralName = "devicetaintrules")]
internal sealed class DeviceTaintRuleView : IKubernetesObject<V1ObjectMeta>
{
    public string? ApiVersion { get; set; }
    public string? Kind { get; set; }
    public V1ObjectMeta Metadata { get; set; } = new();
    public DeviceTaintRuleSpec Spec { get; set; } = new();
    public DeviceTaintRuleStatusView? Status { get; set; }
}

internal sealed class DeviceTaintRuleStatusView
{
    public List<RuleCondition>? Conditions { get; set; }
}

/// <summary>A condition of a rule.</summary>
internal sealed record RuleCondition
{
    public string Type { get; init; } = "";
    public string Status { get; init; } = "";
    public string Reason { get; init; } = "";
    public string Message { get; init; } = "";
    public long? ObservedGeneration { get; init; }
    public DateTime? LastTransitionTime { get; init; }

    /// <summary>What it says, whenever it said so first.</summary>
    public RuleCondition WithoutTime() => this with { LastTransitionTime = null };
}
