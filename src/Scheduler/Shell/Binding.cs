namespace Slipway.Scheduler;

/// <summary>A pod that is to be bound.</summary>
/// <param name="Pod">The pod.</param>
/// <param name="Node">Its node.</param>
/// <param name="Devices">What it uses of devices there; null for nothing.</param>
internal readonly record struct Binding(PodView Pod, string Node, DeviceChoice? Devices);
