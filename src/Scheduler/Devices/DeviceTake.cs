using Slipway.Api;

namespace Slipway.Scheduler;

/// <summary>What a claim has of a device.</summary>
/// <param name="Device">The device.</param>
/// <param name="Share">What it consumes of a device that claims share, by domain and name of the capacity; null where it has the device to itself.</param>
internal sealed record DeviceTake(DeviceId Device, IReadOnlyDictionary<(string Domain, string Name), Quantity>? Share);
