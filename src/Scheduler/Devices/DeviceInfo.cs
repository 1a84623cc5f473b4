using Slipway.Api.Devices;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>A device that a driver offers. Immutable.</summary>
/// <param name="Id">Which one it is.</param>
/// <param name="View">What is told of it.</param>
/// <param name="Place">Where it can be used.</param>
/// <param name="Taints">Its own, and those that rules give it.</param>
internal sealed record DeviceInfo(DeviceId Id, DeviceView View, DevicePlace Place, IReadOnlyList<Taint> Taints)
{
    /// <summary>What selectors see of it; made when one asks.</summary>
    public DeviceFacts Facts => field ??= new(
        Id.Driver, View.Attributes, View.Capacity?.ToDictionary(pair => pair.Key, pair => pair.Value.Value ?? ""), IsShared);

    /// <summary>Whether claims share it, as far as its capacity lasts.</summary>
    public bool IsShared => View.AllowMultipleAllocations == true;

    /// <summary>Its capacities by domain and name, each with the name under which it is told. Of two of the same, the one that names the driver counts.</summary>
    public IReadOnlyDictionary<(string Domain, string Name), (string Told, DeviceCapacityView View)> Capacities => field ??= CapacitiesOf();

    /// <summary>Whether taints of it keep a request away.</summary>
    public bool Repels(IReadOnlyList<Toleration> tolerations) => Taints.Any(taint => taint.Forbids && !taint.IsTolerated(tolerations));

    /// <summary>The value of an attribute by which devices are compared; null when it has none.</summary>
    /// <param name="name">The attribute with its domain.</param>
    public object? Attribute(string name)
    {
        var wanted = DeviceFacts.Qualified(name, Id.Driver);
        foreach (var (key, value) in View.Attributes ?? [])
            if (DeviceFacts.Qualified(key, Id.Driver) == wanted)
                return value.Single;
        return null;
    }

    private Dictionary<(string, string), (string, DeviceCapacityView)> CapacitiesOf()
    {
        var capacities = new Dictionary<(string, string), (string, DeviceCapacityView)>();
        foreach (var (name, capacity) in View.Capacity ?? [])
            if (name.Contains('/'))
                capacities[DeviceFacts.Qualified(name, Id.Driver)] = (name, capacity);
            else
                capacities.TryAdd(DeviceFacts.Qualified(name, Id.Driver), (name, capacity));
        return capacities;
    }
}

/// <summary>Where devices can be used: on one node, on those that are selected, or everywhere.</summary>
/// <param name="Node">The node; null for none in particular.</param>
/// <param name="Selector">Which nodes; null for all where <paramref name="Node"/> is null too.</param>
internal readonly record struct DevicePlace(string? Node, NodeSelector? Selector)
{
    /// <summary>Whether a node is meant.</summary>
    public bool Includes(NodeInfo node) => Node is { } name ? name == node.Name : NodeAffinity.IsMet(Selector, node);
}
