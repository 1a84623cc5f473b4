using k8s;
using k8s.Models;
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
    public DeviceTaintRuleSpecView Spec { get; set; } = new();
    public DeviceTaintRuleStatusView? Status { get; set; }

    /// <summary>Whether it taints a device. Without a selector it taints none, by one that says nothing all.</summary>
    public bool Concerns(string driver, string pool, string device) => Spec.DeviceSelector is { } selector
        && (selector.Driver ?? driver) == driver && (selector.Pool ?? pool) == pool && (selector.Device ?? device) == device;
}

internal sealed record DeviceTaintRuleSpecView
{
    public DeviceTaintSelectorView? DeviceSelector { get; set; }
    public Taint Taint { get; set; } = new();
}

internal sealed record DeviceTaintSelectorView
{
    public string? Driver { get; set; }
    public string? Pool { get; set; }
    public string? Device { get; set; }
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
