using Slipway.Api.Nodes;

namespace Slipway.Api.Devices;

/// <summary>What a DeviceTaintRule asks for (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#device-taints-and-tolerations"/>).</summary>
public sealed record DeviceTaintRuleSpec
{
    /// <summary>The devices that are meant; none when null.</summary>
    public DeviceTaintSelector? DeviceSelector { get; set; }

    /// <summary>The taint that they get.</summary>
    public Taint Taint { get; set; } = new();

    /// <summary>Whether it taints a device. Without a selector it taints none, by one that says nothing all.</summary>
    public bool Concerns(string driver, string pool, string device) => DeviceSelector is { } selector
        && (selector.Driver ?? driver) == driver && (selector.Pool ?? pool) == pool && (selector.Device ?? device) == device;
}

/// <summary>Devices by where they are; what is null leaves the choice open.</summary>
public sealed record DeviceTaintSelector
{
    /// <summary>Name of their driver.</summary>
    public string? Driver { get; set; }

    /// <summary>Name of their pool.</summary>
    public string? Pool { get; set; }

    /// <summary>Name of the one device.</summary>
    public string? Device { get; set; }
}
