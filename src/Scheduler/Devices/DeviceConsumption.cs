using Slipway.Api;
using Slipway.Api.Devices;

namespace Slipway.Scheduler;

/// <summary>
/// What a request consumes of a device's capacity, by the rules that the device has for that
/// (<see href="https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/#consumable-capacity"/>).
/// </summary>
internal static class DeviceConsumption
{
    private static readonly Dictionary<(string, string), Quantity> Nothing = [];

    /// <summary>What it consumes, by domain and name of each capacity; null when the device lacks one that is asked for, or has not so much of it.</summary>
    /// <param name="device">The device, whoever has it.</param>
    /// <param name="asked">Quantities by the names of capacities; those without a domain are the driver's.</param>
    public static IReadOnlyDictionary<(string Domain, string Name), Quantity>? Of(DeviceInfo device, IReadOnlyDictionary<string, string> asked)
    {
        if (asked.Count == 0 && device.View.Capacity is null or { Count: 0 })
            return Nothing;
        var wanted = new Dictionary<(string, string), Quantity>();
        foreach (var (name, text) in asked)
        {
            var capacity = DeviceFacts.Qualified(name, device.Id.Driver);
            // Nobody knows which is meant of two amounts of the same.
            if (!device.Capacities.ContainsKey(capacity) || !Quantity.TryParse(text, out var amount) || !wanted.TryAdd(capacity, amount))
                return null;
        }
        var consumed = new Dictionary<(string, string), Quantity>();
        foreach (var (capacity, (_, view)) in device.Capacities)
        {
            if (!Quantity.TryParse(view.Value, out var total))
                return null;
            var amount = AmountOf(wanted.TryGetValue(capacity, out var least) ? least : null, total, view.RequestPolicy);
            if (amount.Sign < 0 || amount > total || !IsAllowed(amount, view.RequestPolicy))
                return null;
            consumed[capacity] = amount;
        }
        return consumed;
    }

    // Who asks for nothing has what the policy gives, or else all.
    private static Quantity AmountOf(Quantity? asked, Quantity total, DeviceRequestPolicyView? policy)
    {
        if (asked is not { } least)
            return Read(policy?.Default) ?? total;
        if (policy?.ValidRange is { } range && Read(range.Min) is { } min)
            return least < min ? min : Read(range.Step) is { } step ? least.RoundedUp(min, step) : least;
        foreach (var valid in policy?.ValidValues ?? [])
            if (Read(valid) is { } value && least <= value)
                return value;
        return least;
    }

    private static bool IsAllowed(Quantity amount, DeviceRequestPolicyView? policy)
    {
        if (policy is null || amount == Read(policy.Default))
            return true;
        if (policy.ValidRange is { } range)
            return !(amount > Read(range.Max)) && (Read(range.Step) is not { } step || amount.RoundedUp(Read(range.Min) ?? Quantity.Zero, step) == amount);
        return policy.ValidValues is null or [] || policy.ValidValues.Exists(valid => amount == Read(valid));
    }

    private static Quantity? Read(string? text) => Quantity.TryParse(text, out var quantity) ? quantity : null;
}
