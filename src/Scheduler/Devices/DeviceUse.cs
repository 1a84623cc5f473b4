using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>Which devices are given away, or how much of them.</summary>
internal sealed class DeviceUse
{
    private readonly Dictionary<DeviceId, List<DeviceTake>> _takes = [];

    /// <summary>Whether a claim has the device, or a share of it.</summary>
    public bool Includes(DeviceId device) => _takes.ContainsKey(device);

    /// <summary>Whether a claim has the device to itself.</summary>
    public bool IsWhole(DeviceId device) => _takes.TryGetValue(device, out var takes) && takes.Exists(take => take.Share is null);

    /// <summary>What those who share a device consume of one of its capacities.</summary>
    public Quantity Consumed(DeviceId device, (string Domain, string Name) capacity)
    {
        var sum = Quantity.Zero;
        foreach (var take in _takes.GetValueOrDefault(device) ?? [])
            if (take.Share?.TryGetValue(capacity, out var amount) == true)
                sum += amount;
        return sum;
    }

    public void Add(IEnumerable<DeviceTake> takes)
    {
        foreach (var take in takes)
            if (_takes.TryGetValue(take.Device, out var known))
                known.Add(take);
            else
                _takes[take.Device] = [take];
    }

    /// <summary>Takes back what was added, the same or one that consumes as much.</summary>
    public void Remove(IEnumerable<DeviceTake> takes)
    {
        foreach (var take in takes)
        {
            var known = _takes[take.Device];
            known.RemoveAt(known.FindIndex(other => AreAlike(other.Share, take.Share)));
            if (known.Count == 0)
                _takes.Remove(take.Device);
        }
    }

    /// <summary>What is left of a pool's counters, by set and counter.</summary>
    public Dictionary<(string Set, string Counter), Quantity> CountersLeft(DevicePool pool)
    {
        var left = new Dictionary<(string, string), Quantity>(pool.Counters);
        foreach (var device in pool.Devices)
            if (Includes(device.Id))
                foreach (var (counter, amount) in Counted(device))
                    left[counter] = left.GetValueOrDefault(counter) - amount;
        return left;
    }

    /// <summary>What a device takes of its pool's counters, however many share it.</summary>
    public static IEnumerable<((string Set, string Counter) Counter, Quantity Amount)> Counted(DeviceInfo device)
    {
        foreach (var set in device.View.ConsumesCounters ?? [])
            foreach (var (counter, amount) in set.Counters ?? [])
                if (Quantity.TryParse(amount.Value, out var value))
                    yield return ((set.CounterSet ?? "", counter), value);
    }

    private static bool AreAlike(IReadOnlyDictionary<(string, string), Quantity>? one, IReadOnlyDictionary<(string, string), Quantity>? other) =>
        ReferenceEquals(one, other) || (one is not null && other is not null && one.Count == other.Count
            && one.All(pair => other.TryGetValue(pair.Key, out var amount) && amount == pair.Value));
}
