using Slipway.Api.Nodes;

namespace Slipway.Controllers;

/// <summary>When pods have to leave a claim's devices.</summary>
/// <param name="When">The time.</param>
/// <param name="Rules">UIDs of the rules that are among the reasons.</param>
internal sealed record DeviceEviction(DateTime When, IReadOnlyList<string> Rules)
{
    /// <summary>The earlier of two, for the reasons of both.</summary>
    public static DeviceEviction? Of(DeviceEviction? one, DeviceEviction? other) =>
        one is null || other is null ? one ?? other : new(one.When < other.When ? one.When : other.When, [.. one.Rules.Union(other.Rules)]);
}

/// <summary>The taints of devices that pods have to leave (<c>NoExecute</c>): those of their drivers and those of rules. Immutable.</summary>
internal sealed class DeviceTaints
{
    private readonly Dictionary<(string Driver, string Pool, string Device), List<Taint>> _byDevice = [];
    private readonly List<DeviceTaintRuleView> _rules;

    /// <summary>Reads them.</summary>
    public DeviceTaints(IEnumerable<DeviceSliceView> slices, IEnumerable<DeviceTaintRuleView> rules)
    {
        _rules = [.. rules.Where(rule => Evicts(rule.Spec.Taint))];
        foreach (var (driver, pool, device) in Published(slices))
            if (device.Taints?.FindAll(Evicts) is { Count: > 0 } taints)
                _byDevice[(driver, pool, device.Name)] = taints;
    }

    /// <summary>The devices that drivers offer. Of a pool the newest generation counts.</summary>
    public static IEnumerable<(string Driver, string Pool, DeviceView Device)> Published(IEnumerable<DeviceSliceView> slices)
    {
        foreach (var pool in slices.GroupBy(slice => (slice.Spec.Driver, slice.Spec.Pool.Name)))
        {
            var newest = pool.Max(slice => slice.Spec.Pool.Generation);
            foreach (var device in pool.Where(slice => slice.Spec.Pool.Generation == newest).SelectMany(slice => slice.Spec.Devices ?? []))
                yield return (pool.Key.Driver, pool.Key.Name, device);
        }
    }

    /// <summary>Whether pods have to leave what bears the taint.</summary>
    public static bool Evicts(Taint taint) => taint.Effect == "NoExecute";

    /// <summary>When the pods that use a claim have to go; null when they may stay.</summary>
    public DeviceEviction? EvictionOf(DeviceClaimView claim)
    {
        DeviceEviction? eviction = null;
        foreach (var device in claim.Status?.Allocation?.Devices?.Results ?? [])
        {
            foreach (var taint in _byDevice.GetValueOrDefault((device.Driver, device.Pool, device.Device)) ?? [])
                eviction = DeviceEviction.Of(eviction, EvictionBy(taint, device, []));
            foreach (var rule in _rules)
                if (rule.Spec.Concerns(device.Driver, device.Pool, device.Device))
                    eviction = DeviceEviction.Of(eviction, EvictionBy(rule.Spec.Taint, device, [rule.Metadata.Uid]));
        }
        return eviction;
    }

    /// <summary>When a pod has to go; null when it may stay.</summary>
    /// <param name="pod">The pod.</param>
    /// <param name="claimOf">The claims of its namespace by name.</param>
    public DeviceEviction? EvictionOf(PodView pod, Func<string, DeviceClaimView?> claimOf)
    {
        DeviceEviction? eviction = null;
        if (pod is { NodeName: not null, IsActive: true })
            foreach (var name in PodDeviceClaim.NamesOf(pod).Distinct(StringComparer.Ordinal))
                if (claimOf(name) is { } claim && claim.Users.Any(user => user.IsPod && user.Uid == pod.Uid))
                    eviction = DeviceEviction.Of(eviction, EvictionOf(claim));
        return eviction;
    }

    // Of tolerations for a time the shortest counts; one without end is for ever.
    private static DeviceEviction? EvictionBy(Taint taint, DeviceResultView device, IReadOnlyList<string> rules)
    {
        var bearing = (device.Tolerations ?? []).FindAll(toleration => toleration.Effect == taint.Effect && toleration.Tolerates(taint));
        if (bearing.Exists(toleration => toleration.TolerationSeconds is null))
            return null;
        var seconds = bearing.Count == 0 ? 0 : Math.Max(bearing.Min(toleration => toleration.TolerationSeconds!.Value), 0);
        return new((taint.TimeAdded ?? DateTime.MinValue).AddSeconds(seconds), rules);
    }
}
