using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>Which devices are given away, by how many claims.</summary>
internal sealed class DeviceUse
{
    private readonly Dictionary<DeviceId, int> _claims = [];

    /// <summary>Whether a claim has the device.</summary>
    public bool Includes(DeviceId device) => _claims.ContainsKey(device);

    public void Add(IEnumerable<DeviceId> devices)
    {
        foreach (var device in devices)
            _claims[device] = _claims.GetValueOrDefault(device) + 1;
    }

    public void Remove(IEnumerable<DeviceId> devices)
    {
        foreach (var device in devices)
            if (_claims[device] is > 1 and var several)
                _claims[device] = several - 1;
            else
                _claims.Remove(device);
    }

    /// <summary>What is left of a pool's counters, by set and counter.</summary>
    public Dictionary<(string Set, string Counter), Quantity> CountersLeft(DevicePool pool)
    {
        var left = new Dictionary<(string, string), Quantity>(pool.Counters);
        foreach (var device in pool.Devices)
            if (Includes(device.Id))
                foreach (var (counter, amount) in Consumed(device))
                    left[counter] = left.GetValueOrDefault(counter) - amount;
        return left;
    }

    /// <summary>What a device takes of its pool's counters.</summary>
    public static IEnumerable<((string Set, string Counter) Counter, Quantity Amount)> Consumed(DeviceInfo device)
    {
        foreach (var set in device.View.ConsumesCounters ?? [])
            foreach (var (counter, amount) in set.Counters ?? [])
                if (Quantity.TryParse(amount.Value, out var value))
                    yield return ((set.CounterSet ?? "", counter), value);
    }
}
