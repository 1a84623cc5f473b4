using Slipway.Api;
using Slipway.Api.Devices;
using Slipway.Api.Nodes;

namespace Slipway.Scheduler;

/// <summary>A device that a driver offers. Immutable.</summary>
/// <param name="Id">Which one it is.</param>
/// <param name="View">What is told of it.</param>
/// <param name="Place">Where it can be used.</param>
internal sealed record DeviceInfo(DeviceId Id, DeviceView View, DevicePlace Place)
{
    /// <summary>What selectors see of it; made when one asks.</summary>
    public DeviceFacts Facts => field ??= new(
        Id.Driver, View.Attributes, View.Capacity?.ToDictionary(pair => pair.Key, pair => pair.Value.Value ?? ""), View.AllowMultipleAllocations == true);

    /// <summary>Whether it can be given away as it is. What has yet to be made ready after its allocation is not waited for.</summary>
    public bool IsReady => View.BindingConditions is null or [];

    /// <summary>Whether taints of it keep a request away.</summary>
    public bool Repels(IReadOnlyList<Toleration> tolerations) => View.Taints?.Exists(taint => taint.Forbids && !taint.IsTolerated(tolerations)) == true;

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

    /// <summary>Whether it has at least these quantities.</summary>
    public bool Holds(IReadOnlyDictionary<string, string> amounts)
    {
        foreach (var (name, least) in amounts)
        {
            var wanted = DeviceFacts.Qualified(name, Id.Driver);
            if (!Quantity.TryParse(least, out var needed)
                || View.Capacity?.FirstOrDefault(pair => DeviceFacts.Qualified(pair.Key, Id.Driver) == wanted).Value is not { Value: { } text }
                || !Quantity.TryParse(text, out var amount) || amount < needed)
                return false;
        }
        return true;
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
