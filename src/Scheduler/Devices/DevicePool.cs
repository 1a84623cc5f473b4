using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>
/// Devices that a driver manages together: its newest generation, out of all slices that tell of it
/// (<see href="https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/resource-slice-v1/"/>). Immutable.
/// </summary>
internal sealed class DevicePool
{
    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    private DevicePool(string driver, string name) => (Driver, Name) = (driver, name);

    public string Driver { get; }

    public string Name { get; }

    /// <summary>Why nothing can be given away of it; null when it can.</summary>
    public string? Fault { get; private set; }

    /// <summary>Its devices, in the order in which they are told.</summary>
    public List<DeviceInfo> Devices { get; } = [];

    /// <summary>What its devices share, by set and counter.</summary>
    public Dictionary<(string Set, string Counter), Quantity> Counters { get; } = [];

    /// <summary>The pools that slices tell of, sorted by driver and name.</summary>
    /// <param name="slices">All slices.</param>
    /// <param name="rules">Rules that taint devices.</param>
    public static IReadOnlyList<DevicePool> Of(IEnumerable<DeviceSliceView> slices, IReadOnlyCollection<DeviceTaintRuleView> rules) =>
    [
        .. slices.GroupBy(slice => (slice.Spec.Driver, slice.Spec.Pool.Name))
            .OrderBy(group => group.Key.Driver, StringComparer.Ordinal).ThenBy(group => group.Key.Name, StringComparer.Ordinal)
            .Select(group => Of(group.Key.Driver, group.Key.Name, group, rules)),
    ];

    private static DevicePool Of(string driver, string name, IEnumerable<DeviceSliceView> slices, IReadOnlyCollection<DeviceTaintRuleView> rules)
    {
        var newest = slices.GroupBy(slice => slice.Spec.Pool.Generation).MaxBy(generation => generation.Key)!
            .OrderBy(slice => slice.Metadata.Name, StringComparer.Ordinal).ToList();
        var pool = new DevicePool(driver, name);
        if (newest.Count != newest[0].Spec.Pool.ResourceSliceCount)
            pool.Fault = $"resource pool {driver}/{name} is currently being updated";
        foreach (var slice in newest)
            pool.Add(slice.Spec, rules);
        return pool;
    }

    private void Add(DeviceSliceSpecView slice, IReadOnlyCollection<DeviceTaintRuleView> rules)
    {
        foreach (var set in slice.SharedCounters ?? [])
            foreach (var (counter, amount) in set.Counters ?? [])
                Counters[(set.Name ?? "", counter)] = Quantity.TryParse(amount.Value, out var value) ? value : Quantity.Zero;
        foreach (var view in slice.Devices ?? [])
        {
            var id = new DeviceId(Driver, Name, view.Name);
            var place = slice.PerDeviceNodeSelection == true
                ? new DevicePlace(view.NodeName, view.AllNodes == true ? null : view.NodeSelector)
                : new(slice.NodeName, slice.AllNodes == true ? null : slice.NodeSelector);
            var device = new DeviceInfo(id, view, place, [.. view.Taints ?? [], .. rules.Where(rule => rule.Spec.Concerns(Driver, Name, view.Name)).Select(rule => rule.Spec.Taint)]);
            if (!_names.Add(view.Name))
                Fault = $"resource pool {Driver}/{Name} is currently invalid: duplicate device name {view.Name}";
            Devices.Add(device);
        }
    }
}
